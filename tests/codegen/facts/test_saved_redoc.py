"""A page as `redoc` builds it: its ids tell sections and operations apart, whatever they are called."""

from __future__ import annotations

from pathlib import Path

from codegen.facts.fact import API, FactSet, Subject
from codegen.facts.reading import read_facts

PAGE = """<!DOCTYPE html><html><head><title>Stock</title></head><body>
<div class="menu-content"><ul><li>goods</li></ul></div>
<div class="api-content">
<div><h1>Stock <span>(v2)</span></h1><div>License: <a href="#">MIT</a></div></div>
<div id="section/Authentication" data-section-id="section/Authentication"><h1>Authentication</h1>
<h2>Example Request</h2><p>Authorization: <code>key</code></p><h2>ApiKey</h2></div>
<div id="tag/goods" data-section-id="tag/goods"><h2>goods</h2><div><p>What is for sale.</p></div></div>
<div id="tag/goods/paths/~1goods/get" data-section-id="tag/goods/paths/~1goods/get">
<div><h2>list goods</h2><div><h3>Responses</h3><div>
<button><strong>200</strong> <div><p>OK</p></div></button></div></div></div></div>
<div id="tag/goods/operation/addGood" data-section-id="tag/goods/operation/addGood">
<div data-section-id="operation/addGood" id="operation/addGood"><h2>Add <span>Deprecated</span></h2><div>
<div><h5>Request Body schema: <span>application/json</span></h5><table><tbody>
<tr><td><span>name</span><div>required</div></td><td><div><span>string</span></div></td></tr>
<tr><td><span>party</span></td><td><div><span>object</span></div></td></tr>
<tr><td colspan="2"><table><tbody>
<tr><td><span>first</span></td>
<td><div><span>string</span><span> [ 1 .. 1 000 ] characters </span></div></td></tr>
</tbody></table></td></tr>
<tr><td><span>last</span></td><td><div><span>string</span></div><div><span> Deprecated </span></div></td></tr>
</tbody></table></div>
<h3>Responses</h3></div></div></div>
<div id="tag/old-stuff" data-section-id="tag/old-stuff"><h2>old stuff</h2></div>
<div id="tag/old-stuff/paths/~1old/get" data-section-id="tag/old-stuff/paths/~1old/get"><h2>get</h2>
<h3>Responses</h3></div>
</div></body></html>
"""


def read(folder: Path) -> FactSet:
    path = folder / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return read_facts(path, "page.html")


def field(*path: str) -> Subject:
    return Subject("request-field", "Add", "", path)


def test_titles_in_small_letters_are_titles_by_their_ids(tmp_path: Path) -> None:
    """Also where the id has the route and no operationId, and without the badge behind one."""
    found = read(tmp_path)
    assert (found.value(API, "title"), found.value(API, "version")) == ("Stock", "2")
    assert {s.operation: found.value(s, "section") for s in found.subjects("operation")} == {
        "list goods": "goods",
        "Add": "goods",
        "get": "old stuff",
    }
    assert found.value(Subject("operation", "Add"), "deprecated")
    assert found.value(field("name"), "required")


def test_a_table_in_a_table_is_a_nested_object(tmp_path: Path) -> None:
    """The rows behind it are of the outer one again."""
    found = read(tmp_path)
    assert found.value(field("party", "first"), "type") == "string"
    assert found.value(field("party", "first"), "max-length") == 1000
    assert found.value(field("last"), "deprecated")


def test_the_introduction_of_a_saved_page_is_no_operation(tmp_path: Path) -> None:
    """Its table of the ways to sign in looks like the authorizations of one."""
    found = read(tmp_path)
    assert found.unread == []
    assert not any(found.value(s, "security") for s in found.subjects("operation"))
