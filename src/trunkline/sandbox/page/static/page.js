// Puts the page together.

import { load } from "./catalog.js";
import { $, h } from "./dom.js";
import { startFaults } from "./faults.js";
import { startNav } from "./nav.js";
import { showOperation } from "./operation.js";
import { startRequests } from "./requests.js";
import { onSession, signIn, signOut } from "./session.js";

const chosen = () => decodeURIComponent(location.hash.slice(1));

async function start() {
  theme();
  tabs();
  const about = await fetch("/page/data/about").then((response) => response.json());
  const apis = await load(about.apis);
  $("about").textContent = `${about.rows.toLocaleString()} rows, seed ${about.seed}, IDI environment “${about.environment}”`;
  let tick = () => {};
  const refresh = startRequests((now) => tick(now));
  tick = startFaults(refresh, about.apis);
  signing(apis, about);
  const every = new Map(apis.flatMap((each) => each.operations).map((op) => [op.key, op]));
  const mark = startNav(apis, chosen);
  const show = () => {
    const op = every.get(chosen());
    if (location.hash === "#main") return;
    $("main").replaceChildren(...(op ? showOperation(op, { find: (key) => every.get(key), sent: refresh, signIn: () => $("sign-in").showModal() }) : welcome(apis)).filter(Boolean));
    $("main").scrollTop = 0;
    if (op && matchMedia("(max-width: 680px)").matches) $("main").scrollIntoView();
    document.title = op ? `${op.op.summary} · trunkline sandbox` : "trunkline sandbox";
    mark();
  };
  addEventListener("hashchange", show);
  show();
}

function welcome(apis) {
  const count = (api) => apis.find((each) => each.api === api).operations.length;
  return [
    h("h2", {}, "Two telecom back offices on this machine"),
    h("p", {}, `The sandbox plays IDI CostGuard (${count("idi")} operations, the login included) and Abzorb (${count("abzorb")}). It keeps state: what you create can be searched, changed and ordered, and put back with one button.`),
    h("ol", {},
      h("li", {}, h("button", { type: "button", onclick: () => $("sign-in").showModal() }, "Sign in"), " with the sandbox's user."),
      h("li", {}, "Choose an operation on the left, for example ", h("a", { href: "#idi/device.search" }, "Search Devices"), " or ", h("a", { href: "#abzorb/connections.get_by_cli" }, "GetConnectionByCLI"), ". Its form is filled with an example that works: press Send."),
      h("li", {}, "Watch the list of requests: it shows those of your own programs too."),
      h("li", {}, "Switch a fault on under “Faults, clock, data” and see what your program does.")),
    h("p", { class: "quiet" }, "Badges say where a route, a request or a response comes from: the vendor's page (documented), only its release notes, or our own reading between the lines (inferred; the real API may differ)."),
    h("p", { class: "quiet" }, "Keys: / searches, arrows walk through the list, Ctrl+Enter sends."),
  ];
}

function signing(apis, about) {
  const dialog = $("sign-in");
  const form = dialog.querySelector("form");
  const { user, password, out, close } = form.elements;
  const login = apis[0].operations.find((op) => op.id === "security_token.login");
  const door = apis[1].operations.find((op) => op.id === "reference.list_networks");
  user.value = about.user;
  password.value = about.password;
  $("who").addEventListener("click", () => dialog.showModal());
  close.addEventListener("click", () => dialog.close());
  out.addEventListener("click", signOut);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await signIn(user.value, password.value, { idi: login.server + login.path, abzorb: door.server + door.path });
      dialog.close();
    } catch (error) {
      $("sign-in-said").textContent = error.message;
      $("sign-in-said").className = "bad";
    }
  });
  onSession((now) => {
    $("who").textContent = now.user ? `Signed in: ${now.user}` : "Sign in";
    $("who").classList.toggle("main", !now.user);
    out.hidden = !now.user;
    $("sign-in-said").className = "";
    $("sign-in-said").textContent = now.user ? `${now.user}: IDI token until ${new Date(now.until * 1000).toLocaleString()}, Abzorb by Basic.` : "";
  });
}

function tabs() {
  const all = [$("tab-requests"), $("tab-faults")];
  const open = (tab) => all.forEach((each) => {
    each.setAttribute("aria-selected", String(each === tab));
    each.tabIndex = each === tab ? 0 : -1;
    $(each.getAttribute("aria-controls")).hidden = each !== tab;
  });
  all.forEach((tab, i) => {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      open(all[1 - i]);
      all[1 - i].focus();
    });
  });
}

function theme() {
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => { $("theme").textContent = dark() ? "Light" : "Dark"; };
  const kept = localStorage.getItem("trunkline.theme");
  if (kept) root.dataset.theme = kept;
  $("theme").addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    localStorage.setItem("trunkline.theme", root.dataset.theme);
    name();
  });
  name();
}

start().catch((error) => {
  $("main").replaceChildren(h("p", { class: "trouble" }, `The page could not be set up: ${error.message}`));
});
