"""Pages of the site that are made from the code: reference, operations, errors, changelog, llms.txt.

A hook of mkdocs (mkdocs.yml, `hooks`): the pages exist only while the site is built, so they cannot go stale.
"""

from __future__ import annotations

import importlib
import inspect
import re
import runpy
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from trunkline import errors
from trunkline._codec.annotations import is_model, members, model_fields, resolve_in_module
from trunkline.operation import Operation

ROOT: Final = Path(__file__).resolve().parents[2]
listed: Final = runpy.run_path(str(Path(__file__).with_name("attributes.py")))["listed"]
"""From the file next to this one; mkdocs and griffe load both by their paths, not as a package."""
MODULES: Final = (
    "trunkline.client",
    "trunkline.resource",
    "trunkline.config",
    "trunkline.auth",
    "trunkline.errors",
    "trunkline.events",
    "trunkline.model",
    "trunkline.odata",
    "trunkline.jsonpatch",
    "trunkline.operation",
    "trunkline.transport",
    "trunkline.lazy",
    "trunkline.network",
    "trunkline.extras",
    "trunkline.apis",
    "trunkline.settings",
    "trunkline.doctor",
    "trunkline.bulk",
    "trunkline.distributed",
    "trunkline.hooks",
    "trunkline.testing",
    "trunkline.sandbox",
    "trunkline.idi",
    "trunkline.abzorb",
    "trunkline",
)
"""Everything public; a name is documented on the page of the module that stands first here."""
GENERATED: Final = {
    "idi": ("resources", "models", "fields", "patches"),
    "abzorb": ("resources", "models"),
}
TITLES: Final = {"idi": "IDI CostGuard", "abzorb": "Abzorb"}


BORROWED: Final = {
    "UNSET": "Leave this field out of the request; `None` sends null. It is msgspec's own mark.",
    "Unset": "The type of `UNSET`.",
}
"""Names that another library defines, which its documentation cannot be read for."""


def public_names(module: str) -> list[str]:
    """The names of a module that users may rely on and that have a page of their own here."""
    found = importlib.import_module(module)
    own = [name for name, value in vars(found).items() if getattr(value, "__module__", "") == module]
    names = getattr(found, "__all__", None) or [name for name in own if not name.startswith("_")]
    return [name for name in names if not inspect.ismodule(getattr(found, name))]


def _home(module: str, name: str) -> str:
    """Where a name is defined; its documentation is read there."""
    value = getattr(importlib.import_module(module), name)
    home = getattr(value, "__module__", None) or ""
    own = home.startswith("trunkline.") and getattr(value, "__qualname__", "") == name
    return f"{home}.{name}" if own else f"{module}.{name}"


def reference() -> Iterator[tuple[str, str]]:
    """One page a public module, and one for each generated module of the shipped APIs."""
    index = ["# Reference", "", "Every public name, from its docstring.", ""]
    seen: set[str] = set()
    for module in MODULES:
        names = [name for name in public_names(module) if not name.startswith("__")]
        lines = [f"# {module}", ""]
        summary = (inspect.getdoc(importlib.import_module(module)) or "").partition("\n")[0]
        lines += [summary, ""]
        for name in names:
            home = _home(module, name)
            if name in BORROWED and module != "trunkline.model":
                continue
            if home in seen:  # documented on the page of the module that defines it
                lines += [f"- [`{name}`][{home}]"]
                continue
            seen.add(home)
            if name in BORROWED:
                lines += ["", f"## {name} {{#{module}.{name}}}", "", BORROWED[name], ""]
            else:
                lines += ["", f"::: {home}", ""]
        yield f"reference/{module}.md", "\n".join(lines) + "\n"
        index.append(f"- [`{module}`](reference/{module}.md): {summary}")
    for api, kinds in GENERATED.items():
        for kind in kinds:
            page = f"reference/trunkline.{api}.{kind}.md"
            body = f"# trunkline.{api}.{kind}\n\n::: trunkline.{api}._generated.{kind}\n    options:\n"
            yield page, body + "      show_root_heading: false\n      show_if_no_docstring: true\n"
            index.append(f"- [`trunkline.{api}.{kind}`]({page}): generated from the spec")
    yield "reference.md", "\n".join(index) + "\n"


def _badge(word: str) -> str:
    return f'<span class="badge {word}">{word}</span>'


def _argument(param: Any) -> str:
    value = {"int": "1000", "bool": "True", "datetime.date": "date(2026, 1, 31)"}.get(param.type, '"…"')
    return f"{param.name}={value}"


def call_text(op: Operation[Any]) -> str:
    """A call to copy, with the arguments that it cannot do without."""
    needed = [p for p in (*op.path_params, *op.query_params, *op.header_params) if p.required]
    arguments = [_argument(param) for param in needed]
    if op.body is not None and op.body.required:
        arguments.append("patch=patch" if op.patchable else "body")
    call = f"client.{op.id}({', '.join(sorted(arguments, key=lambda text: '=' in text))})"
    return f"async for row in {call}:\n    print(row)" if op.paging else f"result = await {call}"


def _type_text(text: str | None) -> str:
    return f"`{text}`" if text else "nothing"


def _fields(op: Operation[Any]) -> Iterator[str]:
    expression = op.paging.row_type if op.paging else op.response
    try:
        kinds = [] if not expression else members(resolve_in_module(expression, op.namespace))
    except errors.ConfigError:
        kinds = []
    kinds = [arg for kind in kinds for arg in (getattr(kind, "__args__", None) or (kind,))]
    for kind in kinds:
        if not is_model(kind):
            continue
        yield f'??? note "Fields of `{kind.__name__}`"\n'
        yield "    | field | on the wire | type |\n    |---|---|---|"
        for one in model_fields(kind):
            name = getattr(one.type, "__name__", str(one.type)).replace("typing.", "").replace("|", "or")
            yield f"    | `{one.name}` | `{one.wire}` | `{name}` |"
        yield ""


def _operation(op: Operation[Any]) -> Iterator[str]:
    yield f"### {op.title or op.id} {{#{op.id.replace('.', '-')}}}\n"
    origin = op.provenance
    words = dict.fromkeys((origin.route, origin.request, origin.response))
    marks = " ".join(_badge(word) for word in words)
    since = f" · since {op.since}" if op.since else ""
    old = " · deprecated" if op.deprecated else ""
    yield f"`{op.id}` · `{op.method} {op.path}` · {marks}{since}{old}\n"
    if op.former:
        names = ", ".join(f"`{name}`" for name in op.former)
        yield f"Called {names} before; the old name works for a release, with a DeprecationWarning.\n"
    if len(words) > 1:
        yield f"Route {origin.route}, request {origin.request}, response {origin.response}.\n"
    yield f"```python\n{call_text(op)}\n```\n"
    params = (*op.path_params, *op.query_params, *op.header_params)
    if params:
        yield "| parameter | type | required | provenance |\n|---|---|---|---|"
        for p in params:
            yield f"| `{p.name}` (`{p.wire}`) | `{p.type}` | {'yes' if p.required else ''} | {p.provenance} |"
        yield ""
    gives = f"rows of {_type_text(op.paging.row_type)}" if op.paging else _type_text(op.response)
    yield f"Returns {gives}.\n"
    for title, names in (("Filters", op.filterable), ("Sorts", op.sortable)):
        if names:
            yield f"{title} by {', '.join(f'`{name}`' for name in names)}.\n"
    if op.patchable:
        changes = "; ".join(f"`{name}` ({', '.join(verbs)})" for name, verbs in op.patchable.items())
        yield f"Patches {changes}.\n"
    yield from _fields(op)


def operations(api: str) -> str:
    """The catalogue of one API, from its generated operations."""
    found: dict[str, list[Operation[Any]]] = {}
    for op in importlib.import_module(f"trunkline.{api}._generated.operations").OPERATIONS.values():
        found.setdefault(op.id.rpartition(".")[0], []).append(op)
    total = sum(map(len, found.values()))
    lines = [
        f"# {TITLES[api]}: {total} operations",
        "",
        "Every operation as the spec has it. A badge says where it comes from: the vendor's page "
        "(documented), its release notes, a response that was seen (observed), or our reading between "
        "the lines (inferred).",
        "",
    ]
    for resource, ops in found.items():
        lines.append(f"## client.{resource}\n")
        for op in ops:
            lines += _operation(op)
    return "\n".join(lines) + "\n"


def error_catalogue() -> str:
    """Every class of the error tree with cause, example and remedy.

    Cause and remedy are the docstrings of `errors.py`; a test provokes the examples and compares their texts.
    """
    examples = tomllib.loads((ROOT / "docs" / "site" / "error_examples.toml").read_text(encoding="utf-8"))
    lines = [
        "# Errors",
        "",
        "Every error that trunkline raises on purpose derives from `TrunklineError`. `retryable` tells "
        "whether the same call may succeed later, `may_have_run` whether the vendor may have carried the "
        "request out. Texts, reprs and tracebacks hold no secret and no telephone number.",
        "",
    ]
    for cls in _tree(errors.TrunklineError):
        depth = len([base for base in cls.__mro__ if issubclass(base, errors.TrunklineError)])
        cause, _, remedy = (inspect.getdoc(cls) or "").partition("Remedy: ")
        lines += [f"{'#' * min(depth + 1, 6)} {cls.__name__}", "", listed(cause.strip()), ""]
        if cls.__name__ in examples:
            lines += ["```text", examples[cls.__name__]["text"], "```", ""]
        lines += [f"**Remedy:** {remedy[:1].upper()}{remedy[1:]}", ""]
    return "\n".join(lines) + "\n"


def _tree(cls: type[Exception]) -> Iterator[type[Exception]]:
    yield cls
    for child in sorted(cls.__subclasses__(), key=lambda each: each.__name__):
        if child.__module__ == errors.__name__:
            yield from _tree(child)


def _plain_links(text: str) -> str:
    return re.sub(r"\[([^\]]+)\]\((?!https?://|#)[^)]*\)", r"\1", text)


def _generated() -> Iterable[tuple[str, str]]:
    yield from reference()
    for api in GENERATED:
        yield f"operations/{api}.md", operations(api)
    yield "guides/errors.md", error_catalogue()
    yield "changelog.md", _plain_links((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    yield "specs.md", _plain_links((ROOT / "specs" / "README.md").read_text(encoding="utf-8"))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for path, content in _generated():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links that lead out of docs/ to files of the checkout become plain text."""
    return re.sub(r"\[([^\]]+)\]\(\.\./(?!guides|reference|operations)[^)]*\)", r"\1", markdown)


def _with_files(text: str) -> str:
    """The text with the files that it includes, which only the page's renderer would put in."""
    return re.sub(r'--8<-- "([^"]+)"', lambda found: (ROOT / found[1]).read_text(encoding="utf-8"), text)


def on_post_build(config: MkDocsConfig) -> None:
    """Write llms.txt (an index) and llms-full.txt (everything) for tools that read text."""
    site = Path(config.site_dir)
    pages = [path for path in sorted((ROOT / "docs").rglob("*.md")) if "site" not in path.parts]
    texts = {path.relative_to(ROOT / "docs").as_posix(): path.read_text(encoding="utf-8") for path in pages}
    texts |= {path: text for path, text in _generated() if not path.startswith("reference/")}
    head = f"# {config.site_name}\n\n> {config.site_description}\n\n"
    titles = {path: text.lstrip("# ").partition("\n")[0] for path, text in texts.items()}
    texts = {path: _with_files(text) for path, text in texts.items()}
    index = "".join(f"- [{titles[path]}]({path.removesuffix('.md')}/)\n" for path in texts)
    (site / "llms.txt").write_text(f"{head}## Pages\n\n{index}", encoding="utf-8")
    (site / "llms-full.txt").write_text(head + "\n\n".join(texts.values()), encoding="utf-8")
