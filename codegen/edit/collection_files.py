"""A collection of ours with its overlay, and the vendor's document beside them, while edits are made."""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import Any

from attrs import define, field

from codegen.changes.change import Comparison
from codegen.edit import requests
from codegen.edit.nodes import GoneError, at_pointer
from codegen.edit.overlay import Overlay
from codegen.edit.written import Written
from codegen.facts.fact import FactSet, Subject
from codegen.read.postman.url import base_of


@define(slots=False)
class CollectionFiles:
    """What the rules for collections work on.

    collection: loaded data of the old side; source: of the new one, None where it has no requests.
    """

    collection: Any
    overlay: Overlay
    source: Any
    spec: FactSet
    document: FactSet
    comparison: Comparison
    written: Written = field(factory=Written)
    items: dict[str, Any] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.items = {str(item.get("name")): item for item in requests.items_of(self.collection)}

    def name(self, operation: str) -> str:
        """The name that a request of ours has now; a rename of this round has been written before."""
        title = self.spec.text(Subject("operation", operation), "title") or operation
        return self.renamed.get(title, title)

    @property
    def renamed(self) -> dict[str, str]:
        """Former names of requests to those that this round has given them."""
        return {
            str(c.old): str(c.new)
            for c in self.written.done
            if c.subject.kind == "operation" and c.aspect == "title"
        }

    def theirs(self, operation: str) -> Any:
        """The vendor's own request."""
        fact = self.document.get(Subject("operation", operation), "exists")
        if fact is None:
            raise GoneError(operation)
        return at_pointer(self.source, fact.place.pointer)

    def route(self, ours: str, theirs: str) -> str:
        """The vendor's route with our names for its path variables."""
        route = self.document.text(Subject("operation", theirs), "route")
        for name, own in self.own_names(ours, theirs).items():
            route = route.replace(f"{{{name}}}", f"{{{own}}}")
        return route

    def other_host(self, request: Any) -> str | None:
        """The address of a vendor's request that goes elsewhere than most, as uploads often do.

        None where it is one of the collection's own, which settings choose.
        """
        base = base_of(requests.url_text(request), self._values)
        return base if base is not None and self.is_other(base) else None

    def is_other(self, base: str) -> bool:
        """Whether an address is neither the collection's own nor that of most requests of the vendor's."""
        own = {str(one.get("value")).rstrip("/") for one in self.collection.get("variable") or ()}
        own |= {str(url).rstrip("/") for url in (self.overlay.data["api"].get("servers") or {}).values()}
        return base.rstrip("/") not in own and base != self._usual_base

    @functools.cached_property
    def _usual_base(self) -> str | None:
        items = requests.items_of(self._whole)
        bases = [base_of(requests.url_text(item.get("request")), self._values) for item in items]
        found = Counter(base for base in bases if base is not None)
        return found.most_common(1)[0][0] if found else None

    @property
    def _whole(self) -> Any:
        return {} if self.source is None else self.source.get("collection", self.source)

    @functools.cached_property
    def _values(self) -> dict[str, str]:
        listed = self._whole.get("variable") or ()
        return {str(one.get("key")): str(one.get("value") or "") for one in listed}

    def own_names(self, ours: str, theirs: str) -> dict[str, str]:
        """Names of the vendor's path variables to ours, by their places in the route."""
        before = self.spec.text(Subject("operation", ours), "route") if ours else ""
        mine, yours = (
            re.findall(r"\{([^}]*)\}", text)
            for text in (before, self.document.text(Subject("operation", theirs), "route"))
        )
        if len(mine) != len(yours):
            return {}
        return {theirs_: own for own, theirs_ in zip(mine, yours, strict=True) if own != theirs_}
