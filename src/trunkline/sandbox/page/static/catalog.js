// The operations of both OpenAPI documents, as one list.

// served: [{ api, name }], as the sandbox lists them.
export async function load(served) {
  const apis = await Promise.all(served.map(async ({ api, name }) => {
    const response = await fetch(`/openapi/${api}.json`);
    if (!response.ok) throw new Error(`/openapi/${api}.json responded with ${response.status}`);
    const doc = await response.json();
    return { api, name, title: `${name}: ${doc.info.title}`, version: doc.info.version, doc, operations: operations(api, doc) };
  }));
  apis.find((each) => each.api === "abzorb").title = "Abzorb";
  return apis;
}

function operations(api, doc) {
  const found = [];
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const [method, op] of Object.entries(item)) {
      const words = op["x-trunkline"];
      const server = (op.servers ?? doc.servers)[0].url;
      const text = [op.summary, op.operationId, method, path, op.description, api].join(" ").toLowerCase();
      found.push({ key: `${api}/${op.operationId}`, api, id: op.operationId, tag: op.tags[0], method: method.toUpperCase(), path, server, op, words, text, doc, signed: op.security?.length !== 0 });
    }
  }
  return found;
}

export function resolve(doc, schema) {
  const name = schema?.$ref?.split("/").pop();
  return name ? { name, ...doc.components.schemas[name] } : schema ?? {};
}

// "string, date", "array of Connection", "integer or null"
export function typeName(doc, schema) {
  if (schema.$ref) {
    const target = resolve(doc, schema);
    return target.enum ? target.type : target.name;
  }
  if (schema.anyOf) return schema.anyOf.map((each) => typeName(doc, each)).join(" or ");
  if (schema.type === "array") return `array of ${typeName(doc, schema.items ?? {})}`;
  const kinds = [schema.type ?? "any"].flat().join(" or ");
  return schema.format ? `${kinds}, ${schema.format}` : kinds;
}

export function choices(doc, schema) {
  const options = (schema.anyOf ?? [schema]).map((each) => resolve(doc, each));
  return options.find((each) => each.enum)?.enum ?? null;
}

// The model that a schema holds, through lists and unions.
export function model(doc, schema) {
  for (const each of schema.anyOf ?? [schema]) {
    const inner = resolve(doc, each.type === "array" ? each.items : each);
    if (inner.properties) return inner;
    if (each.type === "array" && inner !== each) {
      const deeper = inner.items ? model(doc, inner) : null;
      if (deeper) return deeper;
    }
  }
  return null;
}

// A value to start from: the required fields, or all of them.
export function sample(doc, schema, { all = false, deep = 0 } = {}) {
  const options = (schema.anyOf ?? [schema]).filter((each) => each.type !== "null");
  const plain = resolve(doc, options[0] ?? {});
  if (plain.enum) return plain.enum[0];
  if (plain.properties) {
    if (deep > 4) return {};
    const names = Object.keys(plain.properties).filter((name) => all || plain.required?.includes(name));
    return Object.fromEntries(names.map((name) => [name, sample(doc, plain.properties[name], { all, deep: deep + 1 })]));
  }
  switch ([plain.type].flat()[0]) {
    case "array": return [sample(doc, plain.items ?? {}, { all, deep: deep + 1 })];
    case "integer": case "number": return 1;
    case "boolean": return true;
    case "object": return {};
    case "null": case undefined: return null;
  }
  if (plain.format === "date") return new Date().toISOString().slice(0, 10);
  if (plain.format === "date-time") return new Date().toISOString();
  return "text";
}
