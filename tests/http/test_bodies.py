"""Compressed bodies: what is read, and what ends within a limit."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest

from trunkline._http.bodies import inflate
from trunkline.errors import ResponseShapeError

DATA = b'{"deviceID": 1}' * 20_000


def raw(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(data) + machine.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(DATA), "gzip"),
        (gzip.compress(DATA[:1000]) + gzip.compress(DATA[1000:]), "x-gzip"),
        (zlib.compress(DATA), "deflate"),
        (raw(DATA), "deflate"),
        (gzip.compress(zlib.compress(DATA)), "deflate, gzip"),
        (DATA, "identity"),
    ],
    ids=["gzip", "two members", "zlib", "raw", "twice", "plain"],
)
def test_body_is_unpacked(body, encoding):
    assert inflate(body, encoding, len(DATA)) == DATA


@pytest.mark.parametrize(
    ("body", "encoding", "text"),
    [
        (gzip.compress(DATA), "gzip", "larger"),
        (gzip.compress(DATA)[:-9], "gzip", "cut short"),
        (b"nonsense", "gzip", "not compressed"),
        (gzip.compress(b"") * 20_000, "gzip", "members"),
        (DATA, "br", "not asked for"),
        (DATA, "gzip," * 50, "three times"),
    ],
    ids=["large", "cut", "nonsense", "members", "br", "nested"],
)
def test_body_that_cannot_be_unpacked_is_one_error(body, encoding, text):
    with pytest.raises(ResponseShapeError, match=text):
        inflate(body, encoding, 1000 if text == "larger" else len(DATA))


def test_many_empty_members_took_quadratic_time():
    body = gzip.compress(b"") * 3_000_000  # 60 MB
    began = time.perf_counter()
    with pytest.raises(ResponseShapeError, match="members"):
        inflate(body, "gzip", 64 * 1024 * 1024)
    assert time.perf_counter() - began < 5
