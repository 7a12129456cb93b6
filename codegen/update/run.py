"""The steps of an update in their order, and where it stops."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from attrs import define, field

from codegen.update.page_facts import write as write_facts
from codegen.update.step import Ran, Result, Step, Workshop
from trunkline.apis import Generated

Announce = Callable[[str], None]


@define(kw_only=True)
class Update:
    """One run. document, spec: absolute; target: the package built from the spec, if any."""

    document: Path
    spec: Path
    target: Generated | None
    tests: bool
    announce: Announce
    shop: Workshop
    steps: list[Step] = field(factory=list)
    reported: set[str] = field(factory=set)

    def run(self) -> int:
        """Do every step that makes sense; 0 all done, 1 something is left for the person, 2 stopped."""
        for step in (self._drift, self._import, self._build, self._diff, self._changelog, self._tests):
            self.announce(step.__name__.strip("_"))
            if not step():
                break
        results = {step.result for step in self.steps}
        return 2 if "failed" in results else 1 if "for you" in results else 0

    def _note(self, name: str, result: Result, said: str, then: str = "") -> bool:
        self.steps.append(Step(name, result, said, then))
        return result != "failed"

    def _fail(self, name: str, ran: Ran, then: str) -> bool:
        said = [line for line in ran.tail.splitlines() if not line.startswith(("usage:", " "))]
        return self._note(name, "failed", said[0] if said else f"status {ran.status}", then)

    @property
    def _spec(self) -> str:
        return self.shop.shown(self.spec)

    # -- steps -----------------------------------------------------------------------------------

    def _drift(self) -> bool:
        """Stop where there is nothing to follow: no difference, and no edit that waits for its build."""
        ran, count = self._differences("drift")
        if ran.status == 2 or count is None:
            return self._fail("drift", ran, f"read {self.shop.shown(ran.log)}; save the page again, whole")
        if count:
            return self._note("drift", "done", f"{count} differences", "")
        if self._edited():
            return self._note(
                "drift", "nothing to do", "spec and document agree; the spec has edits to build"
            )
        self._note("drift", "nothing to do", "spec and document agree, and nothing waits to be built")
        return False

    def _differences(self, name: str) -> tuple[Ran, int | None]:
        """Run drift for people and for counting; the count is None when that fails."""
        arguments = ("drift", self._spec, str(self.document), "--format")
        ran = self.shop.codegen(f"{name}.md", *arguments, "markdown")
        if ran.status not in (0, 1):
            return ran, None
        counted = self.shop.codegen(f"{name}.json", *arguments, "json")
        try:
            findings = json.loads(counted.output)["findings"]
            self.reported |= {finding.get("operation") or "" for finding in findings}
            return ran, len(findings)
        except (ValueError, KeyError, TypeError):
            return counted, None

    def _import(self) -> bool:
        if self.steps[-1].result == "nothing to do":
            return self._note("import", "skipped", "nothing to import")
        self._keep_before()
        ran = self.shop.codegen("import.txt", "import", str(self.document), "--into", self._spec)
        if ran.status not in (0, 1, 3):
            return self._fail("import", ran, f"read {self.shop.shown(ran.log)}; the spec is as it was")
        strange = self._facts()
        again, left = self._differences("open")
        if left is None:
            return self._fail("import", again, f"correct {self._spec} or take it back with git restore")
        if strange:
            said = f"not reported by drift, and yet read otherwise than before: {', '.join(strange)}"
            then = f"compare the page with {self.shop.shown(self._facts_file())}, entry by entry"
            return self._note("import", "for you", said, then)
        if left or ran.status:
            said = (
                f"written; {left} differences are left to decide"
                if left
                else "written; it lists things to look at"
            )
            then = f"go through {self.shop.shown(ran.log)}, edit {self._spec}, run update again"
            return self._note("import", "for you", said, then)
        return self._note("import", "done", f"everything is written into {self._spec}")

    def _facts_file(self) -> Path:
        name = self.target.name if self.target else ""
        return self.shop.root / "tests" / "specs" / f"{name}_page_facts.yaml"

    def _facts(self) -> list[str]:
        """Bring the facts that the tests hold the spec to up to the page."""
        return write_facts(self._facts_file(), self.document, self.reported)

    def _build(self) -> bool:
        if self.target is None:
            return self._note("build", "skipped", "not the spec of a shipped package")
        ran = self.shop.codegen("build.txt", "build", "--only", self.target.name)
        if ran.status not in (0, 3):
            then = f"read {self.shop.shown(ran.log)}, correct {self._spec}, run update again"
            return self._fail("build", ran, then)
        gaps = f"; it reports gaps, see {self.shop.shown(ran.log)}" if ran.status == 3 else ""
        return self._note("build", "done", f"{self.target.folder}{gaps}", "review with git diff")

    def _diff(self) -> bool:
        ran = self.shop.codegen("diff.md", "diff", self._before(), self._spec, "--format", "markdown")
        if ran.status not in (0, 1, 3):
            return self._fail("diff", ran, f"read {self.shop.shown(ran.log)}")
        counts = next((line for line in ran.output.splitlines()[1:] if line.strip()), "")
        level = {0: "", 1: "tell users of the warnings", 3: "release as a breaking version"}[ran.status]
        return self._note(
            "diff",
            "done",
            counts.strip(),
            f"read {self.shop.shown(ran.log)}" + (f"; {level}" if level else ""),
        )

    def _changelog(self) -> bool:
        log = self.shop.root / "CHANGELOG.md"
        ran = self.shop.codegen("changelog.txt", "changelog", self._before(), self._spec, "--write", str(log))
        if ran.status:
            return self._fail("changelog", ran, f"read {self.shop.shown(ran.log)}")
        added = "nothing to add" not in ran.output
        said = "entry below Unreleased" if added else "says it already"
        return self._note(
            "changelog", "done" if added else "nothing to do", said, "put it into your words" if added else ""
        )

    def _tests(self) -> bool:
        if not self.tests:
            return self._note("tests", "skipped", "as asked", "run make test before you commit")
        ran = self.shop.python("tests.txt", "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider")
        if ran.status == 0:
            undecided = any(step.result == "for you" for step in self.steps)
            return self._note("tests", "done", ran.last_line, "" if undecided else "commit")
        then = (
            f"read {self.shop.shown(ran.log)}; where the change breaks callers, tests that call it change too"
        )
        return self._note("tests", "for you", _outcome(ran), then)

    # -- what it was before ----------------------------------------------------------------------

    def _edited(self) -> bool:
        """Whether the spec differs from the last commit, or from the copy where there is none."""
        if self._committed():
            folder = self.shop.shown(self.spec.parent)
            return self.shop.git("diff", "--quiet", "HEAD", "--", folder) == 1
        return self._kept().is_file() and self._kept().read_bytes() != self.spec.read_bytes()

    def _committed(self) -> bool:
        return (
            self.spec.is_relative_to(self.shop.root)
            and self.shop.git("cat-file", "-e", f"HEAD:{self._spec}") == 0
        )

    def _keep_before(self) -> None:
        """Where git does not have the spec, a copy of its folder is what to compare with."""
        if self._committed():
            return
        kept = self._kept().parent
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.spec.parent, kept)

    def _kept(self) -> Path:
        return self.shop.logs / "before" / self.spec.parent.name / self.spec.name

    def _before(self) -> str:
        return f"HEAD:{self._spec}" if self._committed() else self.shop.shown(self._kept())


def _outcome(ran: Ran) -> str:
    """The line that counts the tests; a run that was stopped has none, only dots."""
    counted = [
        line for line in ran.output.splitlines() if re.search(r"\b(?:passed|failed|errors?)\b.* in ", line)
    ]
    if counted:
        return counted[-1].strip("= ")
    if ran.status < 0:
        return f"the tests were stopped (signal {-ran.status}) before they came to an end"
    return f"the tests did not come to an end (status {ran.status})"
