"""Fetching what a vendor publishes, against a server on loopback."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import trustme

from codegen.__main__ import main
from codegen.fetch.published import recognize
from tests.codegen.fetch.site import Reply, Site, connect_proxy, vendor_site

INFO = {"name": "Shop", "owner": "7", "publishedId": "abc", "schema": "https://schema.getpostman.com/v2.0.0/"}
COLLECTION = json.dumps({"info": INFO, "item": [{"name": "Ping"}]}).encode()
COLLECTION_PATH = "/api/collections/7/abc?segregateAuth=true&versionTag=latest"
OPENAPI = b'{"openapi": "3.0.3", "info": {"title": "Shop", "version": "1"}, "paths": {}}'


def metadata(public_url: str) -> bytes:
    return json.dumps({"collection": {"info": {**INFO, "publicUrl": public_url}, "statusCode": 200}}).encode()


def fetch(site: Site, path: str, out: Path, *more: str) -> int:
    return main(["fetch", f"{site.url}{path}", "--out", str(out), "--ca-file", str(site.ca_file), *more])


@pytest.fixture(name="out")
def _out(tmp_path: Path) -> Path:
    return tmp_path / "got"


def test_metadata_leads_to_the_whole_collection(site: Site, out: Path) -> None:
    site.pages = {"/view/metadata/abc": metadata(site.url), COLLECTION_PATH: COLLECTION}
    assert fetch(site, "/view/metadata/abc", out) == 0
    assert out.read_bytes() == COLLECTION


@pytest.mark.parametrize(
    "page",
    [
        b'<!DOCTYPE html><meta name="ownerId" content="7"><meta name="publishedId" content="abc">',
        b'<!doctype html><html><script src="/view/metadata/abc"></script></html>',
    ],
)
def test_documenter_page_leads_to_the_whole_collection(site: Site, out: Path, page: bytes) -> None:
    site.pages = {"/": page, "/view/metadata/abc": metadata(site.url), COLLECTION_PATH: COLLECTION}
    assert fetch(site, "/", out) == 0
    assert out.read_bytes() == COLLECTION


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><redoc spec-url='../openapi.json'></redoc></html>",
        b"<html><body><script>Redoc.init('/openapi.json', {})</script></body></html>",
        b'<html><body><div id="tag/A"><a download href="/openapi.json">Download</a></div></body></html>',
    ],
)
def test_redoc_page_leads_to_the_openapi_file_that_it_offers(site: Site, out: Path, page: bytes) -> None:
    site.pages = {"/docs/": page, "/openapi.json": OPENAPI}
    assert fetch(site, "/docs/", out) == 0
    assert out.read_bytes() == OPENAPI


def test_rendered_redoc_page_without_a_link_is_kept_itself(site: Site, out: Path) -> None:
    page = (
        b'<!DOCTYPE html><html><a download href="blob:https://x/1">Download</a><div id="tag/A"></div></html>'
    )
    site.pages = {"/": page}
    assert fetch(site, "/", out) == 0
    assert out.read_bytes() == page


def test_yaml_document_is_taken_as_it_is(site: Site, out: Path) -> None:
    site.pages = {"/": b"# comment\nopenapi: 3.1.0\ninfo: {}\n"}
    assert fetch(site, "/", out) == 0
    assert out.read_bytes() == site.pages["/"]


def test_only_this_takes_the_address_alone(site: Site, out: Path) -> None:
    site.pages = {"/m": metadata(site.url), COLLECTION_PATH: COLLECTION}
    assert fetch(site, "/m", out, "--only-this") == 0
    assert out.read_bytes() == site.pages["/m"]


def test_collection_that_is_not_served_leaves_the_metadata(
    site: Site, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages = {"/m": metadata(site.url)}
    assert fetch(site, "/m", out) == 0
    assert out.read_bytes() == site.pages["/m"]
    assert "404" in capsys.readouterr().err


def test_second_fetch_asks_only_for_what_changed(
    site: Site, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.pages = {"/m": metadata(site.url), COLLECTION_PATH: COLLECTION}
    assert fetch(site, "/m", out) == 0
    site.asked.clear()
    before = out.stat().st_mtime_ns
    assert fetch(site, "/m", out) == 0
    assert all(tag is not None for _, tag in site.asked)
    assert out.stat().st_mtime_ns == before
    assert "unchanged" in capsys.readouterr().out
    changed = COLLECTION.replace(b"Ping", b"Pong")
    site.pages[COLLECTION_PATH] = changed
    assert fetch(site, "/m", out) == 0
    assert out.read_bytes() == changed


def test_edited_file_is_fetched_whole_again(site: Site, out: Path) -> None:
    site.pages = {"/": OPENAPI}
    fetch(site, "/", out)
    out.write_bytes(b"edited")
    assert fetch(site, "/", out) == 0
    assert out.read_bytes() == OPENAPI


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "ftp://127.0.0.1/", "https://user:word@127.0.0.1/", "https://["]
)
def test_addresses_that_are_not_plain_https_are_refused(
    url: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", url, "--out", str(out)]) == 2
    assert not out.exists()
    assert "word" not in capsys.readouterr().err


def test_redirect_to_http_is_refused_even_on_the_same_host(site: Site, out: Path) -> None:
    down = site.url.replace("https", "http")
    site.pages = {"/": lambda _: (302, {"Location": down + "/x"}, b"")}
    assert fetch(site, "/", out, "--follow", site.host) == 2


def test_redirect_on_the_same_host_is_followed_and_a_circle_ends(site: Site, out: Path) -> None:
    site.pages = {"/": lambda _: (301, {"Location": "/now"}, b""), "/now": OPENAPI}
    assert fetch(site, "/", out) == 0
    site.pages["/now"] = lambda _: (301, {"Location": "/"}, b"")
    assert fetch(site, "/", out) == 2


def test_another_host_is_visited_only_when_named(
    site: Site, out: Path, authority: trustme.CA, capsys: pytest.CaptureFixture[str]
) -> None:
    with vendor_site(authority, site.ca_file) as other:
        other.pages = {COLLECTION_PATH: COLLECTION, "/": OPENAPI}
        site.pages = {"/m": metadata(other.url), "/": lambda _: (302, {"Location": other.url + "/"}, b"")}
        assert fetch(site, "/", out) == 2
        assert f"--follow {other.host}" in capsys.readouterr().err
        assert fetch(site, "/m", out) == 0
        assert other.asked == []
        assert out.read_bytes() == site.pages["/m"]
        assert fetch(site, "/m", out, "--follow", other.host) == 0
        assert out.read_bytes() == COLLECTION
        assert fetch(site, "/", out, "--follow", other.host) == 0
        assert out.read_bytes() == OPENAPI


def bomb(_: dict[str, str]) -> Reply:
    return 200, {"Content-Encoding": "gzip"}, gzip.compress(b"{" + b" " * 5_000_000)


def test_bodies_above_the_cap_are_refused_also_unpacked(site: Site, out: Path) -> None:
    site.pages = {"/": OPENAPI + b" " * 2_000, "/bomb": bomb}
    assert fetch(site, "/", out, "--max-bytes", "1000") == 2
    assert fetch(site, "/bomb", out, "--max-bytes", "1000000") == 2
    assert not out.exists()


def test_compressed_body_is_unpacked_and_a_cut_one_refused(site: Site, out: Path) -> None:
    packed = gzip.compress(OPENAPI)
    site.pages = {"/": lambda _: (200, {"Content-Encoding": "gzip"}, packed)}
    assert fetch(site, "/", out) == 0
    assert out.read_bytes() == OPENAPI
    site.pages["/"] = lambda _: (200, {"Content-Encoding": "gzip"}, packed[:-9])
    assert fetch(site, "/", out) == 2
    site.pages["/"] = lambda _: (200, {"Content-Length": "999"}, OPENAPI)
    assert fetch(site, "/", out) == 2
    assert out.read_bytes() == OPENAPI


@pytest.mark.parametrize(
    "body", [b"<html><form>log in</form></html>", b'{"a": 1}', b"", b"\xff\xfe\x00", b"[]"]
)
def test_what_is_no_vendor_document_is_not_written(site: Site, out: Path, body: bytes) -> None:
    site.pages = {"/": body}
    assert fetch(site, "/", out) == 2
    assert not out.exists()
    assert recognize(body, site.url) is None


def test_certificate_of_an_unknown_authority_names_the_switch(
    site: Site, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", site.url, "--out", str(out)]) == 2
    assert "--ca-file" in capsys.readouterr().err


@pytest.mark.parametrize("by", ["option", "environment"])
def test_proxy_with_credentials_carries_the_request(
    site: Site, out: Path, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages = {"/": OPENAPI}
    with connect_proxy() as (address, heads):
        proxy = f"http://user:word@{address}"
        if by == "environment":
            monkeypatch.setenv("HTTPS_PROXY", proxy)
        assert fetch(site, "/", out, *(["--proxy", proxy] if by == "option" else [])) == 0
    assert out.read_bytes() == OPENAPI
    assert len(heads) == 1
    assert "Proxy-Authorization: Basic" in heads[0]


def test_name_of_an_api_takes_the_address_beside_its_spec_or_the_environment(
    site: Site, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from codegen.fetch.sources import address_of

    assert address_of("abzorb", {}).startswith("https://abzorbapidocs.click2sign.co.uk/")
    assert main(["fetch", "nobody", "--out", str(out)]) == 2
    assert "abzorb" in capsys.readouterr().err
    site.pages = {"/": OPENAPI}
    monkeypatch.setenv("IDI_PAGE_URL", site.url + "/")
    assert main(["fetch", "idi", "--out", str(out), "--ca-file", str(site.ca_file)]) == 0
    monkeypatch.setenv("IDI_PAGE_URL", "")
    assert main(["fetch", "idi", "--out", str(out)]) == 2
    assert "IDI_PAGE_URL" in capsys.readouterr().err
