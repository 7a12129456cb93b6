// The list of operations with its search and its filter.

import { $, badge, h } from "./dom.js";

const WORDS = { "": "anything", documented: "documented", "release-notes": "release notes", inferred: "inferred" };
const PARTS = ["route", "request", "response"];

export function startNav(apis, chosen) {
  const every = apis.flatMap((each) => each.operations);
  const list = $("operations");
  const show = () => {
    const shown = every.filter((op) => isAsked(op) && fits(op, $("part").value, $("word").value));
    list.replaceChildren(...apis.map((api) => section(api, shown.filter((op) => op.api === api.api), chosen())));
    $("found").textContent = shown.length === every.length ? `${every.length} operations` : `${shown.length} of ${every.length} operations`;
  };
  const count = () => {
    const kept = $("word").value;
    $("word").replaceChildren(...Object.entries(WORDS).map(([word, text]) => {
      const many = every.filter((op) => fits(op, $("part").value, word)).length;
      return h("option", { value: word }, word ? `${text} (${many})` : text);
    }));
    $("word").value = kept;
  };
  $("search").addEventListener("input", show);
  $("word").addEventListener("change", show);
  $("part").addEventListener("change", () => { count(); show(); });
  document.querySelector("nav").addEventListener("keydown", walk);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, textarea, select")) return;
    event.preventDefault();
    $("search").focus();
  });
  count();
  show();
  return () => {
    const key = chosen();
    list.querySelectorAll("a").forEach((link) => link.toggleAttribute("aria-current", link.dataset.key === key));
    list.querySelector("a[aria-current]")?.scrollIntoView({ block: "nearest" });
  };
}

function isAsked(op) {
  return $("search").value.toLowerCase().split(/\s+/).every((word) => op.text.includes(word));
}

function fits(op, part, word) {
  const said = op.words.provenance;
  return !word || (part === "any" ? PARTS.some((each) => said[each] === word) : said[part] === word);
}

function section(api, shown, key) {
  const tags = [...new Set(shown.map((op) => op.tag))];
  return h("section", {},
    h("h2", {}, api.name, h("span", { class: "quiet" }, ` ${shown.length}`), h("a", { class: "doc", href: `/openapi/${api.api}.json`, title: "The OpenAPI document of what is served here" }, "OpenAPI")),
    shown.length ? "" : h("p", { class: "quiet none" }, "Nothing fits the search."),
    tags.map((tag) => h("details", { open: isOpen(tag, shown, key) },
      h("summary", {}, tag.replaceAll("_", " ")),
      h("ul", {}, shown.filter((op) => op.tag === tag).map((op) => h("li", {}, link(op, key)))))));
}

// On a narrow screen the list stands above everything else: closed, unless it is short or holds what is looked at.
function isOpen(tag, shown, key) {
  return matchMedia("(min-width: 681px)").matches || shown.length < 20 || shown.some((op) => op.tag === tag && op.key === key);
}

function link(op, key) {
  const made = h("a", { href: `#${op.key}`, "aria-current": op.key === key },
    h("span", { class: `method ${op.method.toLowerCase()}` }, op.method),
    h("span", { class: "title" }, op.op.summary),
    h("span", { class: "where" }, h("code", {}, breakable(op.path)), " ", badge(op.words.provenance.route, "route", false)));
  made.dataset.key = op.key;
  return made;
}

// A long path is broken at its slashes.
function breakable(path) {
  return path.split(/(?<=.)(?=\/)/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
}

// Arrow keys go through the list, from the search box on.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.matches("select")) return;
  const stops = [$("search"), ...$("operations").querySelectorAll("details[open] li a")];
  const place = stops.indexOf(event.target);
  if (place < 0) return;
  event.preventDefault();
  stops[Math.min(Math.max(place + step, 0), stops.length - 1)].focus();
}
