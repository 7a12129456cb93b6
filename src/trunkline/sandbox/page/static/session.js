// Who is signed in, and sending requests as that user.

const KEY = "trunkline.session";
const NONE = { user: "", token: "", until: 0, basic: "" };
let now = read();
const listeners = [];

function read() {
  try {
    return { ...NONE, ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
  } catch {
    return { ...NONE };
  }
}

function keep(next) {
  now = next;
  sessionStorage.setItem(KEY, JSON.stringify(now));
  listeners.forEach((tell) => tell(now));
}

export const session = () => now;
export const onSession = (tell) => { listeners.push(tell); tell(now); };
export const signOut = () => keep({ ...NONE });

// The login's response comes in one of three shapes; see the setting token_response of the sandbox.
function tokenOf(text) {
  let found = text;
  try {
    found = JSON.parse(text);
  } catch { /* form text */ }
  if (typeof found === "object" && found) return found.access_token ?? "";
  return new URLSearchParams(found).get("wrap_access_token") ?? found;
}

export async function signIn(user, password, { idi, abzorb }) {
  const calm = { "X-Sandbox-Fault": "none" };
  const login = await fetch(idi, { method: "POST", headers: { ...calm, "Content-Type": "application/json" }, body: JSON.stringify({ userName: user, password }) });
  if (!login.ok) throw new Error(login.status === 401 ? "The user name or the password is wrong." : `The login failed with status ${login.status}.`);
  const token = tokenOf(await login.text());
  const basic = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;
  const door = await fetch(abzorb, { headers: { ...calm, Authorization: basic } });
  if (door.status === 401) throw new Error("IDI let this user in, Abzorb did not.");
  keep({ user, token, until: Number(new URLSearchParams(token).get("ExpiresOn") ?? 0), basic });
}

function authorization(api) {
  if (api === "idi") return now.token ? `WRAP access_token="${now.token}"` : "";
  return now.basic;
}

// A link is followed only where credentials may go: to this very origin.
export function sameOrigin(link) {
  try {
    return new URL(link, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

export async function send({ api, method, url, body, fault, signed = true, kind = "" }) {
  const headers = {};
  if (signed && authorization(api)) headers.Authorization = authorization(api);
  if (fault) headers["X-Sandbox-Fault"] = fault;
  if (body !== undefined || kind) headers["Content-Type"] = kind || "application/json";
  const sent = { method, url: new URL(url, location.href).href, headers, body };
  const began = performance.now();
  try {
    const response = await fetch(sent.url, { method, headers, body, cache: "no-store" });
    const base = { sent, status: response.status, reason: response.statusText, headers: [...response.headers] };
    try {
      const text = await response.text();
      return { ...base, text, ms: performance.now() - began };
    } catch {
      return { ...base, text: "", ms: performance.now() - began, broken: "The response broke off before its end." };
    }
  } catch {
    return { sent, status: 0, reason: "", headers: [], text: "", ms: performance.now() - began, broken: "No response: the connection was cut, or the sandbox does not run." };
  }
}
