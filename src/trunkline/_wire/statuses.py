"""What an HTTP status shows about the request: whether it may have run, whether it may succeed later."""

from __future__ import annotations

# 429 is sent by a limiter in front of the application (RFC 6585 section 4), so nothing was carried out.
# 503 is not in this set: a server may fail half-way with it.
REFUSED_UNREAD = frozenset({429})
# These ask the whole client to slow down.
PRESSURE = frozenset({429, 503})
# The usual statuses of a passing fault: time-outs, Too Early (RFC 8470 section 5.2), and
# gateways without a backend.
TRANSIENT = frozenset({408, 425, 500, 502, 504})
AWAY = frozenset({429, 502, 503, 504})
"""What a vendor that is away sends, or a gateway in its place; any other status shows that it is there."""


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


__all__ = ["AWAY", "PRESSURE", "REFUSED_UNREAD", "TRANSIENT", "is_retryable", "may_have_run", "seconds_text"]
