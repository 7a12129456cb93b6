"""models.py: attrs models and enums, printed by datamodel-code-generator with our templates.

The reader has decided every name and type, so the generator gets a canonical JSON Schema in which nothing is
left to decide: neutral keys in document order (its own renaming of `Any`, `class` or `2fa` must not touch
names that are final), and the source text of each as an `x-trunkline` extension.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from codegen.ir import AliasIR, Document, EnumIR, FieldIR, ModelIR
from codegen.ir.walk import is_nullable
from codegen.read.schema.names import constant_case
from codegen.render import quoting
from codegen.render.described import capital, field_notes, provenance_of_class, source_line
from codegen.render.scope import Imports, Scope, exported
from codegen.render.type_text import is_open, type_text, union_text, wire_format
from codegen.render.uses import uses_of_classes

TEMPLATES: Final = Path(__file__).parents[1] / "templates"
_KNOWN_TO_THE_RUNTIME: Final = frozenset({"Annotated", "Any", "Decimal", "Discriminator", "datetime"})
_DOCSTRING: Final = '"""The schemas of the document as attrs models and open enums."""'
_RESERVED: Final = frozenset({"extra", "from_dict", "self", "to_dict", "to_json", "with_extra"})
"""Public names of `trunkline.model.Model`; and `self`, since attrs builds `__init__(self, …)`."""


def models_source(document: Document, named_elsewhere: Collection[str] = ()) -> str:
    """The text of models.py below its header.

    named_elsewhere: imported names that operations mention as text. The runtime knows the plain ones; the
        private spelling of one that a schema has taken is resolved in this module.
    """
    classes = class_names(document)
    imports = Imports()
    shared = _shared_metadata(document)
    schema = canonical_schema(document, imports, classes, shared)
    # Operations hold types as text, which the runtime evaluates in this module.
    for name in sorted(set(named_elsewhere) & classes):
        imports.keep(name)
    blocks = [_printed(schema)] if schema["$defs"] else []
    if shared:
        lines = [f"{name} = {quoting.literal(dict(items))}" for items, name in shared.items()]
        blocks.insert(0, "\n".join(lines))
    scope = Scope(imports, classes, discriminators=True)
    blocks += [_alias(item, scope) for item in document.aliases]
    names = exported(classes)
    body = "\n\n\n".join(blocks)
    return f"{_DOCSTRING}\n\n{imports.text()}\n\n__all__ = [{names}]\n\n\n{body}\n"


def class_names(document: Document) -> set[str]:
    """Every name that models.py defines: in it, imported names of the same spelling need another one."""
    names = {item.name for item in document.models}
    names |= {item.name for item in document.enums}
    return names | {item.name for item in document.aliases}


def _alias(item: AliasIR, scope: Scope) -> str:
    """A named schema rendered as a type alias, for annotations in callers' code."""
    name = quoting.identifier(item.name)
    lines = _class_lines(item, {})
    kind = type_text(item.type, scope)
    return f"{name}: {scope.name('TypeAlias')} = {kind}\n{quoting.docstring(lines, 0)}"


def canonical_schema(
    document: Document, imports: Imports, classes: Collection[str], shared: Shared | None = None
) -> dict[str, Any]:
    """The JSON Schema for the generator: one definition a class, in document order, enums first."""
    definitions: dict[str, Any] = {}
    uses = uses_of_classes(document)
    for enum in document.enums:
        # Zero-padded numbers sort in document order and cannot collide with any name.
        definitions[f"C{len(definitions):06}"] = _enum_schema(enum, Scope(imports, classes), uses)
    for model in document.models:
        definitions[f"C{len(definitions):06}"] = _model_schema(model, imports, classes, shared or {}, uses)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": definitions}


def _enum_schema(enum: EnumIR, scope: Scope, uses: Mapping[str, str]) -> dict[str, Any]:
    members = [f"{quoting.identifier(name)} = {quoting.literal(value)}" for name, value in enum.members]
    return {
        "type": "string",
        "enum": ["m0", "m1"],  # the members are printed from below; the generator only wants some
        "x-trunkline": {
            "name": quoting.identifier(enum.name),
            "base": scope.name("OpenStrEnum" if enum.base == "str" else "OpenIntEnum"),
            "docstring": quoting.docstring(_class_lines(enum, uses), 4),
            "members": members,
        },
    }


def _model_schema(
    model: ModelIR,
    imports: Imports,
    classes: Collection[str],
    shared: Shared,
    uses: Mapping[str, str],
) -> dict[str, Any]:
    names = field_names(model)
    scope = Scope(imports, {*classes, *names}, discriminators=True)
    module_scope = Scope(imports, classes)
    lines = [
        _field_line(model, item, name, scope, shared) for item, name in zip(model.fields, names, strict=True)
    ]
    return {
        "type": "object",
        "additionalProperties": False,
        # The fields are no `properties`: the generator would analyse each of them, which takes most of its
        # time, and every line is final.
        "properties": {},
        "x-trunkline": {
            "fields": lines,
            "name": quoting.identifier(model.name),
            "decorator": module_scope.name("define"),
            "base": module_scope.name("ResponseHeaders" if model.is_headers else "Model"),
            "docstring": quoting.docstring(_class_lines(model, uses, names), 4),
            "additional": _additional(model, imports, classes),
            **_further_keys(model, scope),
        },
    }


def _additional(model: ModelIR, imports: Imports, classes: Collection[str]) -> str:
    """The statement with the type of further keys, as text that the runtime evaluates in models.py."""
    kind = model.additional
    if kind is False:
        return "_additional = False"
    if kind is None or is_open(kind):
        return ""
    for name in _KNOWN_TO_THE_RUNTIME & set(classes):
        imports.keep(name)
    return f"_additional = {quoting.string(type_text(kind, Scope(Imports(), classes, discriminators=True)))}"


def _further_keys(model: ModelIR, scope: Scope) -> dict[str, str]:
    """The annotations of `with_extra` for keys without a field; empty where these have no type."""
    if not model.additional or is_open(model.additional):
        return {"further": "", "own": ""}
    kind = type_text(model.additional, scope)
    keys = f"{scope.name('Mapping')}[{scope.name('str')}, {kind}]"
    return {"further": keys, "own": scope.name("Self")}


def field_names(model: ModelIR) -> list[str]:
    """The attribute names of a model, in order: the reader's, except names of the base class or of attrs."""
    names: list[str] = []
    own = {item.name for item in model.fields}
    for item in model.fields:
        name = item.name
        if name in _RESERVED or name.startswith("_"):
            name = f"{name.lstrip('_') or 'field'}_"
            while name in own or name in names:
                name += "_"
        names.append(quoting.identifier(name))
    return names


def _class_lines(
    item: ModelIR | EnumIR | AliasIR, uses: Mapping[str, str], names: list[str] | None = None
) -> list[str]:
    width = quoting.WIDTH - 4
    described = item.description
    if not described.strip():
        described = (
            uses.get(item.name) or f"The schema `{quoting.one_line(item.wire_name)}`; no operation uses it."
        )
    lines = quoting.paragraphs(capital(described), width=width)
    if isinstance(item, ModelIR):
        notes = [(name, field_notes(field)) for field, name in zip(item.fields, names or [], strict=True)]
        lines += quoting.section("Attributes", [note for note in notes if note[1]], width=width)
        if item.provenance != "documented":
            lines += ["", provenance_of_class(item.provenance)]
    return [*lines, "", source_line(item.place)]


def _field_line(model: ModelIR, item: FieldIR, name: str, scope: Scope, shared: Shared) -> str:
    metadata = _metadata_text(item, shared)
    arguments = [("metadata", metadata)]
    if item.sensitive:
        arguments.insert(0, ("repr", "False"))
    # A class is used both ways: a required read-only field must not be asked of the caller, and a
    # write-only one never comes back.
    one_way = (item.read_only and model.in_request) or (item.write_only and model.in_response)
    kind = type_text(item.type, scope)
    if not item.required or one_way:
        # In a request, null and absent differ; in a response, None for both is simpler for the caller.
        default = "UNSET" if model.in_request else "None"
        if model.in_request:
            kind = union_text([item.type], scope, more=lambda: [scope.name("Unset")])
        elif not is_nullable(item.type):
            kind = f"{kind} | None"
        arguments.insert(0, ("default", scope.name(default) if default == "UNSET" else default))
    return f"{name}: {kind} = {quoting.call(scope.name('field'), arguments)}"


def _metadata(item: FieldIR) -> dict[str, Any]:
    """The keys of `trunkline.model.FieldMetadata`, those that differ from the plain case."""
    metadata: dict[str, Any] = {"wire": item.wire}
    if (spelling := item.format or wire_format(item.type)) is not None:
        metadata["format"] = spelling
    if item.provenance != "documented":
        metadata["provenance"] = item.provenance
    if item.sensitive:
        metadata["sensitive"] = True
    if item.since is not None:
        metadata["since"] = item.since
    return metadata


Shared = Mapping[tuple[tuple[str, Any], ...], str]
"""Entries of metadata that many fields share, with the name of the constant that holds them."""
_COMMON: Final = ("provenance", "sensitive")


def _common(item: FieldIR) -> tuple[tuple[str, Any], ...]:
    return tuple((key, value) for key, value in _metadata(item).items() if key in _COMMON)


def _shared_metadata(document: Document) -> Shared:
    counts = Counter(_common(item) for model in document.models for item in model.fields)
    return {
        entries: "_" + "_".join("SENSITIVE" if v is True else constant_case(v) for _, v in entries)
        for entries, count in sorted(counts.items(), key=repr)
        if entries and count > 2
    }


def _metadata_text(item: FieldIR, shared: Shared) -> str:
    metadata, common = _metadata(item), _common(item)
    if common not in shared:
        return quoting.literal(metadata)
    own = [f"{quoting.string(k)}: {quoting.literal(v)}" for k, v in metadata.items() if k not in _COMMON]
    return f"{{{', '.join([*own, f'**{shared[common]}'])}}}"


def _printed(schema: dict[str, Any]) -> str:
    """The classes as datamodel-code-generator prints them, without its imports (they are for dataclasses)."""
    generate, options = _generator()
    text = str(generate(schema, **options))
    _, marker, body = text.partition(_MARKER)
    if not marker:
        raise RuntimeError("datamodel-code-generator did not print our header: its output has another shape")
    imports, _, classes = body.partition("\n\n\n")
    # The cut relies on the generator's layout. A new release of it must fail here, not yield a broken
    # module.
    if "class " in imports:
        raise RuntimeError("datamodel-code-generator printed a class among its imports")
    return classes


_MARKER: Final = "# trunkline: classes below"


@cache
def _generator() -> tuple[Any, dict[str, Any]]:
    """Its function and our options; imported here because it costs half a second."""
    from datamodel_code_generator import generate
    from datamodel_code_generator.enums import DataModelType, InputFileType
    from datamodel_code_generator.format import PythonVersion

    return generate, {
        "input_file_type": InputFileType.JsonSchema,
        "output_model_type": DataModelType.DataclassesDataclass,
        "target_python_version": PythonVersion.PY_311,
        "custom_template_dir": TEMPLATES / "models",
        "field_extra_keys": {"x-trunkline"},
        "keep_model_order": True,
        "keyword_only": True,
        "skip_root_model": True,
        "disable_timestamp": True,
        # ruff formats the whole package afterwards, with settings that do not depend on the folder.
        "formatters": [],
        "custom_file_header": _MARKER,
    }
