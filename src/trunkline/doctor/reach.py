"""The way to a host, step by step: its name, the connection, the proxy, TLS. Nothing of the API is asked."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from attrs import field, frozen
from yarl import URL

from trunkline.doctor.findings import Check

_SECONDS: Final = 10.0
_SOON: Final = 21
"""Days before a certificate's end from which on it is worth a warning."""
_REGISTERED: Final = (
    "ask the vendor whether this host's address is registered, and the network for the way out"
)


@frozen(kw_only=True)
class Way:
    """How requests travel. proxy_authorization: the header for the proxy; context: makes the TLS context."""

    target: URL
    proxy: URL | None = None
    proxy_authorization: str = field(default="", repr=False)
    context: Callable[[], ssl.SSLContext]
    advice: str = _REGISTERED
    """What to do where no connection comes about."""

    @property
    def first(self) -> URL:
        """Where the connection goes: to the proxy, or to the host itself."""
        return self.proxy or self.target


class StopError(Exception):
    """A check failed that all later ones need; `check` is it."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.text)
        self.check = check


async def walk(way: Way, *, now: Callable[[], float] = time.time) -> list[Check]:
    """Go the way; the last check is the one that failed, if any did."""
    found: list[Check] = []
    try:
        found.append(await _name(way))
        async with _connected(way, found) as (reader, writer):
            if way.proxy is not None:
                found.append(await _tunnel(way, reader, writer))
            found.append(await _tls(way, writer, now()))
    except StopError as stop:
        found.append(stop.check)
    return found


async def _name(way: Way) -> Check:
    host, port = way.first.host or "", way.first.port
    try:
        # Each step is done by itself and not through aiohttp, whose single error
        # could mean any of them.
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        which = "proxy" if way.proxy is not None else "base_url"
        raise StopError(
            Check(
                name="name",
                status="failed",
                text=f"{host} cannot be resolved",
                advice=f"check the spelling of {which}, and this host's name servers",
            )
        ) from None
    addresses = sorted({str(entry[4][0]) for entry in found})
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return Check(name="name", status="ok", text=f"{host} is {addresses[0]}{more}")


@contextlib.asynccontextmanager
async def _connected(
    way: Way, found: list[Check]
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, port = way.first.host or "", way.first.port or 0
    what = "the proxy " if way.proxy is not None else ""
    began = time.monotonic()
    try:
        async with asyncio.timeout(_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        refused = isinstance(error, ConnectionRefusedError)
        why = (
            "refuses connections"
            if refused
            else "does not respond"
            if _silent(error)
            else "cannot be reached"
        )
        advice = "check proxy, and whether it runs" if way.proxy is not None else way.advice
        raise StopError(
            Check(name="connection", status="failed", text=f"{what}{host}:{port} {why}", advice=advice)
        ) from None
    took = round((time.monotonic() - began) * 1000)
    found.append(Check(name="connection", status="ok", text=f"{what}{host}:{port} in {took} ms"))
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            # A server that does not end its side of TLS must not hold up the report.
            async with asyncio.timeout(1):
                await writer.wait_closed()


def _silent(error: Exception) -> bool:
    return isinstance(error, TimeoutError)


async def _tunnel(way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Check:
    """Ask the proxy for a tunnel (RFC 9110 section 9.3.6), where the target is https."""
    proxy = way.proxy
    assert proxy is not None  # noqa: S101 - asked for with one only
    if way.target.scheme != "https":
        return Check(name="proxy", status="ok", text="requests go through it; plain http needs no tunnel")
    place = f"{way.target.host}:{way.target.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if way.proxy_authorization:
        lines.append(f"Proxy-Authorization: {way.proxy_authorization}")
    try:
        async with asyncio.timeout(_SECONDS):
            writer.write("\r\n".join([*lines, "", ""]).encode())
            head = await reader.readuntil(b"\r\n\r\n")
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise StopError(
            _refused("the proxy gave no response to CONNECT", "check that it is an HTTP proxy")
        ) from None
    status = head.split(b" ", 2)[1].decode("latin-1") if head.startswith(b"HTTP/1.") else "no HTTP"
    if status == "407":
        raise StopError(_refused("the proxy wants other credentials", "set the proxy's user and password"))
    if not status.startswith("2"):
        text = f"the proxy refuses a tunnel to {place} (status {status})"
        raise StopError(_refused(text, "ask its owner to allow this host and port"))
    return Check(name="proxy", status="ok", text=f"{proxy.host}:{proxy.port} tunnels to {place}")


def _refused(text: str, advice: str) -> Check:
    return Check(name="proxy", status="failed", text=text, advice=advice)


async def _tls(way: Way, writer: asyncio.StreamWriter, now: float) -> Check:
    if way.target.scheme != "https":
        return Check(
            name="tls", status="skipped", text="plain http: allowed to this machine only, as for a sandbox"
        )
    try:
        async with asyncio.timeout(_SECONDS):
            # The certificate is checked for the target's name, also through a proxy (RFC
            # 9110 section 4.3.4).
            await writer.start_tls(way.context(), server_hostname=way.target.host)
    except ssl.SSLCertVerificationError as error:
        raise StopError(_untrusted(error)) from None
    except (ssl.SSLError, OSError, TimeoutError):
        text = f"{way.target.host}:{way.target.port} does not speak TLS, or not with this client"
        advice = "check the port, and client_cert if the vendor asks for one"
        raise StopError(Check(name="tls", status="failed", text=text, advice=advice)) from None
    return _certificate(writer.get_extra_info("ssl_object"), now)


def _untrusted(error: ssl.SSLCertVerificationError) -> Check:
    # X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_HOSTNAME_MISMATCH of OpenSSL's x509_vfy.h
    if error.verify_code == 10:
        return Check(
            name="tls",
            status="failed",
            text="the certificate has ended",
            advice="check this host's clock; otherwise only the vendor can renew it",
        )
    if error.verify_code == 62:
        return Check(
            name="tls",
            status="failed",
            text="the certificate is for another host name",
            advice="check base_url: the name in it must be the certificate's",
        )
    return Check(
        name="tls",
        status="failed",
        text="the certificate's issuer is not trusted",
        advice="set ca_file to the issuer's certificate, as a proxy of one's own has it",
    )


def _certificate(link: Any, now: float) -> Check:
    found = link.getpeercert() or {}
    names = dict(pair for group in found.get("issuer", ()) for pair in group)
    issuer = names.get("organizationName") or names.get("commonName") or "an unnamed issuer"
    ends = found.get("notAfter")
    if ends is None:
        return Check(name="tls", status="ok", text=f"{link.version()}, certificate of {issuer}")
    days = int((ssl.cert_time_to_seconds(ends) - now) // 86_400)
    day = datetime.datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), datetime.UTC).date()
    text = f"{link.version()}, certificate of {issuer}, ends {day} ({days} days)"
    if days >= _SOON:
        return Check(name="tls", status="ok", text=text)
    return Check(name="tls", status="warning", text=text, advice="the vendor should renew it soon")


__all__ = ["StopError", "Way", "walk"]
