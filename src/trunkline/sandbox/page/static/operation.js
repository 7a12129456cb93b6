// One operation: what it is, its form, its response.

import { badge, bytes, h } from "./dom.js";
import { address, responseModel, bodyEditor, given, next, parameterFields, rows } from "./form.js";
import { nextLink, pretty } from "./json.js";
import { sameOrigin, send, session } from "./session.js";

const FAULTS = ["none", "429;retry-after=2", "503;retry-after=30", "500", "latency:2s", "reset", "truncate", "garbage", "html", "expire", "link;form=foreign"];

export function showOperation(op, { find, sent, signIn }) {
  const fields = parameterFields(op);
  const body = bodyEditor(op);
  const response = h("section", { class: "response", "aria-label": "Response" });
  const spoken = h("p", { class: "sr", role: "status" });
  const fault = h("input", { id: "fault", list: "faults-known", placeholder: "as switched", autocomplete: "off", spellcheck: "false" });

  const run = async (url, method = "GET", text = undefined, signed = true) => {
    response.replaceChildren(h("p", { class: "quiet" }, "Waiting for the response …"));
    const result = await send({ api: op.api, method, url, body: text, fault: fault.value.trim(), signed, kind: op.words.content_type });
    response.replaceChildren(...outcome(op, result, follow, signIn));
    spoken.textContent = `Response: ${result.status || "none"} ${result.reason}`;
    response.scrollIntoView({ block: "start" });
    sent();
    return result.status >= 200 && result.status < 300 && !result.broken;
  };
  const follow = (link) => {
    if (sameOrigin(link)) run(link);
    else response.prepend(h("p", { class: "trouble" }, "This link leads to another host. Credentials are not sent there; the library refuses it as well."));
  };
  const submit = (event) => {
    event.preventDefault();
    if (body && !isJson(body.area)) return;
    run(address(op, fields), op.method, body?.area.value || undefined, op.signed).then((good) => {
      // What was created exists now: the next Send creates another one.
      if (good && body && op.words.unique) next(body.area, op.words.unique);
    });
  };
  body?.area.addEventListener("input", () => body.area.setCustomValidity(""));
  const form = h("form", { onsubmit: submit, onkeydown: (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  } },
  fields.length ? h("fieldset", {}, h("legend", {}, "Parameters"), fields.map((each) => each.node)) : "",
  body?.node,
  h("div", { class: "row sendrow" },
    h("button", { class: "main", type: "submit", title: "Ctrl+Enter" }, "Send"),
    h("label", { for: "fault" }, "Fault for this request "), fault,
    h("datalist", { id: "faults-known" }, FAULTS.map((each) => h("option", { value: each })))));
  const current = () => ({ values: given(fields), url: new URL(address(op, fields), location.href).href, body: body?.area.value });
  return [heading(op), notes(op, find), form, spoken, response, snippets(op, form, current), described(op)];
}

// The filled form as a program and as a command; written by the sandbox, which knows the Python names.
function snippets(op, form, current) {
  const made = { python: h("pre", { class: "code" }), curl: h("pre", { class: "code" }) };
  const said = h("p", { class: "sr", role: "status" });
  const write = async () => {
    const { values, url, body } = current();
    let sent = null;
    try {
      sent = body?.trim() ? JSON.parse(body) : null;
    } catch {
      Object.values(made).forEach((each) => { each.textContent = "The body is not JSON."; });
      return;
    }
    const response = await fetch("/page/data/snippets", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ api: op.api, operation: op.id, values, url, body: sent }) });
    const found = await response.json();
    for (const [name, each] of Object.entries(made)) each.textContent = response.ok ? found[name] : found.error;
  };
  const box = h("details", { class: "snippets" }, h("summary", {}, "Copy this call: in Python, as a curl command"),
    [["In Python", "python"], ["curl", "curl"]].map(([title, name]) => h("div", {},
      h("div", { class: "row" }, h("h3", {}, title), h("button", { type: "button", onclick: async () => {
        await navigator.clipboard.writeText(made[name].textContent);
        said.textContent = `${title}: copied`;
      } }, "Copy")), made[name])),
    h("p", { class: "quiet" }, "Both take user and password from the variables that the sandbox printed; curl needs $TOKEN for IDI."), said);
  box.addEventListener("toggle", () => { if (box.open) write(); });
  form.addEventListener("input", () => { if (box.open) write(); });
  return box;
}

function isJson(area) {
  try {
    if (area.value.trim()) JSON.parse(area.value);
    area.setCustomValidity("");
  } catch (error) {
    area.setCustomValidity(`This is not JSON: ${error.message}`);
  }
  return area.reportValidity();
}

function heading(op) {
  const said = op.words.provenance;
  return h("header", {},
    h("h2", {}, op.op.summary),
    h("p", { class: "route" }, h("span", { class: `method ${op.method.toLowerCase()}` }, op.method), " ", h("code", {}, h("span", { class: "quiet" }, op.server), op.path)),
    h("p", { class: "badges" }, ["route", "request", "response"].map((part) => badge(said[part], part)),
      op.words.since ? h("span", { class: "badge" }, `since ${op.words.since}`) : "", h("span", { class: "badge", title: "What sending it twice does" }, { safe: "changes nothing", idempotent: "safe to repeat", unsafe: "not safe to repeat" }[op.words.idempotency])),
    op.op.description ? op.op.description.split("\n\n").map((text) => h("p", {}, text)) : "",
    h("p", { class: "quiet" }, "In Python: ", h("code", {}, `client.${op.id}(…)`), ` of trunkline.${op.api}`));
}

function notes(op, find) {
  if (!op.words.after) return "";
  const links = op.words.after.map((id) => h("a", { href: `#${op.api}/${id}` }, find(`${op.api}/${id}`)?.op.summary ?? id));
  return h("p", { class: "note" }, "The example works after the example of ", links, op.words.wait ? " and a day on the sandbox's clock." : ".");
}

function described(op) {
  const found = responseModel(op);
  if (!found) return h("p", { class: "quiet" }, "A success has no body.");
  return h("details", { class: "fields" }, h("summary", {}, `Body of a success: ${found.type}`), found.found ? rows(op.doc, found.found) : "");
}

function outcome(op, result, follow, signIn) {
  const link = nextLink(result.text);
  const good = result.status >= 200 && result.status < 300;
  return [
    h("h3", {}, "Response"),
    h("p", { class: "status" },
      h("strong", { class: good && !result.broken ? "good" : "bad" }, result.status ? `${result.status} ${result.reason}` : "no response"),
      h("span", { class: "quiet" }, ` ${result.ms.toFixed(0)} ms, ${bytes(new TextEncoder().encode(result.text).length)}`),
      link ? h("button", { type: "button", id: "next-page", onclick: () => follow(link) }, "Next page") : ""),
    result.broken ? h("p", { class: "trouble" }, result.broken) : "",
    result.status === 401 && op.signed ? h("p", { class: "note" }, session().user ? "The sandbox does not take these credentials any more. " : "Nobody is signed in. ", h("button", { type: "button", onclick: signIn }, "Sign in")) : "",
    result.text ? pretty(result.text, follow) : h("p", { class: "quiet" }, "No body."),
    h("details", {}, h("summary", {}, `${result.headers.length} headers of the response`), pairs(result.headers)),
    h("details", {}, h("summary", {}, "The request as sent"),
      h("p", {}, h("code", {}, `${result.sent.method} ${result.sent.url}`)),
      pairs(Object.entries(result.sent.headers).map(([name, value]) => [name, name === "Authorization" ? `${value.split(" ")[0]} ***` : value])),
      result.sent.body ? pretty(result.sent.body) : ""),
  ];
}

function pairs(entries) {
  return h("table", { class: "pairs" }, h("tbody", {}, entries.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)))));
}
