"""What a person can mend: the base of every error that a command reports and ends with status 2 for."""

from __future__ import annotations


class UnusableError(Exception):
    """A document, a spec or a wish that cannot be used; the text says why, and what to do."""
