"""What an HTTP status shows about the request: whether it may have run, whether it may succeed later."""

from __future__ import annotations

# 429 is sent by a limiter in front of the application (RFC 6585 section 4), so nothing was carried out.
# 503 is not in this set: a server may fail half-way with it.
REFUSED_UNREAD = frozenset({429})
# These ask the whole client to slow down.
PRESSURE = frozenset({429, 503})
# The usual statuses of a passing fault: time-outs, Too Early (RFC 8470 section 5.2), and
# gateways without a backend.
# 521 to 524 and 530 are those of Cloudflare for a server behind it that cannot be reached.
_WITHOUT_BACKEND = frozenset({502, 504, 521, 522, 523, 524, 530})
TRANSIENT = _WITHOUT_BACKEND | {408, 425, 500}
_AWAY = _WITHOUT_BACKEND | PRESSURE
_MAY_NAME_A_TIME = frozenset({403, 408, 425})


def is_away(status: int, asked: float | None) -> bool:
    """Whether a vendor that is away sends this, or a gateway in its place; any other status shows that it is
    there.

    asked: seconds of Retry-After, None where there is none. A server error that has one names the time of its
    end (RFC 9110 section 10.2.3), and so does a refusal that is about the moment and not about the request.
    """
    return status in _AWAY or (bool(asked) and (status >= 500 or status in _MAY_NAME_A_TIME))


def may_have_run(status: int) -> bool:
    """Whether a request with a response of this error status may have been carried out.

    A 4xx is a refusal, except 402 ("valid, but failed") and 408; a 5xx promises nothing. 302 and 303 are also
    how a server reports what it has done (RFC 9110, 15.4.4), and below 200 there is no response at all.
    """
    return status >= 500 or status < 200 or status in {302, 303, 402, 408}


def is_retryable(status: int) -> bool:
    """Whether the same call may succeed later."""
    return status in PRESSURE or status in TRANSIENT


def seconds_text(seconds: float) -> str:
    """Seconds for a message, three digits of them: "0.05", "12.3", "300"."""
    return f"{float(f'{seconds:.3g}'):g}"


__all__ = [
    "PRESSURE",
    "REFUSED_UNREAD",
    "TRANSIENT",
    "is_away",
    "is_retryable",
    "may_have_run",
    "seconds_text",
]
