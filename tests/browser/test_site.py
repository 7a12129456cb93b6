"""The documentation site in a browser: nothing from outside, search, dark mode, a telephone's width."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site, built as `make docs` builds it: a warning fails."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def heard(tab: Page, site: str) -> Iterator[list[str]]:
    """What went wrong in the page: console errors, requests to other hosts."""
    found: list[str] = []

    def said(message: object) -> None:
        if message.type == "error":  # type: ignore[attr-defined]
            found.append(message.text)  # type: ignore[attr-defined]

    def asked(request: object) -> None:
        if not request.url.startswith((site, "data:", "blob:")):  # type: ignore[attr-defined]
            found.append(request.url)  # type: ignore[attr-defined]

    handlers = {"console": said, "request": asked, "pageerror": lambda error: found.append(str(error))}
    for event, handler in handlers.items():
        tab.on(event, handler)  # type: ignore[call-overload]
    yield found
    for event, handler in handlers.items():
        tab.remove_listener(event, handler)


@pytest.mark.parametrize(
    "path", ["", "tutorial/", "operations/idi/", "reference/trunkline.bulk/", "cookbook/"]
)
def test_page_has_no_complaint_and_loads_nothing_from_outside(
    tab: Page, site: str, heard: list[str], path: str
) -> None:
    tab.goto(f"{site}/{path}")
    tab.wait_for_load_state("networkidle")
    assert heard == []


def test_search_finds_an_operation(tab: Page, site: str, heard: list[str]) -> None:
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto(site)
    tab.get_by_role("textbox", name="Search").fill("Disassociate")
    tab.locator(".md-search-result__link", has_text="IDI").first.wait_for()
    assert heard == []


def test_dark_mode_has_light_text_on_a_dark_ground(tab: Page, site: str) -> None:
    browser = tab.context.browser
    assert browser is not None
    # A page of its own: the site keeps the palette of an earlier one, and may be about to when it is cleared.
    page = browser.new_page(color_scheme="dark")
    page.goto(site)
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    ground, text = (
        page.eval_on_selector("body", f"node => getComputedStyle(node).{name}")
        for name in ("backgroundColor", "color")
    )
    page.close()
    assert _brightness(ground) < 80 < 120 < _brightness(text)


@pytest.mark.parametrize("path", ["", "operations/abzorb/", "guides/settings/", "architecture/"])
def test_page_fits_a_telephone(tab: Page, site: str, path: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(f"{site}/{path}")
    wide = tab.evaluate("document.documentElement.scrollWidth")
    tab.set_viewport_size({"width": 1280, "height": 800})
    assert wide <= 390


def _brightness(color: str) -> float:
    numbers = [float(part) for part in color.partition("(")[2].rstrip(")").split(",")[:3]]
    return sum(numbers) / 3
