"""When a certificate of ours ends: read from its file, because a refusing server rarely states it.

Most servers close the connection without the TLS alert that would name the reason.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from trunkline.lazy import pattern

_PEM: Final = pattern(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_UTC_TIME: Final = 0x17
_VERSION: Final = 0xA0


def ends(file: str) -> datetime | None:
    """The end of validity of the first certificate in a PEM file; None where it cannot be read."""
    try:
        found = _PEM.search(Path(file).read_bytes())
        return None if found is None else _not_after(ssl.PEM_cert_to_DER_cert(found[0].decode()))
    except (OSError, ValueError, IndexError):
        return None


def _not_after(certificate: bytes) -> datetime:
    """The notAfter of a certificate (RFC 5280, section 4.1): Certificate, tbsCertificate, validity."""
    (_, signed), *_ = _elements(certificate)
    (_, fields), *_ = _elements(signed)
    # The version is optional and comes first; without it all following fields move up by one.
    parts = [part for tag, part in _elements(fields) if tag != _VERSION]
    validity = parts[3]  # after the serial number, the signature's algorithm and the issuer
    _, (tag, text) = _elements(validity)
    # Until 2049 the time is a UTCTime with two digits for the year, later a GeneralizedTime (RFC
    # 5280 section 4.1.2.5).
    form = "%y%m%d%H%M%SZ" if tag == _UTC_TIME else "%Y%m%d%H%M%SZ"
    return datetime.strptime(text.decode(), form).replace(tzinfo=UTC)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and contents of DER elements that follow each other (X.690, section 8.1)."""
    place = 0
    while place < len(data):
        tag, length = data[place], data[place + 1]
        place += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[place : place + size], "big")
            place += size
        yield tag, data[place : place + length]
        place += length


__all__ = ["ends"]
