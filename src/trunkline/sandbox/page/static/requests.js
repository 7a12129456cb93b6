// The recent requests of every client, asked for once a second while the page is looked at.

import { $, h } from "./dom.js";
import { pretty } from "./json.js";

const MOST = 200;
const EVERY = 1000;

export function startRequests(onClock) {
  let seen = 0;
  let clears = 0;
  let timer = 0;
  let paused = false;
  let asking = null;
  const list = h("ol", { class: "requests", "aria-label": "Recent requests, newest first" });
  const said = h("p", { class: "quiet", role: "status" }, "No requests yet.");
  const pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Go on" : "Pause";
    refresh();
  } }, "Pause");
  const clear = h("button", { type: "button", onclick: async () => {
    await fetch("/sandbox/requests", { method: "DELETE", headers: { "X-Sandbox-Admin": "1" } });
    refresh();
  } }, "Clear");
  $("requests").append(h("div", { class: "row" }, said, pause, clear), list);

  async function ask() {
    const response = await fetch(`/page/data/requests?after=${seen}&clears=${clears}`);
    const found = await response.json();
    if (found.clears !== clears || found.requests[0]?.number > seen + 1) list.replaceChildren();
    [seen, clears] = [found.total, found.clears];
    for (const row of found.requests) list.prepend(entry(row));
    while (list.children.length > MOST) list.lastChild.remove();
    said.textContent = seen ? `${seen} request${seen === 1 ? "" : "s"}${seen > list.children.length ? `, the last ${list.children.length} shown` : ""}` : "No requests yet.";
    onClock(found.now);
  }

  async function refresh() {
    clearTimeout(timer);
    // One question at a time: two would show the same rows twice.
    asking ??= (paused || document.hidden ? Promise.resolve() : ask()).catch(() => {
      said.textContent = "The sandbox does not respond; trying again.";
    }).finally(() => { asking = null; });
    await asking;
    clearTimeout(timer);
    timer = setTimeout(refresh, EVERY);
  }
  document.addEventListener("visibilitychange", refresh);
  refresh();
  return async () => {
    await asking;
    await refresh();
  };
}

function entry(row) {
  const [path, ...rest] = row.url.split("?");
  const query = rest.join("?");
  const good = row.status >= 200 && row.status < 300;
  const target = row.operation ? `#${row.api}/${row.operation}` : null;
  const more = h("div", { class: "more" });
  const open = h("button", { type: "button", class: "open", "aria-expanded": "false", title: "Headers and body of this request", onclick: () => {
    const shown = open.getAttribute("aria-expanded") === "true";
    open.setAttribute("aria-expanded", String(!shown));
    open.textContent = shown ? "Open" : "Close";
    more.replaceChildren();
    if (!shown) detail(more, row.number, false);
  } }, "Open");
  return h("li", {},
    h("strong", { class: good ? "good" : "bad" }, row.status ? String(row.status) : "cut"),
    h("span", { class: `method ${row.method.toLowerCase()}` }, row.method),
    h(target ? "a" : "span", { class: "url", href: target, title: row.url }, shorter(path), query ? h("span", { class: "quiet" }, `?${decoded(query)}`) : ""),
    h("span", { class: "facts quiet" },
      row.fault ? h("span", { class: "badge fault" }, `fault ${row.fault}`) : "",
      h("time", {}, new Date(row.at * 1000).toLocaleTimeString()), ` · ${row.ms} ms`, row.user ? ` · user ${row.user}` : "",
      row.agent ? h("span", { title: row.agent }, ` · ${agent(row.agent)}`) : "", " ", open), more);
}

// What was sent: asked for when a row is opened, since a list of bodies would be long.
async function detail(place, number, all) {
  const response = await fetch(`/page/data/requests/${number}${all ? "?show=sensitive" : ""}`);
  const found = await response.json();
  if (!response.ok) {
    place.replaceChildren(h("p", { class: "trouble" }, found.error));
    return;
  }
  const body = typeof found.body === "string" ? found.body : JSON.stringify(found.body);
  place.replaceChildren(
    h("p", {}, h("code", {}, found.url)),
    h("table", { class: "pairs" }, h("tbody", {}, Object.entries(found.headers).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value))))),
    found.body === null ? h("p", { class: "quiet" }, "No body.") : pretty(body),
    all ? "" : h("p", { class: "quiet" }, "Numbers, keys and personal data are hidden. ",
      h("button", { type: "button", onclick: () => detail(place, number, true) }, "Show them")));
}

// What leads to an API is the same in every row.
function shorter(path) {
  return path.replace(/^\/abzorb\/api/, "abzorb").replace(/^\/securitytoken\/[^/]+\/[^/]+\/api/, "idi token").replace(/^\/[^/]+\/2X\/[^/]+\/api/i, "idi");
}

function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function agent(text) {
  return /^Mozilla\//.test(text) ? "browser" : text.split(" ")[0];
}
