"""Web pages of others in a real browser, against a sandbox on this machine: they change and read nothing."""

from __future__ import annotations

import base64
import http.server
import importlib.util
import json
import threading
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import CHROMIUM, OPTIONS
from trunkline.testing import LocalSandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = (
    "MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1, MAP localhost 127.0.0.1, "
    "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
)
OWN_DEFENCES = (
    "LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights"
)
"""What newer browsers hold against such pages by themselves; the sandbox has to hold without it."""
BASIC = "Basic " + base64.b64encode(b"sandbox:sandbox-password").decode()
ATTACKS = """async ([target, basic]) => {
  const tried = [];
  const attempt = async (name, path, options) => {
    try {
      const response = await fetch(target + path, options);
      tried.push([name, response.type, response.status, (await response.text()).slice(0, 200)]);
    } catch (error) { tried.push([name, "error", 0, ""]); }
  };
  for (const path of ["/sandbox/reset", "/sandbox/tokens/forget", "/sandbox/snapshots/x/restore"]) {
    await attempt("opaque", path, { method: "POST", mode: "no-cors" });
    await attempt("typed", path, { method: "POST", mode: "no-cors",
      headers: { "Content-Type": "text/plain" }, body: "{}" });
    await attempt("scripted", path, { method: "POST", headers: { "X-Sandbox-Admin": "1" } });
  }
  await attempt("faults", "/sandbox/faults", { method: "PUT", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ faults: "503:100%" }) });
  await attempt("forget", "/sandbox/requests", { method: "DELETE", headers: { "X-Sandbox-Admin": "1" } });
  for (const path of ["/sandbox/requests", "/sandbox/writes", "/page/data/about", "/page/data/requests", "/",
                      "/health"])
    await attempt("read", path, {});
  await attempt("vendor", "/abzorb/api/Customers/20000", { headers: { Authorization: basic } });
  navigator.sendBeacon(target + "/sandbox/reset", new Blob(["{}"], { type: "application/json" }));
  navigator.sendBeacon(target + "/sandbox/reset", "{}");
  await new Promise((done) => { const image = new Image(); image.onload = image.onerror = done;
    image.src = target + "/sandbox/requests"; });
  return tried;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if importlib.util.find_spec("playwright") is None or CHROMIUM is None:
        pytest.skip("playwright and chromium are needed: make test sets the first up")
    from playwright.sync_api import sync_playwright

    options = [option for option in OPTIONS if "host-resolver-rules" not in option]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*options, f"--host-resolver-rules={NAMES}", f"--disable-features={OWN_DEFENCES}"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def target() -> Iterator[LocalSandbox]:
    with LocalSandbox(rows=50) as sandbox:
        yield sandbox


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(15_000)
    yield page
    page.close()


def change_something(target: LocalSandbox) -> int:
    """A write that a reset would undo."""
    headers = {"Authorization": BASIC, "Content-Type": "application/json"}
    asked = urllib.request.Request(  # noqa: S310
        f"{target.abzorb_url}/Orders/", b'{"customerId": 20000}', headers
    )
    with urllib.request.urlopen(asked) as response:  # noqa: S310
        assert response.status == 200
    return len(target._sandbox.writes)


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of the attacker's web server: a route of playwright's would meet the preflights."""

    class Free(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>free SIM cards</h1>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Free) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def attack(page: Page, address: str, target: str) -> list[list[Any]]:
    """Let the script of the attacker's page try everything."""
    page.goto(address)
    tried: list[list[Any]] = page.evaluate(ATTACKS, [target, BASIC])
    assert len(tried) == 18
    return tried


@pytest.fixture
def untouched(target: LocalSandbox) -> Iterator[None]:
    """Whatever a test lets happen, the data, the faults and the tokens are as they were."""
    before = change_something(target)
    yield
    state = target._sandbox.state
    assert state.fault_text == ""
    assert state.ledger.total == before
    assert len(state.record) >= before
    assert all(sent.status for sent in state.record)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost"])
def test_a_page_of_another_origin_changes_and_reads_nothing(
    page: Page, target: LocalSandbox, site: int, host: str
) -> None:
    """Neither from another site nor from another port of this machine."""
    for name, kind, status, text in attack(page, f"http://{host}:{site}/", target.url):
        assert (kind, status, text) in [("opaque", 0, ""), ("error", 0, "")], name


@pytest.mark.usefixtures("untouched")
def test_a_name_rebound_to_this_machine_gets_nothing(page: Page, target: LocalSandbox) -> None:
    """To the browser the sandbox is then the attacker's origin: each response is readable, and a refusal."""
    port = target.url.rpartition(":")[2]
    address = f"http://rebound.example:{port}"
    page.route(
        f"{address}/free", lambda route: route.fulfill(content_type="text/html", body="free SIM cards")
    )
    for name, _, status, text in attack(page, f"{address}/free", address):
        assert status in (0, 403), name
        assert not text or "is not this sandbox" in json.loads(text)["error"], name


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_another_site_changes_nothing(
    page: Page, target: LocalSandbox, site: int, kind: str
) -> None:
    """A form needs no script and no preflight."""
    page.goto(f"http://evil.example:{site}/")
    with page.expect_navigation() as moved:
        page.evaluate(
            """([action, kind]) => {
              const form = document.createElement("form");
              Object.assign(form, { action, method: "post", enctype: kind });
              document.body.append(form);
              form.submit();
            }""",
            [f"{target.url}/sandbox/reset", kind],
        )
    response = moved.value
    assert response is not None
    assert response.status == 403


def test_the_page_itself_still_works(page: Page, target: LocalSandbox) -> None:
    """The same browser, the sandbox's own page: a change by its button."""
    page.goto(target.url)
    page.click("#tab-faults")
    page.fill("#other-rules", "latency:1ms")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("On: latency:1ms").wait_for()
    target.set_faults("")
