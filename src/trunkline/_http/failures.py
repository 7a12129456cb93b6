"""Errors of aiohttp as ours. Their texts are dropped: they may hold the URL, their reprs the headers."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from typing import Final

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from trunkline._http.certificates import ends
from trunkline._http.direct import LostError
from trunkline._wire.statuses import seconds_text
from trunkline.errors import DeadlineError, ResponseShapeError, TransportError

_WRONG_NAME: Final = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_EXPIRED: Final = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_NOT_YET: Final = 9  # X509_V_ERR_CERT_NOT_YET_VALID
_CLIENT_CERTIFICATE: Final = {
    "CERTIFICATE_EXPIRED": "the server refused the client certificate: it has expired; renew the file of "
    "Network(client_cert=…)",
    "CERTIFICATE_REQUIRED": "the server wants a client certificate; give Network(client_cert=…)",
    "HANDSHAKE_FAILURE": "TLS could not be agreed on with the server; it may want a client certificate: "
    "Network(client_cert=…)",
    "UNKNOWN_CA": "the server refused the client certificate: it does not know its authority; check "
    "Network(client_cert=…)",
    "BAD_CERTIFICATE": "the server refused the client certificate; check Network(client_cert=…)",
    "CERTIFICATE_REVOKED": "the server refused the client certificate: it is revoked; check "
    "Network(client_cert=…)",
    "CERTIFICATE_UNKNOWN": "the server refused the client certificate; check Network(client_cert=…)",
}
"""By what the TLS alert of the server is called in OpenSSL's reason."""


def failure(error: Exception, timeout: float | None, client_cert: str | None = None) -> Exception:
    """The error of an exchange, with what to do about it.

    Args:
        timeout: the attempt's, in seconds.
        client_cert: the file of the client certificate, where one was sent.
    """
    # Before TimeoutError, of which it is a subclass: without a connection nothing was sent.
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return DeadlineError("no connection within the connect timeout", may_have_run=False)
    if isinstance(error, asyncio.TimeoutError | TimeoutError | aiohttp.ServerTimeoutError):
        limit = "" if timeout is None else f" within {seconds_text(timeout)} s"
        return DeadlineError(f"no complete response{limit}", may_have_run=True)
    refused = _alert(error) or _expired(error, client_cert)
    if refused is not None:
        return refused
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientSSLError):
        return _no_connection(error)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _untrusted(error.certificate_error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _proxy_refused(error.status)
    if isinstance(error, aiohttp.ClientPayloadError):
        return TransportError("the response broke off", may_have_run=True)
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
        # aiohttp has no class for this error, only its text.
        if "more than" in error.message or "Too many" in error.message:
            return ResponseShapeError(
                "the headers of the response are larger than Network(max_header_bytes=…) permits"
            )
        return ResponseShapeError("the server does not speak HTTP as it should")
    if isinstance(error, LostError | aiohttp.ClientError | OSError):
        return TransportError("the connection was lost before the response", may_have_run=True)
    return error


def _no_connection(error: Exception) -> Exception:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return TransportError(
            f"the host name {error.host} cannot be resolved; check the base URL and the network"
        )
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _untrusted(error.certificate_error)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return TransportError("the proxy cannot be reached; check Network(proxy=…) or HTTPS_PROXY")
    if isinstance(error, aiohttp.ClientSSLError):
        return TransportError("TLS could not be agreed on with the server")
    place = f" to {error.host}:{error.port}" if isinstance(error, aiohttp.ClientConnectorError) else ""
    return TransportError(f"the connection{place} was refused or the host cannot be reached")


def _untrusted(error: Exception) -> TransportError:
    """The server's certificate does not pass; which of the reasons it is decides what to do."""
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else None
    if code in _WRONG_NAME:
        text = "the server's certificate is for another host name; check the base URL"
    elif code == _EXPIRED:
        text = "the server's certificate has expired; tell whoever runs it, and check this host's clock"
    elif code == _NOT_YET:
        text = "the server's certificate is not valid yet; check this host's clock"
    else:
        text = (
            "the server's certificate is not trusted: its authority is unknown here; if it is your company's "
            "or a proxy's, give its file as Network(ca_file=…)"
        )
    found = TransportError(text)
    # Nothing changes by itself here; a repeat would only delay the message.
    found.retryable = False
    return found


def _proxy_refused(status: int) -> TransportError:
    if status == 407:
        text = "the proxy wants credentials, or refused them (407); check Network(proxy_auth=…)"
    else:
        text = f"the proxy refused to connect to the server (status {status})"
    found = TransportError(text)
    found.retryable = status >= 500
    return found


def _expired(error: Exception, client_cert: str | None) -> TransportError | None:
    """A connection that ended without a reason, while our own certificate is past its end."""
    if client_cert is None or isinstance(error, aiohttp.ClientConnectorCertificateError):
        return None
    if not isinstance(error, LostError | aiohttp.ClientConnectionError | OSError):
        return None
    end = ends(client_cert)
    if end is None or end > datetime.now(UTC):
        return None
    found = TransportError(
        "the connection was refused, and the certificate of Network(client_cert=…) has expired on "
        f"{end:%Y-%m-%d}; renew it"
    )
    found.retryable = False
    return found


def _alert(error: Exception) -> TransportError | None:
    """The server's refusal of our certificate; with TLS 1.3 it comes after the handshake, on a later read."""
    seen: BaseException | None = error
    # The chain of causes is short, and a bound keeps a cycle in it from looping.
    for _ in range(5):
        if isinstance(seen, ssl.SSLError) and not isinstance(seen, ssl.SSLCertVerificationError):
            # aiohttp's own error of a failed handshake is an SSLError without a reason
            reason = getattr(seen, "reason", None) or ""
            for word, text in _CLIENT_CERTIFICATE.items():
                if reason.endswith((f"ALERT_{word}", f"CERTIFICATE_{word}")):
                    found = TransportError(text)
                    found.retryable = False
                    return found
        if seen is None:
            return None
        seen = getattr(seen, "os_error", None) or seen.__cause__ or seen.__context__
    return None


__all__ = ["failure"]
