"""The page in a real browser, used as a person would use it."""

from __future__ import annotations

import json
import re

import pytest

from tests.browser.conftest import Visit
from trunkline.testing import LocalSandbox

DEVICES = "idi/device.search"
CONNECTION = "abzorb/connections.get_by_cli"


def rows(visit: Visit) -> list[str]:
    """The rows of the request list, newest first, each as one line."""
    return [" ".join(text.split()) for text in visit.page.locator(".requests li").all_inner_texts()]


def test_search_is_sent_followed_and_listed(visit: Visit, sandbox: LocalSandbox) -> None:
    """Open, sign in, search, see the row, follow to the next page, see all of it in the list."""
    visit.sign_in()
    visit.choose(DEVICES)
    assert visit.send() == "200 OK"
    first = json.loads(visit.body())
    assert len(first["value"]) == 5
    visit.page.locator(".response .follow").click()
    visit.page.locator(".requests li", has_text="$skip=5").wait_for()
    second = json.loads(visit.body())
    assert len(second["value"]) == 5
    assert {row["deviceID"] for row in first["value"]}.isdisjoint(row["deviceID"] for row in second["value"])
    listed = rows(visit)
    assert "200 GET idi/device?$filter=deviceID ge 1010" in listed[0]
    assert "user sandbox" in listed[0]
    assert "browser" in listed[0]
    assert re.search(r"\d ms", listed[0])
    assert any("idi token/login" in row for row in listed)
    assert len(sandbox.calls("device.search")) == 2


def test_a_fault_is_switched_on_and_off(visit: Visit) -> None:
    """503 with Retry-After for one API: it hits there alone, is listed, and ends with the switch."""
    visit.refusals = {503}
    visit.sign_in()
    visit.page.click("#tab-faults")
    visit.page.fill("#idi-retry", "30")
    visit.page.select_option("#idi-status", "503")
    visit.page.get_by_text("On: 503:100%;retry-after=30;api=idi").wait_for()
    visit.choose("idi/device.get")
    assert visit.send() == "503 Service Unavailable"
    visit.page.locator(".response summary", has_text="headers of the response").click()
    assert "retry-after" in visit.page.locator(".response table").first.inner_text().lower()
    visit.choose(CONNECTION)
    assert visit.send() == "200 OK"
    visit.page.select_option("#idi-status", "")
    visit.page.get_by_text("All faults are off.").wait_for()
    visit.choose("idi/device.get")
    assert visit.send() == "200 OK"
    visit.page.click("#tab-requests")
    visit.page.locator(".requests li").nth(2).wait_for()
    listed = rows(visit)
    assert "200 GET idi/device/1000" in listed[0]
    assert "fault" not in listed[0]
    assert "200 GET abzorb/Connections/" in listed[1]
    assert "503 GET idi/device/1000 fault 503" in listed[2]


def test_a_wrong_rule_is_explained(visit: Visit) -> None:
    visit.refusals = {400}
    visit.page.click("#tab-faults")
    visit.page.fill("#other-rules", "earthquake:3%")
    visit.page.get_by_role("button", name="Apply").click()
    said = visit.page.locator("#faults .said.trouble")
    said.wait_for()
    assert "earthquake" in said.inner_text()


def test_faults_that_stand_are_shown_after_a_reload(visit: Visit) -> None:
    """What is on can be seen and switched off by whoever comes later."""
    visit.page.click("#tab-faults")
    visit.page.select_option("#abzorb-status", "429")
    visit.page.fill("#abzorb-latency", "5")
    visit.page.fill("#other-rules", "garbage:1%;op=device.*")
    visit.page.get_by_role("button", name="Apply").click()
    visit.page.get_by_text("latency:5ms;api=abzorb, garbage").wait_for()
    visit.page.reload()
    visit.page.click("#tab-faults")
    visit.page.locator("#tab-faults.on").wait_for()
    assert visit.page.input_value("#abzorb-status") == "429"
    assert visit.page.input_value("#abzorb-latency") == "5"
    assert visit.page.input_value("#idi-status") == ""
    assert visit.page.input_value("#other-rules") == "garbage:1%;op=device.*"


def test_a_maintenance_window_begins_and_ends(visit: Visit) -> None:
    visit.refusals = {503}
    visit.sign_in()
    visit.choose(CONNECTION)
    visit.page.click("#tab-faults")
    visit.page.get_by_role("button", name="Start").click()
    visit.page.get_by_text("maintenance of 3 min").wait_for()
    assert visit.send() == "503 Service Unavailable"
    visit.page.get_by_role("button", name="+1 h").click()
    visit.page.get_by_text("The clock moved").wait_for()
    assert visit.send() == "200 OK"


def test_a_fault_for_one_request(visit: Visit) -> None:
    visit.refusals = {429}
    visit.sign_in()
    visit.choose(CONNECTION)
    visit.page.fill("#fault", "429;retry-after=2")
    assert visit.send() == "429 Too Many Requests"
    visit.page.fill("#fault", "")
    assert visit.send() == "200 OK"


@pytest.mark.parametrize("fault", ["reset", "truncate", "garbage", "link;form=foreign"])
def test_a_spoilt_response_leaves_the_page_whole(visit: Visit, fault: str) -> None:
    visit.sign_in()
    visit.choose(DEVICES)
    visit.page.fill("#fault", fault)
    status = visit.send()
    if fault == "reset":
        assert status == "no response"
    elif fault == "truncate":
        assert "broke off" in visit.page.locator(".response .trouble").inner_text()
    elif fault == "garbage":
        with pytest.raises(json.JSONDecodeError):
            json.loads(visit.body())
    else:
        visit.page.locator(".response .follow").click()
        assert "another host" in visit.page.locator(".response .trouble").inner_text()
    # What the network itself reports of a cut connection is no complaint about the page.
    visit.complaints = [text for text in visit.complaints if "net::ERR_" not in text]
    visit.page.fill("#fault", "none")
    assert visit.send() == "200 OK"


@pytest.mark.parametrize("key", ["idi/device.get", "abzorb/connections.change_sim"])
def test_badges_say_the_provenance(visit: Visit, key: str) -> None:
    from trunkline import abzorb, idi

    api, _, operation = key.partition("/")
    origin = {"idi": idi, "abzorb": abzorb}[api].OPERATIONS[operation].provenance
    said = {"route": origin.route, "request": origin.request, "response": origin.response}
    visit.choose(key)
    shown = visit.page.locator("main .badges .badge")
    assert [shown.nth(i).inner_text() for i in range(3)] == [
        f"{part} {'? ' if word == 'inferred' else ''}{word}" for part, word in said.items()
    ]
    assert visit.page.locator(f'nav a[data-key="{key}"] .badge.{said["route"]}').is_visible()


def test_search_and_filter_narrow_the_list(visit: Visit) -> None:
    links = visit.page.locator("nav li a")
    every = links.count()
    assert visit.page.locator("#found").inner_text() == f"{every} operations"
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("connection sim")
    texts = links.all_inner_texts()
    assert 0 < len(texts) < every
    assert any("ChangeSIM" in text for text in texts)
    visit.page.fill("#search", "")
    visit.page.select_option("#part", "route")
    visit.page.select_option("#word", "documented")
    assert links.count() == visit.page.locator("nav li .badge.documented").count() > 0
    visit.page.select_option("#word", "inferred")
    assert links.count() == visit.page.locator("nav li .badge.inferred").count() > 0


def test_everything_can_be_reached_by_keyboard(visit: Visit) -> None:
    """Search, walk down with the arrows, open, send: no pointer."""
    page = visit.page
    visit.sign_in()
    page.keyboard.press("/")
    page.keyboard.type("healthcheck")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Health Check").wait_for()
    page.locator("#fault").focus()
    page.keyboard.press("Control+Enter")
    assert visit.status() == "200 OK"


def test_no_one_signed_in_is_told_so(visit: Visit) -> None:
    visit.refusals = {401}
    visit.choose("idi/device.get")
    assert visit.send() == "401 Unauthorized"
    visit.page.locator(".response").get_by_role("button", name="Sign in").click()
    visit.page.locator("#sign-in button[type=submit]").click()
    visit.page.get_by_role("button", name="Signed in: sandbox").wait_for()
    assert visit.send() == "200 OK"


def test_a_wrong_password_is_said(visit: Visit) -> None:
    visit.refusals = {401}
    visit.page.click("#who")
    visit.page.fill("#sign-in input[name=password]", "guess")
    visit.page.click("#sign-in button[type=submit]")
    said = visit.page.locator("#sign-in-said", has_text="wrong")
    said.wait_for()
    assert visit.page.locator("#who").inner_text() == "Sign in"


def test_a_body_is_built_and_what_was_created_is_found(visit: Visit) -> None:
    visit.sign_in()
    visit.choose("abzorb/customers.create")
    visit.page.get_by_role("button", name="Required fields").click()
    required = json.loads(visit.page.input_value("#body"))
    visit.page.get_by_role("button", name="All fields").click()
    assert required.keys() < json.loads(visit.page.input_value("#body")).keys()
    visit.page.get_by_role("button", name="Example", exact=True).click()
    assert visit.send() == "200 OK"
    made = json.loads(visit.body())
    visit.choose("abzorb/customers.get")
    visit.page.fill("#param-customerId", str(made["customerId"]))
    assert visit.send() == "200 OK"
    assert json.loads(visit.body())["customerName"] == "Example Ltd"


def test_patch_steps_are_added_by_name(visit: Visit) -> None:
    visit.sign_in()
    visit.choose("idi/device.update")
    visit.page.locator("summary", has_text="What can be patched").click()
    visit.page.get_by_title("Add a step: remove referenceNumber").click()
    steps = json.loads(visit.page.input_value("#body"))
    assert steps[-1] == {"op": "remove", "path": "/referenceNumber"}
    assert visit.send() == "200 OK"


def test_data_is_reset(visit: Visit) -> None:
    visit.refusals = {404}
    visit.sign_in()
    visit.choose("idi/coverage_service_area.add_or_update")
    assert visit.send() == "200 OK"
    visit.page.click("#tab-faults")
    visit.page.once("dialog", lambda dialog: dialog.accept())
    visit.page.get_by_role("button", name="Reset data").click()
    visit.page.get_by_text("as it was at the start.", exact=False).last.wait_for()
    visit.page.locator("#faults .said", has_text="The data is as it was").wait_for()
    visit.choose("idi/coverage_service_area.delete")
    assert visit.send() == "404 Not Found"


def test_text_is_never_markup(visit: Visit, sandbox: LocalSandbox) -> None:
    """What clients send and what responses hold is shown as text."""
    visit.sign_in()
    visit.choose("abzorb/customers.create")
    body = json.loads(visit.page.input_value("#body"))
    body["customerName"] = "<img src=x onerror=alert(1)>"
    visit.page.fill("#body", json.dumps(body))
    assert visit.send() == "200 OK"
    assert "<img src=x onerror=alert(1)>" in visit.body()
    visit.refusals = {401}
    # Not the promise itself: an evaluation ends when it can be told what came out.
    visit.page.evaluate(
        "address => { fetch(address) }", "/abzorb/api/Customers/<img src=x>?password=hidden-word"
    )
    row = visit.page.locator(".requests li", has_text="password=***")
    row.wait_for()
    assert visit.page.locator("main img, aside img").count() == 0
    assert "hidden-word" not in visit.page.content()


def test_large_numbers_keep_their_digits(visit: Visit) -> None:
    """JSON is laid out from its text: no float in between."""
    text = '{"a":12345678901234567890,"b":1.10,"c":[],"d":{"e":"x\\\\\\"{"}}'
    script = "async text => (await import('/page/json.js')).pretty(text).textContent"
    shown = visit.page.evaluate(script, text)
    assert "12345678901234567890" in shown
    assert '"b": 1.10,' in shown
    assert json.loads(shown) == json.loads(text)


@pytest.mark.parametrize("width", [1280, 800, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
class TestLooks:
    @pytest.fixture
    def looks(self, width: int, scheme: str) -> tuple[int, str]:
        return width, scheme

    def test_nothing_is_cut_off_and_text_has_contrast(self, visit: Visit, width: int, scheme: str) -> None:
        visit.sign_in()
        visit.choose("idi/device.search")
        visit.send()
        visit.page.click("#tab-faults")
        wide = "() => [...document.querySelectorAll('html, body, header, nav, main, aside, fieldset')]"
        over = f"{wide}.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.tagName + '#' + e.id)"
        assert visit.page.evaluate(over) == []
        if width < 680:
            scrolls = "e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowY)"
            inner = f"() => [...document.querySelectorAll('body *')].filter({scrolls})"
            boxes = f"{inner}.filter(e => e.scrollHeight > e.clientHeight + 1 && e.tagName !== 'TEXTAREA')"
            assert visit.page.evaluate(f"{boxes}.map(e => e.tagName + '#' + e.id)") == []
        for selector in ("main p", "main .badge.inferred", "nav .quiet", ".switch .quiet", ".json .key"):
            assert contrast(visit, selector) >= 4.5, selector
        dark = visit.page.evaluate("getComputedStyle(document.body).color")
        assert (channels(dark)[0] > 128) == (scheme == "dark")


def test_long_address_takes_four_lines_of_the_list(visit: Visit) -> None:
    """A hundred keys in one filter pushed every other request off the screen."""
    many = "%20or%20".join(f"deviceID%20eq%20{number}" for number in range(1000, 1150))
    visit.refusals.add(401)
    visit.page.evaluate(f"fetch('/ServiceAndFeatureManagement/2X/sandbox/api/device?$filter={many}')")
    entry = visit.page.locator(".requests .url").first
    entry.get_by_text("deviceID eq 1000").wait_for()
    folded = entry.bounding_box()
    assert folded is not None
    assert folded["height"] < 90
    entry.focus()
    opened = entry.bounding_box()
    assert opened is not None
    assert opened["height"] > 300


def test_a_request_opens_with_headers_and_body(visit: Visit, sandbox: LocalSandbox) -> None:
    """What must not be seen over a shoulder is hidden until it is asked for."""
    visit.sign_in()
    visit.choose("abzorb/connections.change_sim")
    assert visit.send() == "200 OK"
    row = visit.page.locator(".requests li", has_text="POST").first
    row.get_by_role("button", name="Open").click()
    row.locator(".more .json").wait_for()
    shown = row.locator(".more").inner_text()
    assert "Basic ***" in shown
    assert "application/json" in shown
    assert "newSim" in shown
    assert "8944110999999000001" not in shown
    row.get_by_role("button", name="Show them").click()
    row.locator(".more .json", has_text="8944110999999000001").wait_for()
    assert "Basic ***" in row.locator(".more").inner_text()
    row.get_by_role("button", name="Close").click()
    assert row.locator(".more").inner_text() == ""


@pytest.mark.parametrize(
    "key",
    ["idi/device.create", "idi/sim.create", "abzorb/connections.create_abz", "abzorb/customers.create",
     "abzorb/orders.create", "abzorb/tasks.create"],
)  # fmt: skip
def test_a_create_can_be_sent_twice(visit: Visit, key: str) -> None:
    """The second Send of an example creates a second thing; it met the first one's number."""
    visit.sign_in()
    visit.choose(key)
    assert visit.send() == "200 OK"
    assert visit.send() == "200 OK"


def test_a_call_is_copied_as_python_and_as_curl(visit: Visit) -> None:
    """Both follow the form and hold no password."""
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.sign_in()
    visit.choose("idi/device.get")
    visit.page.get_by_text("Copy this call").click()
    code = visit.page.locator(".snippets pre")
    code.first.get_by_text("client.device.get(device_id=1000)").wait_for()
    visit.page.fill("#param-deviceID", "1003")
    code.first.get_by_text("client.device.get(device_id=1003)").wait_for()
    assert "/api/device/1003" in code.last.inner_text()
    assert "sandbox-password" not in visit.page.locator(".snippets").inner_text()
    visit.page.locator(".snippets").get_by_role("button", name="Copy").first.click()
    visit.page.get_by_text("In Python: copied").wait_for(state="attached")
    assert "device_id=1003" in visit.page.evaluate("navigator.clipboard.readText()")


def test_refused_sign_in_looks_like_an_error(visit: Visit) -> None:
    visit.refusals.add(401)
    visit.page.click("#who")
    visit.page.fill("#sign-in input[name=password]", "wrong")
    visit.page.click("#sign-in button[type=submit]")
    visit.page.locator("#sign-in-said.bad").wait_for()
    assert visit.page.inner_text("#sign-in-said") == "The user name or the password is wrong."
    visit.page.click("#sign-in button[name=close]")


def channels(color: str) -> list[float]:
    return [float(part) for part in re.findall(r"[\d.]+", color)][:3]


def contrast(visit: Visit, selector: str) -> float:
    """WCAG 2.2's contrast ratio of an element's text and the nearest ground behind it."""
    ink, ground = visit.page.eval_on_selector(
        selector,
        """node => {
            let behind = node;
            while (behind && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") {
                behind = behind.parentElement;
            }
            const ground = getComputedStyle(behind ?? document.documentElement).backgroundColor;
            return [getComputedStyle(node).color, ground];
        }""",
    )
    bright, dim = sorted((luminance(channels(ink)), luminance(channels(ground))), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(rgb: list[float]) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in rgb)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
