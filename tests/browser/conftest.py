"""One Chromium for the module, one sandbox with fresh data, and a page whose every request is looked at."""

from __future__ import annotations

import importlib.util
import json
import shutil
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from attrs import define, field

from trunkline.testing import LocalSandbox

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Error, Page, Request

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # Whatever the browser wants from elsewhere, it cannot find out where that is.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
FAILED = "Failed to load resource: the server responded with a status of "


@define(slots=False)  # playwright keeps its wrappers of the handlers on their object
class Visit:
    """A look at the page. refusals: statuses that the test provokes and the console may mention."""

    page: Page
    origin: str
    urls: list[str] = field(factory=list)
    complaints: list[str] = field(factory=list)
    refusals: set[int] = field(factory=set)

    def sent(self, request: Request) -> None:
        self.urls.append(request.url)

    def said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def failed(self, error: Error) -> None:
        self.complaints.append(str(error))

    def unexpected(self) -> list[str]:
        expected = tuple(f"{FAILED}{status} " for status in self.refusals)
        return [text for text in self.complaints if not (expected and text.startswith(expected))]

    def outside(self) -> list[str]:
        return [
            url
            for url in self.urls
            if url != "about:blank" and f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" != self.origin
        ]

    def sign_in(self) -> None:
        self.page.click("#who")
        self.page.click("#sign-in button[type=submit]")
        self.page.get_by_role("button", name="Signed in: sandbox").wait_for()

    def choose(self, key: str) -> None:
        # On a narrow screen the groups of the list are closed.
        self.page.eval_on_selector(
            f'nav a[data-key="{key}"]', "link => { link.closest('details').open = true; }"
        )
        self.page.click(f'nav a[data-key="{key}"]')
        self.page.locator(f'nav a[data-key="{key}"][aria-current]').wait_for()

    def send(self) -> str:
        """Send the form and wait for the response: its status line."""
        self.page.eval_on_selector(".response", "node => node.replaceChildren()")
        self.page.get_by_role("button", name="Send", exact=True).click()
        return self.status()

    def status(self) -> str:
        return self.page.locator(".response .status strong").inner_text()

    def body(self) -> str:
        return self.page.locator(".response pre.json").first.inner_text()


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    """One tab for the module: starting a browser takes longer than a test."""
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("playwright is not installed: make test sets it up")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on the path: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page()
        page.set_default_timeout(15_000)
        yield page
        browser.close()


@pytest.fixture(scope="module")
def running() -> Iterator[LocalSandbox]:
    with LocalSandbox(rows=150) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: LocalSandbox) -> LocalSandbox:
    """The running sandbox with its data as at the start, and nothing switched on."""
    for method, path, body in (
        ("DELETE", "scenario", None),
        ("PUT", "faults", {"faults": ""}),
        ("POST", "reset", None),
    ):
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(  # noqa: S310
            f"{running.url}/sandbox/{path}", data, {"X-Sandbox-Admin": "1"}, method=method
        )
        with urllib.request.urlopen(asked) as response:  # noqa: S310
            assert response.status in (200, 204)
    return running


@pytest.fixture
def looks() -> tuple[int, str]:
    """What a test overrides to look at the page in another way: width in pixels, light or dark."""
    return 1280, "light"


@pytest.fixture
def visit(tab: Page, sandbox: LocalSandbox, looks: tuple[int, Any]) -> Iterator[Visit]:
    """The open page; afterwards: nothing was asked of another origin, and the console has no complaint."""
    visit = Visit(tab, sandbox.url)
    handlers: dict[Any, Any] = {"request": visit.sent, "console": visit.said, "pageerror": visit.failed}
    for event, handler in handlers.items():
        tab.on(event, handler)
    width, scheme = looks
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme=scheme)
    tab.goto(sandbox.url)
    tab.locator("nav a").first.wait_for()
    yield visit
    tab.evaluate("sessionStorage.clear()")
    tab.goto("about:blank")
    for event, handler in handlers.items():
        tab.remove_listener(event, handler)
    assert visit.urls
    assert not visit.outside()
    assert not visit.unexpected()
