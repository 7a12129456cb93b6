"""A newcomer's first hour: tutorial and cookbook, from the built site's own blocks and the wheels alone.

`python -m tests.packaging.newcomer` builds both wheels and the site first; `make wheels` hands over its own.
The newcomer knows no more than the pages tell: a `pip install` line is typed as it is (that pip finds the two
wheels is all that is added), a line that starts a server goes to a second terminal, the `export` lines that
it prints are pasted, a program is saved and run, and `await` at the top level runs as in a notebook.
"""

from __future__ import annotations

import html.parser
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from attrs import define, field, frozen

from tests.docs.jobs import DONE, named
from tests.packaging.commands import CONSTRAINTS, ROOT, build, run

PORT: Final = "8765"
"""The port of the pages; a free one takes its place, because another sandbox may run on this machine."""
_EXPORT: Final = re.compile(r"^export (\w+)=(\S+)", re.MULTILINE)
_ACTIVATE: Final = "if [ -f .venv/bin/activate ]; then . .venv/bin/activate; fi\n"
_NOTEBOOK: Final = """\
import ast, asyncio, inspect, sys

with open(sys.argv[1], encoding="utf-8") as file:
    code = compile(file.read(), sys.argv[1], "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
found = eval(code, {"__name__": "__main__"})
if inspect.isawaitable(found):
    asyncio.run(found)
"""


@frozen
class Block:
    """One block of code of a page. language: as the page marks it. heading: the one above it."""

    language: str
    text: str
    heading: str


class _Page(html.parser.HTMLParser):
    """Collects the code blocks of a page that mkdocs wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._language = self._heading = ""
        self._text: list[str] | None = None
        self._title: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = (dict(attrs).get("class") or "").split()
        if tag == "div" and "highlight" in words:
            self._language = next((one.removeprefix("language-") for one in words if one != "highlight"), "")
        elif tag == "code" and self._language:
            self._text = []
        elif tag in {"h1", "h2", "h3"}:
            self._title = []
        elif tag == "a" and "headerlink" in words and self._title is not None:
            self._heading, self._title = "".join(self._title).strip(), None

    def handle_endtag(self, tag: str) -> None:
        if tag == "code" and self._text is not None:
            self.blocks.append(Block(self._language, "".join(self._text), self._heading))
            self._text, self._language = None, ""

    def handle_data(self, data: str) -> None:
        for kept in (self._text, self._title):
            if kept is not None:
                kept.append(data)


def blocks_of(page: Path) -> list[Block]:
    """The code blocks of one page of the built site, in their order."""
    reader = _Page()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader.blocks


@define
class Newcomer:
    """Somebody with a folder, a terminal and what the pages tell them."""

    folder: Path
    environ: dict[str, str]
    port: str
    server: subprocess.Popen[str] | None = None
    wheel: Path = Path()
    said: list[str] = field(factory=list)

    @classmethod
    def at(cls, folder: Path, dist: Path) -> Self:
        """A newcomer in an empty folder, whose pip finds the two wheels next to what the index holds."""
        pins = folder / "pins.txt"
        wheels = sorted(dist.glob("*.whl"))
        # An index may hold another project of this name, see `_check_origin`.
        own = "".join("==".join(path.name.split("-")[:2]) + "\n" for path in wheels)
        pins.write_text(CONSTRAINTS.read_text(encoding="utf-8") + own, encoding="utf-8")
        commands = folder / "commands"
        commands.mkdir()
        (commands / "python").symlink_to(getattr(sys, "_base_executable", sys.executable))
        work = folder / "work"
        work.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TRUNK"))}
        path = [str(commands), *(one for one in kept["PATH"].split(os.pathsep) if ".venv" not in one)]
        links = " ".join((str(dist), os.environ.get("PIP_FIND_LINKS", ""))).strip()
        more = {
            "PATH": os.pathsep.join(path),
            "PIP_CONSTRAINT": str(pins),
            "PIP_FIND_LINKS": links,
            "PIP_QUIET": "1",
            "COLUMNS": "100",
        }
        wheel = next(path for path in wheels if path.name.startswith("trunkline-"))
        return cls(work, {**kept, **more}, _free_port(), wheel=wheel)

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        text = block.text.replace(PORT, self.port)
        match block.language:
            case "sh" | "console":
                self._type(text)
            case "toml":
                (self.folder / "trunkline.toml").write_text(text, encoding="utf-8")
            case "python":
                self._run_python(text, block.heading)

    def _type(self, text: str) -> None:
        servers = [line for line in text.splitlines() if line.startswith("trunkline sandbox")]
        rest = "\n".join(line for line in text.splitlines() if line not in servers)
        if rest.strip():
            self._shell(rest)
        for line in servers:
            self.stop()
            self._serve(line)

    def _shell(self, text: str) -> None:
        command = ["bash", "-euo", "pipefail", "-c", _ACTIVATE + text]
        self.said.append(run(command, self.folder, self.environ, clean=False))

    def _run_python(self, text: str, heading: str) -> None:
        program = self.folder / f"{re.sub(r'[^a-z0-9]+', '_', heading.lower()).strip('_')}.py"
        program.write_text(text, encoding="utf-8")
        (self.folder / "notebook.py").write_text(_NOTEBOOK, encoding="utf-8")
        whole = "asyncio.run(" in text or "__main__" in text
        words = f"python -W error {'' if whole else 'notebook.py '}{program.name}"
        self._shell(words)

    def _serve(self, line: str) -> None:
        log = self.folder / "sandbox.txt"
        with log.open("w") as out:
            self.server = subprocess.Popen(
                ["bash", "-c", f"{_ACTIVATE}exec {line.partition('#')[0]}"],
                cwd=self.folder, env=self.environ, stdout=out, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
        for _ in range(600):
            text = log.read_text()
            if "Ctrl-C stops it" in text:
                self.environ |= {name: value.strip("'\"") for name, value in _EXPORT.findall(text)}
                return
            if self.server.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"{line}: the sandbox did not start: {log.read_text()}")

    def stop(self) -> None:
        """End the sandbox as Ctrl-C does."""
        if self.server is not None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(timeout=30)
            self.server = None

    @contextmanager
    def repeating(self, block: Block) -> Iterator[None]:
        """Type a block again and again meanwhile: the page says that it moves the clock on."""
        ended = threading.Event()

        def work() -> None:
            while not ended.wait(0.3):
                subprocess.run(
                    ["bash", "-c", block.text.replace(PORT, self.port)], env=self.environ, capture_output=True
                )

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def do_tutorial(newcomer: Newcomer, site: Path) -> int:
    """Follow the tutorial from its first block to its last; return how many blocks there were."""
    blocks = blocks_of(site / "tutorial" / "index.html")
    for block in blocks:
        newcomer.follow(block)
    _check_origin(newcomer)
    lines = (newcomer.folder / "devices.csv").read_text(encoding="utf-8").splitlines()
    if len(lines) != 51:
        raise SystemExit(f"the tutorial's devices.csv has {len(lines)} lines, not a header and 50 rows")
    return len(blocks)


def _check_origin(newcomer: Newcomer) -> None:
    """What was used is what the wheel holds: neither the checkout nor another project of the same name."""
    program = "import trunkline; print(trunkline.__file__)"
    python = newcomer.folder / ".venv" / "bin" / "python"
    used = Path(run([python, "-c", program], newcomer.folder).strip())
    packed = zipfile.ZipFile(newcomer.wheel).read("trunkline/__init__.py")
    if not used.is_relative_to(newcomer.folder) or used.read_bytes() != packed:
        raise SystemExit(f"the tutorial used {used}, which is not what {newcomer.wheel.name} holds")


def do_jobs(newcomer: Newcomer, site: Path) -> Mapping[str, str]:
    """Do the cookbook's jobs; return what each of them printed last."""
    blocks = blocks_of(site / "cookbook" / "index.html")
    (clock,) = [block for block in blocks if "/sandbox/clock" in block.text]
    done: dict[str, str] = {}
    for block in blocks:
        if block.language != "python" and block is not clock:
            newcomer.follow(block)
    with newcomer.repeating(clock):
        for block in (one for one in blocks if one.language == "python"):
            newcomer.follow(block)
            said = newcomer.said[-1]
            if not re.search(DONE[named(block.text)], said):
                raise SystemExit(f"the job {block.heading!r} did not do its work: {said}")
            done[block.heading] = said
    if len(done) != len(DONE):
        raise SystemExit(f"the cookbook has {len(done)} jobs, not {len(DONE)}: {', '.join(done)}")
    return done


def build_site(folder: Path) -> Path:
    """Build the site as `make docs` does."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", folder]
    checkout = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    run(command, ROOT, {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": checkout})
    return folder


def check(dist: Path, folder: Path) -> str:
    """Do all of it with the wheels of a folder; return a line on what was done."""
    began = time.monotonic()
    newcomer = Newcomer.at(folder, dist)
    try:
        site = build_site(folder / "site")
        blocks = do_tutorial(newcomer, site)
        jobs = do_jobs(newcomer, site)
    finally:
        newcomer.stop()
    seconds = time.monotonic() - began
    return (
        f"newcomer: {blocks} blocks of the tutorial and {len(jobs)} jobs of the cookbook in {seconds:.0f} s"
    )


def main() -> int:
    """Build wheels and site, then follow the pages."""
    if shutil.which("bash") is None or shutil.which("curl") is None:
        raise SystemExit("the pages' blocks need bash and curl")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sys.stdout.write(check(build(folder / "dist"), folder) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
