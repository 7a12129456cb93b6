"""The page's files and snippets, no browser: what they refer to exists, what a form holds stays text."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.callers import Caller
from trunkline import apis
from trunkline.operation import Operation
from trunkline.sandbox import Sandbox
from trunkline.sandbox import page as page_package
from trunkline.sandbox.page.examples import EXAMPLES
from trunkline.sandbox.page.snippets import curl, python

STATIC = Path(page_package.__file__).parent / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))
HTML = (STATIC / "index.html").read_text()
IDI = apis.get("idi").operations
TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_imports_name_files_and_what_they_export(script: Path) -> None:
    """A renamed function is a page that stays empty, which no Python test would see."""
    for names, file in re.findall(r'import \{([^}]+)\} from "\./([\w.]+)";', script.read_text()):
        source = (STATIC / file).read_text()
        exported = set(re.findall(r"export (?:async )?(?:function|const|let) ([$\w]+)", source))
        assert {name.split(" as ")[0].strip() for name in names.split(",")} <= exported, file


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_code_or_html_of_text(script: Path) -> None:
    """What clients sent is shown on the page: the policy forbids it, and no line tries."""
    banned = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|javascript:"
    )
    assert not re.search(banned, script.read_text())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_export_is_used(script: Path) -> None:
    """By another file of the page."""
    others = "".join(path.read_text() for path in SCRIPTS if path != script)
    for name in re.findall(r"export (?:async )?(?:function|const|let) ([$\w]+)", script.read_text()):
        assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", others), name


def test_ids_that_scripts_ask_for_are_there() -> None:
    """In the page's own HTML, or made by a script."""
    source = "".join(path.read_text() for path in SCRIPTS)
    asked = set(re.findall(r'(?<!\w)\$\("([\w-]+)"\)', source))
    assert asked
    made = set(re.findall(r'\bid: [`"]([\w-]+)', source)) | set(re.findall(r'\bid="([\w-]+)"', HTML))
    assert asked - made == set()


def test_html_names_files_that_are_served() -> None:
    """Each file once, nothing inline, nothing from elsewhere."""
    files = re.findall(r'(?:src|href)="/page/([\w.]+)"', HTML)
    assert files
    assert all((STATIC / name).exists() for name in files)
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=", HTML)
    assert len(re.findall(r'\bid="([\w-]+)"', HTML)) == len(set(re.findall(r'\bid="([\w-]+)"', HTML)))
    assert '<html lang="en"' in HTML


def test_classes_of_scripts_are_styled_or_told_apart() -> None:
    """A class that is renamed in one place alone is an unstyled response."""
    css = (STATIC / "page.css").read_text()
    source = "".join(path.read_text() for path in SCRIPTS)
    for name in ("response", "trouble", "badge", "requests", "json", "quiet", "note"):
        assert f".{name}" in css, name
        assert re.search(rf'[" ]{name}[" ]', source + HTML), name


def argument(program: str) -> str:
    """The text inside Filter(…), as Python reads it."""
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Filter":
            (value,) = node.args
            assert isinstance(value, ast.Constant)
            return str(value.value)
    raise AssertionError(program)


@given(text=TEXTS)
def test_python_of_any_filter_holds_that_very_text(text: str) -> None:
    """A quote, a backslash or a line break in a form does not become code."""
    program = python("idi", IDI["device.search"], {"$filter": text}, None)
    assert argument(program) == text


@given(
    values=st.dictionaries(st.sampled_from(["deviceID", "$top", "$select", "$orderby", "$count"]), TEXTS),
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    name=st.sampled_from(["device.search", "device.get", "device.create", "sim.create"]),
)
@settings(max_examples=200)
def test_python_of_any_form_is_a_program(values: dict[str, str], body: Any, name: str) -> None:
    """And the only names that it calls are the client's and the models'."""
    if name == "device.search" and not values.get("$orderby", "x").replace(",", " ").split():
        values = values | {"$orderby": "serialNumber"}
    tree = ast.parse(python("idi", IDI[name], values, body))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called <= {"main", "print", "Filter", "OrderBy"}


@given(url=TEXTS, body=st.dictionaries(TEXTS, TEXTS, max_size=3))
def test_curl_of_any_form_is_one_command(url: str, body: dict[str, str]) -> None:
    """Split as a shell does, each text is one word; only the user's variables are left to expand."""
    text = curl("abzorb", apis.get("abzorb").operations["orders.create"], url, body)
    words = shlex.split(text.replace("\\\n", " "))
    assert words[:5] == ["curl", "-sS", "-X", "POST", url]
    assert words[5:7] == ["-u", "$TRUNKLINE_ABZORB_USER:$TRUNKLINE_ABZORB_PASSWORD"]
    assert words[-2] == "-d"
    assert ast.literal_eval(words[-1]) == body


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_names_what_its_operation_has(name: str) -> None:
    """Parameters by their wire names, fields that are counted up, operations that come before."""
    operations: dict[str, Operation[Any]] = {
        key: op for api in ("idi", "abzorb") for key, op in apis.get(api).operations.items()
    }
    example, op = EXAMPLES[name], operations[name]
    assert set(example.values) <= {param.wire for param in (*op.path_params, *op.query_params)}
    assert {param.wire for param in op.path_params} <= set(example.values)
    assert not example.unique or set(example.unique) <= set(example.body)
    assert set(example.after) <= set(EXAMPLES)
    assert name not in example.after


@pytest.mark.parametrize(
    "form",
    [b"", b"[]", b"5", b"{}", b'{"api": "idi"}',
     b'{"api": "x", "operation": "device.get", "values": {}, "url": ""}',
     b'{"api": "idi", "operation": "x", "values": {}, "url": ""}', b"[" * 100,
     b'{"api": "idi", "operation": "device.get", "values": 5, "url": ""}',
     b'{"api": ["idi"], "operation": "device.get", "values": {}, "url": ""}'],
)  # fmt: skip
async def test_a_form_that_is_none_is_400(
    sandbox: Sandbox, session: aiohttp.ClientSession, form: bytes
) -> None:
    page = Caller(session, sandbox.url, {"Content-Type": "application/json"})
    response = await page("POST", "/page/data/snippets", data=form)
    assert (response.status, response.json) == (400, {"error": "There is no such form."})


@pytest.mark.parametrize("name", [path.name for path in STATIC.iterdir()])
async def test_files_are_served_with_their_type_and_policy(
    sandbox: Sandbox, session: aiohttp.ClientSession, name: str
) -> None:
    async with session.get(f"{sandbox.url}/page/{name}") as response:
        assert response.status == 200
        assert await response.read() == (STATIC / name).read_bytes()
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name", ["../routes.py", "..%2froutes.py", "%2e%2e/routes.py", "nosuch.js", "page.py", ""]
)
async def test_nothing_else_is_served(sandbox: Sandbox, session: aiohttp.ClientSession, name: str) -> None:
    assert (await Caller(session, sandbox.url)("GET", f"/page/{name}")).status == 404


@pytest.mark.parametrize("api", ["nosuch", "idi.json", "IDI", "security_token"])
async def test_document_of_an_unknown_api_names_those_that_there_are(
    sandbox: Sandbox, session: aiohttp.ClientSession, api: str
) -> None:
    response = await Caller(session, sandbox.url)("GET", f"/openapi/{api}.json")
    assert response.status == 404
    assert "idi.json" in response.json["error"]
    assert "abzorb.json" in response.json["error"]
