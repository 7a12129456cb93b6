// Elements from data. Everything that is shown goes in as text: no markup is ever parsed here.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export const $ = (id) => document.getElementById(id);

// How sure something is, readable without its colour.
export function badge(word, part = "", named = true) {
  const said = word === "release-notes" ? "release notes" : word;
  const why = {
    documented: "the vendor's page shows it",
    "release-notes": "only the vendor's release notes name it",
    inferred: "ours, not the vendor's: it may differ from the real API",
  }[word];
  return h("span", { class: `badge ${word}`, title: `${part || "this"} is ${said}: ${why}` },
    part && named ? h("span", { class: "part" }, `${part} `) : "", word === "inferred" ? "? " : "", said);
}

export function bytes(count) {
  return count < 1000 ? `${count} B` : `${(count / 1000).toFixed(count < 10000 ? 1 : 0)} kB`;
}
