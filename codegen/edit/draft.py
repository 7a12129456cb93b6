"""A spec being edited: its loaded files, the facts that they state now, and their texts at the end."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from attrs import define, field

from codegen.changes.baseline import Baseline, baseline_path, parse_baseline
from codegen.edit.json_text import JsonText
from codegen.edit.yaml_text import YamlText
from codegen.facts.fact import FactSet
from codegen.facts.reading import facts_of
from codegen.read.source.json_text import read_json
from codegen.read.source.node import Source
from codegen.read.source.yaml_text import read_yaml


@define
class Draft:
    """The files of one spec. texts: as they were loaded; baseline: what the file beside it keeps."""

    spec: Path
    texts: dict[Path, str]
    baseline: Baseline
    _loaded: dict[Path, JsonText | YamlText] = field(factory=dict)

    @classmethod
    def load(cls, spec: Path, texts: dict[Path, str] | None = None) -> Draft:
        """The files as they are on disk, or these texts of them.

        Raises:
            BaselineError: the file beside the spec cannot be used.
        """
        if texts is None:
            paths = (spec, spec.with_name("overlay.yaml"), baseline_path(spec))
            texts = {path: path.read_bytes().decode("utf-8-sig") for path in paths if path.is_file()}
        notes = baseline_path(spec)
        return cls(
            spec, texts, parse_baseline(texts[notes], notes) if notes in texts else Baseline(path=notes)
        )

    @property
    def overlay(self) -> Path | None:
        """The overlay of a collection, None where there is none."""
        path = self.spec.with_name("overlay.yaml")
        return path if path in self.texts else None

    def data(self, path: Path) -> Any:
        """The loaded data of a file, for editing."""
        if path not in self._loaded:
            text = self.texts[path]
            self._loaded[path] = JsonText(text) if text.lstrip()[:1] in ("{", "[") else YamlText(text)
        return self._loaded[path].data

    def facts(self) -> FactSet:
        """What the files state now. Lines are those of the files on disk until an edit has moved them."""
        main = self._source(self.spec)
        words = self.overlay if isinstance(main.value, dict) and "item" in main.value else None
        return facts_of(main, self._source(words) if words is not None else None)

    def _source(self, path: Path) -> Source:
        if path in self._loaded:
            return Source(str(path), path.absolute(), b"", _plain(self._loaded[path].data), 1)
        text = self.texts[path]
        value, spots, _ = read_json(text) if text.lstrip()[:1] in ("{", "[") else read_yaml(text)
        return Source(str(path), path.absolute(), text.encode(), value, spots)

    def finished(self) -> dict[Path, str]:
        """The texts with all edits; what no edit touched is kept byte for byte."""
        return {**self.texts, **{path: loaded.text() for path, loaded in self._loaded.items()}}

    def again(self, texts: dict[Path, str]) -> Draft:
        """A draft of other texts, with what was learned for the file beside the spec."""
        return Draft(self.spec, texts, copy.deepcopy(self.baseline))


def _plain(value: Any) -> Any:
    """Loaded YAML as plain values: what the readers of documents take."""
    if isinstance(value, dict):
        return {str(key): _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, int) else float(value) if isinstance(value, float) else value
