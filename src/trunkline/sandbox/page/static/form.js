// The form of an operation: a field for each parameter, a text of JSON for the body, a list of its fields.

import { choices, model, resolve, sample, typeName } from "./catalog.js";
import { badge, h } from "./dom.js";

export function parameterFields(op) {
  return op.op.parameters.map((param) => {
    const id = `param-${param.name.replace(/\W/g, "_")}`;
    const input = control(op, param, id);
    const names = { $filter: op.words.filterable, $orderby: op.words.sortable }[param.name];
    const node = h("div", { class: "field" },
      h("label", { for: id }, h("code", {}, param.name), param.required ? h("span", { class: "required", title: "required" }, " *") : "",
        h("span", { class: "quiet" }, ` ${param.in}, ${typeName(op.doc, param.schema)}`), badge(param["x-trunkline"].provenance)),
      input,
      param.description ? h("p", { class: "quiet", id: `${id}-said` }, param.description) : "",
      names ? chips(names, ...(param.name === "$filter" ? ["filterable", input, " and ", " eq "] : ["sortable", input, ",", ""])) : "");
    return { param, input, node };
  });
}

function control(op, param, id) {
  const values = choices(op.doc, param.schema) ?? (param.schema.type === "boolean" ? [true, false] : null);
  const said = { id, name: param.name, required: param.required, "aria-describedby": param.description ? `${id}-said` : null };
  if (values) {
    const select = h("select", said, param.required ? "" : h("option", { value: "" }, "(left out)"), values.map((value) => h("option", {}, String(value))));
    if (param.example !== undefined) select.value = String(param.example);
    return select;
  }
  const list = param.schema.type === "array";
  return h("input", { ...said, value: param.example === undefined ? "" : String(param.example), placeholder: list ? "1, 2, 3" : null, inputmode: param.schema.type === "integer" ? "numeric" : null, autocomplete: "off", spellcheck: "false" });
}

// Names to click into a field instead of typing them.
function chips(names, kind, input, between, after) {
  return h("details", { class: "chips" }, h("summary", {}, `${names.length} ${kind} fields`),
    names.map((name) => h("button", { type: "button", onclick: () => {
      input.value += `${input.value ? between : ""}${name}${after}`;
      input.focus();
    } }, name)));
}

// The URL of a filled form: path parameters put in, empty ones left out.
export function address(op, fields) {
  let path = op.path;
  const query = [];
  for (const { param, input } of fields) {
    const text = input.value.trim();
    if (param.in === "path") path = path.replace(`{${param.name}}`, encodeURIComponent(text));
    else if (text) {
      const values = param.schema.type === "array" ? text.split(/\s*,\s*/) : [text];
      const name = encodeURIComponent(param.name).replace("%24", "$");
      if (param.explode) query.push(...values.map((value) => `${name}=${encodeURIComponent(value)}`));
      else query.push(`${name}=${values.map(encodeURIComponent).join(",")}`);
    }
  }
  return op.server + path + (query.length ? `?${query.join("&")}` : "");
}

// What the form holds by the wire names of its parameters, empty ones left out.
export function given(fields) {
  return Object.fromEntries(fields.map(({ param, input }) => [param.name, input.value.trim()]).filter(([, text]) => text));
}

// Counts the given fields of the body up, as far as they still are what was sent.
export function next(area, names) {
  try {
    const body = JSON.parse(area.value);
    for (const name of names) {
      if (typeof body[name] === "string") body[name] = body[name].replace(/\d+$/, (digits) => String(BigInt(digits) + 1n).padStart(digits.length, "0").slice(-digits.length));
    }
    area.value = JSON.stringify(body, null, 2);
  } catch { /* not JSON any more: it is being written */ }
}

export function bodyEditor(op) {
  const content = Object.values(op.op.requestBody?.content ?? {})[0];
  if (!content) return null;
  const area = h("textarea", { id: "body", rows: "10", spellcheck: "false", "aria-label": "Body of the request, JSON" });
  const put = (value) => { area.value = JSON.stringify(value, null, 2); };
  put(content.example ?? sample(op.doc, content.schema));
  const fill = (text, value) => h("button", { type: "button", onclick: () => put(value()) }, text);
  const buttons = [
    content.example === undefined ? null : fill("Example", () => content.example),
    op.words.patchable ? null : fill("Required fields", () => sample(op.doc, content.schema)),
    op.words.patchable ? null : fill("All fields", () => sample(op.doc, content.schema, { all: true })),
  ];
  const node = h("fieldset", {}, h("legend", {}, "Body ", h("span", { class: "quiet" }, "JSON")),
    h("div", { class: "row" }, buttons), area,
    op.words.patchable ? patchList(op, area) : fieldTable(op, content.schema, area));
  return { area, node };
}

// Adds to what stands in the text, or says nothing when that is no JSON right now.
function change(area, edit) {
  try {
    area.value = JSON.stringify(edit(JSON.parse(area.value || "null")), null, 2);
  } catch {
    area.setCustomValidity("This is not JSON.");
    area.reportValidity();
  }
}

function patchList(op, area) {
  const add = (name, verb) => change(area, (steps) => [...(Array.isArray(steps) ? steps : []), verb === "remove" ? { op: verb, path: `/${name}` } : { op: verb, path: `/${name}`, value: "" }]);
  return h("details", { class: "fields" }, h("summary", {}, `What can be patched: ${Object.keys(op.words.patchable).length} fields`),
    h("table", {}, h("tbody", {}, Object.entries(op.words.patchable).map(([name, verbs]) => h("tr", {},
      h("th", { scope: "row" }, h("code", {}, name)),
      h("td", {}, verbs.map((verb) => h("button", { type: "button", title: `Add a step: ${verb} ${name}`, onclick: () => add(name, verb) }, verb))))))));
}

function fieldTable(op, schema, area) {
  const found = model(op.doc, schema);
  if (!found) return "";
  const put = (name, field) => change(area, (body) => {
    const value = sample(op.doc, field, { all: true });
    if (Array.isArray(body)) return body.length ? body.map((each) => ({ ...each, [name]: value })) : [{ [name]: value }];
    return { ...body, [name]: value };
  });
  return h("details", { class: "fields" }, h("summary", {}, `${Object.keys(found.properties).length} fields of the body`), rows(op.doc, found, put));
}

// The fields of a model; with `put`, their names are buttons.
export function rows(doc, found, put = null, deep = 0) {
  return h("table", {}, h("tbody", {}, Object.entries(found.properties).map(([name, field]) => {
    const inner = deep < 3 ? model(doc, field) : null;
    const values = choices(doc, field);
    return h("tr", {},
      h("th", { scope: "row" },
        put ? h("button", { type: "button", class: "link", title: `Put ${name} into the body`, onclick: () => put(name, field) }, name) : h("code", {}, name),
        found.required?.includes(name) ? h("span", { class: "required", title: "required" }, " *") : ""),
      h("td", {}, h("span", { class: "quiet" }, typeName(doc, field)), " ", badge(field["x-trunkline"]?.provenance ?? "documented"),
        field["x-trunkline"]?.sensitive ? h("span", { class: "badge sensitive", title: "key material or personal data: the library keeps it out of logs" }, "sensitive") : "",
        field.description ? h("p", {}, field.description) : "",
        values ? h("p", { class: "quiet" }, "One of ", values.map((value, i) => [i ? ", " : "", h("code", {}, String(value))]).flat()) : "",
        inner ? h("details", {}, h("summary", {}, inner.name ?? "its fields"), rows(doc, inner, null, deep + 1)) : ""));
  })));
}

export function responseModel(op) {
  const good = Object.entries(op.op.responses).find(([status]) => status.startsWith("2"))?.[1];
  const schema = Object.values(good?.content ?? {})[0]?.schema;
  return schema ? { schema: resolve(op.doc, schema), found: model(op.doc, schema), type: typeName(op.doc, schema) } : null;
}
