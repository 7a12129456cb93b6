"""Changes written into an OpenAPI spec, one rule for each kind of subject; what no rule decides is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from codegen.changes.baseline import Baseline, gone_mark
from codegen.changes.change import Change, Comparison
from codegen.changes.words import subject_words
from codegen.edit.bodies import BodyEdits, proven
from codegen.edit.fields import FieldEdits
from codegen.edit.listed import ListEdits
from codegen.edit.locate import Locator, drop_unused, unused
from codegen.edit.nodes import (
    GoneError,
    flow_list,
    flow_map,
    insert_key,
    place_key,
    quoted,
    rename_key,
)
from codegen.edit.operation import NewOperation
from codegen.edit.schema import Schemas, style_of
from codegen.edit.sharing import Sharing
from codegen.edit.wording import idempotency
from codegen.edit.words import before, flag, words_of
from codegen.edit.written import Written
from codegen.facts.fact import FactSet

_LATE: Final = ("route", "exists")
_BEFORE_FLAGS: Final = ("operationId", "summary", "description", "tags")
_BEFORE_TEXT: Final = ("$ref", "name", "in", "summary", "required", "type", "format")


class OpenApiEdits:
    """Applies the changes of a comparison to the loaded data of its old side."""

    def __init__(
        self, data: Any, spec: FactSet, document: FactSet, comparison: Comparison, baseline: Baseline
    ) -> None:
        self._data = data
        self._document = document
        self._comparison = comparison
        self._baseline = baseline
        self._style = style_of(data, spec)
        self._locator = Locator(data, spec, self._style)
        self._schemas = Schemas(document, data, self._style)
        self._new = NewOperation(self._schemas)
        self.written = Written()
        self._fields = FieldEdits(
            self._locator,
            self._schemas,
            Sharing(self._locator, document, comparison),
            self.written,
            baseline,
        )
        lists = ListEdits(self._locator, document, self._fields)
        self._bodies = BodyEdits(self._locator, self._new, self.written)
        self._rules: dict[str, Callable[[Change], bool]] = {
            "api": self._api,
            "server": self._server,
            "operation": self._operation,
            "parameter": self._fields.parameter,
            "request": self._bodies.request,
            "request-field": self._fields.field,
            "response": self._bodies.response,
            "response-field": self._fields.field,
            "filterable": lists.apply,
            "sortable": lists.apply,
            "patchable": lists.apply,
        }

    def apply(self) -> Written:
        """Write what can be written; whole operations come last, since they move what pointers point at."""
        before = unused(self._data)
        changes = sorted(self._comparison.changes, key=_when)
        late = next((index for index, change in enumerate(changes) if _when(change)), len(changes))
        self._apply(changes[:late])
        self._bodies.settle(self._comparison)
        self._apply(changes[late:])
        self.written.removed += drop_unused(self._data, before)
        return self.written

    def _apply(self, changes: list[Change]) -> None:
        for change in changes:
            rule = self._rules.get(change.subject.kind)
            if rule is None or change.kind in ("sentence", "unread"):
                continue
            try:
                done = self._describe(change) if change.aspect == "description" else rule(change)
            except GoneError:  # an edit of a shared definition took it from all operations at once
                done = change.kind == "removed"
            except (KeyError, AttributeError, TypeError, ValueError):
                continue  # such as a part in another file: the next comparison reports what is left of it
            if done:
                self.written.done.append(change)
                self._remember(change)

    def _describe(self, change: Change) -> bool:
        """Another description; in a spec of ours the texts are ours."""
        if self._style.words:
            return False
        node = self._locator.node(change.subject)
        if change.new is None:
            node.pop("description", None)
        else:
            place_key(node, "description", change.new, _BEFORE_TEXT)
        return True

    def _remember(self, change: Change) -> None:
        """Keep in mind that a name is gone which old notes say was added; forget it when it comes back."""
        if change.aspect != "exists" or change.kind not in ("added", "removed"):
            return
        subject, gone = change.subject, self._baseline.gone
        if subject.dotted in self._baseline.sample_omits.get(change.title, ()) or self._is_kept(change):
            return
        mark = gone_mark(subject_words(subject), subject.name, change.title)
        if subject.kind == "operation":
            mark = self._locator.facts.text(subject, "route")
        if change.kind == "added" and mark in gone:
            gone.remove(mark)
        elif change.kind == "removed" and mark not in gone and self._is_told(change):
            gone.append(mark)

    def _is_kept(self, change: Change) -> bool:
        """Whether a field that a sample lost is still in the spec, as what lists or notes know of it."""
        if change.kind != "removed" or change.subject.kind not in ("request-field", "response-field"):
            return False
        try:
            self._locator.field(change.subject)
        except GoneError:
            return False
        return True

    def _is_told(self, change: Change) -> bool:
        """Whether the notes of the document say that the name was added."""
        if change.subject.kind == "operation":
            return True
        name = change.subject.name
        return any(
            name in statement.names and statement.verb in ("added", "updated")
            for statement in self._document.evidence.statements
        )

    # -- the document ------------------------------------------------------------------------------

    def _api(self, change: Change) -> bool:
        if change.aspect == "section":
            return self._sections(change)
        if change.aspect not in ("title", "version") or change.new is None:
            return False
        self._data["info"][change.aspect] = (
            quoted(str(change.new)) if change.aspect == "version" else change.new
        )
        return True

    def _server(self, change: Change) -> bool:
        """The variables of a server stay where they are; a server that is new or gone is for the person."""
        servers = self._data.get("servers") or []
        if change.kind != "changed" or change.aspect != "url" or len(servers) != 1:
            return False
        old, new = str(servers[0]["url"]).split("/"), str(change.new).split("/")
        if len(old) != len(new):
            return False
        parts = [was if was.startswith("{") else now for was, now in zip(old, new, strict=True)]
        servers[0]["url"] = "/".join(parts)
        return True

    # -- operations --------------------------------------------------------------------------------

    def _operation(self, change: Change) -> bool:
        aspect, operation = change.aspect, change.subject.operation
        if aspect == "exists" and change.kind == "added":
            return self._add(change)
        node = self._locator.operation(operation)
        if change.kind == "documented":
            return proven(words_of(node), aspect, change.provenance)
        if aspect == "exists":
            return self._remove(operation)
        if aspect == "title":
            node["summary"] = change.new
            self.written.note(
                f"{change.new}: was {change.old}; its Python name is kept, rename it if it misleads"
            )
            return True
        if aspect == "route":
            return self._route(change, node)
        if aspect == "section":
            return self._section(change, node)
        if aspect == "deprecated":
            return flag(node, "deprecated", change.kind != "removed", _BEFORE_FLAGS)
        if aspect == "revision":
            return self._since(node, change)
        if aspect == "security":
            return self._security(change, node)
        if aspect == "servers":
            return self._addresses(change, node)
        return False

    def _add(self, change: Change) -> bool:
        assert change.after is not None  # noqa: S101  (an added subject comes from the document)
        subject = change.after.subject
        told = subject not in self._document
        route = self._new.add_told(subject.operation) if told else self._new.add(subject.operation)
        guess = "" if route.printed else f"; its route {route.text} is inferred"
        self.written.note(f"{change.title or route.text}: new{guess}; look at names, types and descriptions")
        return True

    def _remove(self, operation: str) -> bool:
        path, method = self._locator.path_of(operation)
        del self._data["paths"][path][method]
        if not any(key in _METHODS for key in self._data["paths"][path]):
            del self._data["paths"][path]
        self.written.note(
            f"{operation}: removed with its method; restore it if the document left it out by mistake"
        )
        return True

    def _route(self, change: Change, node: Any) -> bool:
        """Another path or method. Path variables keep our names: the document's are in `page_name`."""
        path, method = self._locator.path_of(change.subject.operation)
        words = words_of(node)
        provenance = words.get("provenance")
        if change.kind == "removed":
            if provenance is None:
                return False
            provenance["route"] = "inferred"
            return True
        if provenance is not None:
            provenance["route"] = change.provenance
        verb, _, rest = str(change.new).partition(" ")
        target = self._own_names(f"/{rest.lstrip('/')}", path, node)
        if target is None:
            return False
        if verb.lower() != method:
            words["idempotency"] = idempotency(verb)
        if (target, verb.lower()) != (path, method):
            self._move(path, method, target, verb.lower())
        return True

    def _own_names(self, new: str, old: str, node: Any) -> str | None:
        """The new path with our names for its variables, None where there are more or fewer of them."""
        theirs, ours = _variables(new), _variables(old)
        if len(theirs) != len(ours):
            return None
        own = iter(ours)
        for mine, name in zip(ours, theirs, strict=True):
            if mine != name and mine not in theirs:
                for entry in node.get("parameters") or ():
                    if self._locator.parameter_key(entry) == ("path", mine) and "$ref" not in entry:
                        words = entry.setdefault("x-trunkline", flow_map({"provenance": "documented"}))
                        words["page_name"] = name
        parts = new.split("/")
        if any(part.startswith("{") != part.endswith("}") for part in parts):
            return new
        return "/".join(f"{{{next(own)}}}" if part.startswith("{") else part for part in parts)

    def _move(self, path: str, method: str, target: str, verb: str) -> None:
        """Put an operation under another path, at the same spot of the file."""
        paths = self._data["paths"]
        entry = paths[path]
        node = entry.pop(method)
        spot = list(paths).index(path)
        if target == path:
            entry[verb] = node
            return
        if target not in paths:
            alone = not any(key in _METHODS for key in entry)
            if alone:
                rename_key(paths, path, target)
                if isinstance(paths, CommentedMap) and path in paths.ca.items:
                    paths.ca.items[target] = paths.ca.items.pop(path)
            else:
                insert_key(paths, spot, target, CommentedMap())
        elif not any(key in _METHODS for key in entry):
            del paths[path]
        paths[target][verb] = node

    def _section(self, change: Change, node: Any) -> bool:
        if change.new is None:
            return False
        section = str(change.new).rsplit(" / ", 1)[-1]
        node["tags"] = flow_list([section])
        tags = self._data.get("tags")
        if tags is not None and all(tag["name"] != section for tag in tags):
            tags.append(CommentedMap({"name": section, "description": f"What concerns {section}."}))
        return True

    def _sections(self, change: Change) -> bool:
        """A section that has another name as a whole."""
        for path in self._data["paths"].values():
            for node in path.values():
                if isinstance(node, dict) and change.old in (node.get("tags") or ()):
                    node["tags"] = flow_list(
                        [change.new if tag == change.old else tag for tag in node["tags"]]
                    )
        for tag in self._data.get("tags") or ():
            if tag["name"] == change.old:
                tag["name"] = change.new
        return True

    def _security(self, change: Change, node: Any) -> bool:
        """A page that shows no authorization leaves a word; other schemes are for the person."""
        words = words_of(node)
        if change.kind == "removed" and self._style.words:
            return flag(words, "authorizations_shown", False, before("authorizations_shown"), keep_false=True)
        if change.kind in ("added", "documented"):
            words.pop("authorizations_shown", None)
            return True
        return False

    def _addresses(self, change: Change, node: Any) -> bool:
        """The addresses of one operation; those of its path are for the person, since others share them."""
        if change.before is not None and "servers" not in node:
            return False
        if isinstance(change.new, tuple):
            place_key(node, "servers", [CommentedMap({"url": url}) for url in change.new], _BEFORE_FLAGS)
        else:
            del node["servers"]
        return True

    def _since(self, node: Any, change: Change) -> bool:
        words = words_of(node)
        if change.kind == "removed":
            words.pop("since", None)
        else:
            place_key(words, "since", quoted(str(change.new)), before("since"))
        return True


_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def _when(change: Change) -> int:
    if change.subject.kind != "operation" or change.aspect not in _LATE:
        return 0
    if change.aspect == "route":
        return 2
    return 1 if change.kind == "removed" else 3


def _variables(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{") and part.endswith("}")]
