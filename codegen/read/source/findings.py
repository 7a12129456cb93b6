"""What reading a document finds besides its content: problems, gaps and notes."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.errors import UnusableError
from codegen.ir import Gap, Place, Problem, Severity
from codegen.read.source.node import Node


class SpecError(UnusableError):
    """The document cannot be used as it is.

    problems: every problem found, in document order; `str()` lists them all, one a line, each with file,
        line, JSON pointer and what to change.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = list(problems)
        super().__init__("\n".join(map(problem_text, self.problems)))


def problem_text(problem: Problem) -> str:
    """One line for one problem: `file:line: #pointer: message`."""
    place = problem.place
    where = place.file if place.line is None else f"{place.file}:{place.line}"
    return f"{where}: #{place.pointer}: {problem.message}"


class Findings:
    """Collects problems and gaps while a document is read; the same finding is kept once."""

    def __init__(self) -> None:
        # Dicts as ordered sets: a shared definition is read once for each use, and its finding must
        # appear once.
        self._problems: dict[Problem, None] = {}
        self._gaps: dict[Gap, None] = {}

    def problem(self, at: Node | Place, message: str) -> None:
        """Add an error that makes the document unusable."""
        self._problems[Problem(_place(at), message)] = None

    def gap(
        self, at: Node | Place, what: str, reason: str, *, severity: Severity = "gap", dropped: bool = False
    ) -> None:
        """Add something that the package does not hold as the document writes it."""
        self._gaps[Gap(_place(at), what, reason, severity, dropped)] = None

    def note(self, at: Node | Place, what: str, reason: str, *, dropped: bool = False) -> None:
        """Add a harmless finding, which leaves the exit status at 0."""
        self.gap(at, what, reason, severity="note", dropped=dropped)

    @property
    def gaps(self) -> list[Gap]:
        """All gaps and notes in document order."""
        return sorted(self._gaps, key=lambda gap: (gap.place.file, gap.place.line or 0))

    @property
    def problems(self) -> list[Problem]:
        """All problems in document order."""
        return sorted(self._problems, key=lambda p: (p.place.file, p.place.line or 0))

    def raise_problems(self) -> None:
        """Raise one `SpecError` that holds every problem so far, if there is one."""
        if self._problems:
            raise SpecError(self.problems)


def _place(at: Node | Place) -> Place:
    return at.place if isinstance(at, Node) else at
