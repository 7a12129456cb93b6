"""The steps of an update in their order, as functions, and where it stops."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path

from attrs import define, evolve, field

from codegen.changes.report import as_markdown
from codegen.diff.finding import Comparison
from codegen.edit.report import import_text
from codegen.edit.run import Imported, import_document
from codegen.errors import UnusableError
from codegen.project import build
from codegen.read import SpecError
from codegen.update import page_facts, tests
from codegen.update.step import Result, Step
from trunkline.apis import Generated

Announce = Callable[[str], None]


@define(kw_only=True)
class Update:
    """One run. root: of the checkout; logs: the folder for the reports of the steps.

    document, spec: absolute. target: the package built from the spec, if any. full: run every test.
    """

    root: Path
    logs: Path
    document: Path
    spec: Path
    target: Generated | None
    tests: bool
    full: bool
    announce: Announce
    allow_removal: bool = False
    decided: Collection[str] = ()
    steps: list[Step] = field(factory=list)
    _imported: Imported | None = None
    _comparison: Comparison | None = None

    def run(self) -> int:
        """Run the steps; 0 all done, 1 something is left for the person, 2 stopped."""
        for step in (self._drift, self._import, self._build, self._diff, self._changelog, self._tests):
            self.announce(step.__name__.strip("_"))
            began, known = time.monotonic(), len(self.steps)
            going = step()
            for number in range(known, len(self.steps)):
                self.steps[number] = evolve(self.steps[number], seconds=time.monotonic() - began)
            if not going:
                break
        results = {step.result for step in self.steps}
        return 2 if "failed" in results else 1 if "for you" in results else 0

    def _note(self, name: str, result: Result, outcome: str, then: str = "") -> bool:
        self.steps.append(Step(name, result, outcome, then))
        return result != "failed"

    def shown(self, path: Path) -> str:
        """A path for people, relative to the root where possible."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def _log(self, name: str, text: str) -> str:
        """Write a step's report; return the path of the file."""
        path = self.logs / name
        path.write_text(text, encoding="utf-8")
        return self.shown(path)

    @property
    def _spec(self) -> str:
        return self.shown(self.spec)

    # -- steps -----------------------------------------------------------------------------------

    def _drift(self) -> bool:
        """Compare, and stop where there is nothing to do: no difference, and no edit to build."""
        try:
            # Nothing is written yet: the import step writes, so that drift alone leaves no trace.
            self._imported = imported = import_document(
                self.document, self.spec, allow_removal=self.allow_removal, decided=self.decided
            )
        except UnusableError as error:
            return self._note("drift", "failed", str(error), "save the document again, whole")
        log = self._log("drift.md", as_markdown(imported.before, self._spec, self.document.name))
        loud = sum(1 for change in imported.before if not change.quiet)
        quiet = len(imported.before) - loud
        if loud:
            also = f" and {quiet} in descriptions or examples" if quiet else ""
            return self._note("drift", "done", f"{loud} differences{also}, see {log}")
        if imported.before:
            outcome = f"{quiet} in descriptions and examples alone, see {log}"
            return self._note("drift", "done", outcome)
        if imported.changes:
            return self._note("drift", "done", "nothing but what is remembered of the document changes")
        if self._edited():
            return self._note(
                "drift", "nothing to do", "spec and document agree; the spec has edits to build"
            )
        self._note("drift", "nothing to do", "spec and document agree, and nothing waits to be built")
        return False

    def _import(self) -> bool:
        imported = self._imported
        assert imported is not None  # noqa: S101  (drift stops without it)
        waiting = bool(imported.changes or imported.to_decide)
        outcomes, advice = [], []
        if waiting:
            # Before the spec is written, as the diff step compares with this state.
            self._keep_before()
            imported.write()
            log = self._log("import.txt", import_text(imported, dry=False))
            if (open_ := len(imported.to_decide)) + (look := len(imported.written.look)):
                outcomes.append(f"written; {open_} to decide, {look} to look at")
                advice.append(f"go through {log}, edit {self._spec}, run update again")
        # Also when nothing waits: what an earlier run left is decided then.
        self._log("open.md", as_markdown(imported.left, self._spec, self.document.name))
        facts = page_facts.path_of(self.root, self.target.name if self.target else "")
        unreported = page_facts.write(facts, imported.document, {change.title for change in imported.before})
        if unreported:
            outcomes.append(
                f"reads otherwise than before, though drift reports nothing: {', '.join(unreported)}"
            )
            advice.append(
                f"compare these entries of {self.shown(facts)} with the page: correct an entry that the page"
                " shows otherwise; if it does not, the page is read wrongly"
            )
        if outcomes:
            return self._note("import", "for you", "; ".join(outcomes), "; ".join(advice))
        if waiting:
            return self._note("import", "done", f"everything is written into {self._spec}")
        return self._note("import", "skipped", "nothing to import")

    def _build(self) -> bool:
        if self.target is None:
            return self._note("build", "skipped", "not the spec of a shipped package")
        try:
            built = build([self.target.name])
        except SpecError as error:
            log = self._log("build.txt", str(error))
            return self._note(
                "build", "failed", str(error).splitlines()[0], f"read {log}, correct {self._spec}"
            )
        gaps = [gap for item in built for gap in item.document.gaps if gap.severity == "gap"]
        outcome = self.target.folder + (f"; {len(gaps)} gaps, see `codegen build`" if gaps else "")
        return self._note("build", "done", outcome, "review with git diff")

    def _diff(self) -> bool:
        from codegen.diff.command import compare, project_version
        from codegen.diff.report import as_markdown as diff_markdown
        from codegen.diff.version import version_step

        self._comparison = compare(self._before(), self._spec)
        step = version_step(self._comparison.findings, project_version())
        text = diff_markdown(self._comparison, step)
        log = self._log("diff.md", text)
        counts = next((line for line in text.splitlines()[1:] if line.strip()), "")
        level = {"breaking": "; release as a breaking version", "warning": "; tell users of the warnings"}
        return self._note(
            "diff", "done", counts.strip(), f"read {log}{level.get(str(self._comparison.level), '')}"
        )

    def _changelog(self) -> bool:
        from codegen.changelog.command import write_entry
        from codegen.changelog.entry import entry

        assert self._comparison is not None  # noqa: S101  (the step before has made it)
        path = self.root / "CHANGELOG.md"
        if not write_entry(path, self._comparison.api, entry(_without_confirmed(self._comparison))):
            return self._note("changelog", "nothing to do", "says it already")
        return self._note("changelog", "done", "entry below Unreleased", "put it into your words")

    def _tests(self) -> bool:
        if not self.tests:
            return self._note("tests", "skipped", "as asked", "run make test before you commit")
        chosen = tests.concerned(self.root, self.target, full=self.full)
        finished = tests.run(self.root, chosen)
        log = self._log("tests.txt", finished.output)
        if finished.passed:
            undecided = any(step.result == "for you" for step in self.steps)
            return self._note("tests", "done", finished.summary, "" if undecided else "commit")
        then = f"read {log}; where the change breaks callers, tests that call it change too"
        return self._note("tests", "for you", finished.summary, then)

    # -- what it was before ----------------------------------------------------------------------

    def _edited(self) -> bool:
        """Whether the spec differs from the last commit, or from the copy where there is none."""
        if self._committed():
            return self._git("diff", "--quiet", "HEAD", "--", self.shown(self.spec.parent)) == 1
        return self._kept().is_file() and self._kept().read_bytes() != self.spec.read_bytes()

    def _committed(self) -> bool:
        inside = self.spec.is_relative_to(self.root)
        return inside and self._git("cat-file", "-e", f"HEAD:{self._spec}") == 0

    def _git(self, *arguments: str) -> int | None:
        """Run git quietly; its status, None where there is no git."""
        try:
            return subprocess.run(
                ["git", *arguments], cwd=self.root, capture_output=True, check=False
            ).returncode
        except FileNotFoundError:
            return None

    def _keep_before(self) -> None:
        """Copy the spec's folder where git does not have it, to compare with later."""
        if self._committed():
            return
        kept = self._kept().parent
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.spec.parent, kept)

    def _kept(self) -> Path:
        return self.logs / "before" / self.spec.parent.name / self.spec.name

    def _before(self) -> str:
        # The last commit, not the spec before this run: a second run after hand edits must show the
        # whole change.
        return f"HEAD:{self._spec}" if self._committed() else self.shown(self._kept())


def _without_confirmed(comparison: Comparison) -> Comparison:
    """The comparison with one finding for all guesses that the vendor has confirmed."""
    confirmed = [item for item in comparison.findings if item.rule.id == "provenance-raised"]
    if len(confirmed) < 2:
        return comparison
    rest = tuple(item for item in comparison.findings if item.rule.id != "provenance-raised")
    text = f"{len(confirmed)} routes, arguments and fields are documented now, before inferred"
    one = evolve(confirmed[0], text=text, subject=f"client#{comparison.api}", operations=())
    return evolve(comparison, findings=(*rest, one))
