"""The base of every error that a person can correct; a command reports it and exits with status 2."""

from __future__ import annotations


class UnusableError(Exception):
    """A document, a spec or an argument that cannot be used; the text states the reason and what to do."""
