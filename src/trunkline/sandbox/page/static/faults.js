// The switches: faults by API, a maintenance window, the clock, the data. All through /sandbox/….

import { $, h } from "./dom.js";

const STATUSES = { 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout" };
const STATUS = /^([45]\d\d):([\d.]+)%(?:;retry-after=(\d+))?;api=(\w+)$/;
const LATENCY = /^latency:(\d+)ms;api=(\w+)$/;

async function admin(method, path, body) {
  const response = await fetch(`/sandbox/${path}`, { method, headers: { "X-Sandbox-Admin": "1" }, body: body && JSON.stringify(body) });
  const found = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Error(found.error ?? `the sandbox responded with ${response.status}`);
  return found;
}

export function startFaults(refresh, apis) {
  const said = h("p", { role: "status", class: "said" });
  const switches = Object.fromEntries(apis.map(({ api, name }) => [api, switchesOf(api, name)]));
  const other = h("input", { id: "other-rules", placeholder: "truncate:1%, reset:0.5%;op=device.*", spellcheck: "false", autocomplete: "off" });
  const clock = h("strong", {});
  const running = h("p", { class: "quiet" });
  const end = h("button", { type: "button", hidden: true, onclick: () => act(() => admin("DELETE", "scenario"), "The maintenance is over.") }, "End it now");

  const act = async (work, text) => {
    try {
      await work();
      said.className = "said";
      said.textContent = text;
    } catch (error) {
      said.className = "said trouble";
      said.textContent = error.message;
    }
    await Promise.all([look(), refresh()]).catch(() => {});
  };
  const apply = () => {
    const text = [...Object.values(switches).flatMap((each) => each.rules()), other.value.trim()].filter(Boolean).join(", ");
    return act(() => admin("PUT", "faults", { faults: text }), text ? `On: ${text}` : "All faults are off.");
  };
  async function look() {
    const [{ faults }, scenario] = await Promise.all([admin("GET", "faults"), admin("GET", "scenario")]);
    mark(Boolean(faults.trim()) || scenario.running);
    running.textContent = scenario.running ? `Running: ${scenario.phase}, for ${Math.floor(scenario.elapsed)} s so far.` : "";
    end.hidden = !scenario.running;
    return faults;
  }

  $("faults").append(said,
    ...Object.values(switches).map((each) => each.node),
    h("fieldset", {}, h("legend", {}, "Other rules"),
      h("label", { for: "other-rules" }, "In the sandbox's own words, separated by commas"), other,
      h("div", { class: "row" }, h("button", { type: "button", onclick: apply }, "Apply"),
        h("button", { type: "button", onclick: () => {
          Object.values(switches).forEach((each) => each.set({}));
          other.value = "";
          apply();
        } }, "All faults off"))),
    maintenance(act, running, end, apis),
    h("fieldset", {}, h("legend", {}, "Clock and tokens"),
      h("p", {}, "It is ", clock, h("span", { class: "quiet" }, " here. Orders, quotas and tokens follow this clock; it only moves forward.")),
      h("div", { class: "row" },
        Object.entries({ "+1 min": 60, "+1 h": 3600, "+1 day": 86400 }).map(([text, seconds]) => h("button", { type: "button", onclick: () => act(() => admin("POST", "clock", { advance: seconds }), `The clock moved: ${text}.`) }, text)),
        h("button", { type: "button", onclick: () => act(() => admin("POST", "tokens/forget"), "Every token issued so far is worthless now.") }, "Forget tokens"))),
    h("fieldset", {}, h("legend", {}, "Data"),
      h("p", { class: "quiet" }, "Puts the data back as it was at the start and empties the list of requests."),
      h("div", { class: "row" }, h("button", { type: "button", onclick: () => {
        if (confirm("Put all data back as it was at the start? What was created since is lost.")) act(() => admin("POST", "reset"), "The data is as it was at the start.");
      } }, "Reset data"))));
  Object.values(switches).forEach((each) => each.node.addEventListener("change", apply));
  other.addEventListener("change", apply);
  look().then((text) => {
    const rules = text.split(",").map((rule) => rule.trim()).filter(Boolean);
    const left = rules.filter((rule) => {
      const [, status, rate, retry, api] = rule.match(STATUS) ?? [];
      const [, latency, slow] = rule.match(LATENCY) ?? [];
      if (api) switches[api].set({ ...switches[api].get(), status, rate, retry });
      if (slow) switches[slow].set({ ...switches[slow].get(), latency });
      return !api && !slow;
    });
    other.value = left.join(", ");
  }).catch((error) => { said.textContent = error.message; });
  setInterval(() => { if (!document.hidden && !end.hidden) look().catch(() => {}); }, 2000);
  return (now) => { clock.textContent = new Date(now * 1000).toLocaleString(); };
}

// The tab says it too: a switch left on is easily forgotten.
function mark(on) {
  $("tab-faults").classList.toggle("on", on);
  $("tab-faults").title = on ? "A fault or a maintenance window is on" : "";
}

function switchesOf(api, name) {
  const number = (id, most, step = 1) => h("input", { id: `${api}-${id}`, type: "number", min: "0", max: most, step });
  const status = h("select", { id: `${api}-status` }, h("option", { value: "" }, "no fault"), Object.entries(STATUSES).map(([code, text]) => h("option", { value: code }, `${code} ${text}`)));
  const [rate, retry, latency] = [number("rate", 100, "any"), number("retry", 86400), number("latency", 60000)];
  const field = (text, input, unit) => h("label", { for: input.id }, text, h("span", {}, input, unit ? h("span", { class: "quiet" }, ` ${unit}`) : ""));
  const set = (given) => {
    status.value = given.status ?? "";
    rate.value = given.rate ?? "100";
    retry.value = given.retry ?? "";
    latency.value = given.latency ?? "";
  };
  set({});
  return {
    node: h("fieldset", { class: "switch" }, h("legend", {}, name), field("Respond with", status), field("for", rate, "% of requests"), field("Retry-After", retry, "s, empty: none"), field("Latency", latency, "ms")),
    set,
    get: () => ({ status: status.value, rate: rate.value, retry: retry.value, latency: latency.value }),
    rules: () => [
      status.value ? `${status.value}:${rate.value || 100}%${retry.value ? `;retry-after=${retry.value}` : ""};api=${api}` : "",
      Number(latency.value) ? `latency:${Math.round(Number(latency.value))}ms;api=${api}` : "",
    ],
  };
}

function maintenance(act, running, end, served) {
  const minutes = h("input", { id: "minutes", type: "number", min: "1", max: "1440", value: "3" });
  const api = h("select", { id: "maintenance-api" }, h("option", { value: "" }, "all APIs"), served.map(({ api, name }) => h("option", { value: api }, name)));
  const start = () => {
    const rule = { "retry-after": 60, ...(api.value ? { api: api.value } : {}) };
    const phase = { name: `maintenance of ${minutes.value} min`, for: `${minutes.value}m`, maintenance: rule };
    return act(() => admin("PUT", "scenario", { clock: "virtual", phases: [phase] }), `503 with Retry-After 60 for ${minutes.value} min of the sandbox's clock.`);
  };
  return h("fieldset", {}, h("legend", {}, "Maintenance window"),
    h("div", { class: "row" }, h("label", { for: "minutes" }, "503 for"), minutes, h("span", {}, "min on"), h("label", { for: "maintenance-api", class: "sr" }, "API"), api,
      h("button", { type: "button", onclick: start }, "Start"), end),
    running, h("p", { class: "quiet" }, "It replaces a scenario that runs."));
}
