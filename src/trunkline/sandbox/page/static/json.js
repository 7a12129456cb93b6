// JSON laid out line by line from its own text, so that every digit stays as it was sent.

import { h } from "./dom.js";

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;
const LINKS = new Set(["@odata.nextLink", "@nextLink"]);
const MOST = 300000;

// The next link of a collection, if there is one.
export function nextLink(text) {
  try {
    const body = JSON.parse(text);
    for (const name of LINKS) if (typeof body?.[name] === "string") return body[name];
  } catch { /* not JSON */ }
  return "";
}

export function pretty(text, follow) {
  const block = h("pre", { class: "json", tabindex: "0", "aria-label": "Body of the response" });
  try {
    JSON.parse(text);
  } catch {
    block.append(text.slice(0, MOST));
    return block;
  }
  const tokens = text.slice(0, MOST).match(TOKEN) ?? [];
  let depth = 0;
  let key = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    if (token === "{" || token === "[") {
      depth += 1;
      block.append(token, next === "}" || next === "]" ? "" : line());
    } else if (token === "}" || token === "]") {
      depth -= 1;
      block.append(tokens[i - 1] === "{" || tokens[i - 1] === "[" ? "" : line(), token);
    } else if (token === ",") block.append(token, line());
    else if (token === ":") block.append(": ");
    else if (next === ":" && token[0] === '"') {
      key = JSON.parse(token);
      block.append(h("span", { class: "key" }, token));
    } else block.append(value(token, LINKS.has(key) ? follow : null));
  });
  if (text.length > MOST) block.append(`\n… ${text.length - MOST} more characters`);
  return block;
}

function value(token, follow) {
  if (follow && token[0] === '"') {
    const link = JSON.parse(token);
    const go = () => follow(link);
    // Not an anchor: opened in a tab of its own it would be asked without credentials.
    return h("span", { role: "link", tabindex: "0", class: "follow", title: "Ask for the next page", onclick: go, onkeydown: (event) => { if (event.key === "Enter") go(); } }, token);
  }
  const kind = token[0] === '"' ? "text" : /[-\d]/.test(token[0]) ? "number" : "word";
  return h("span", { class: kind }, token);
}
