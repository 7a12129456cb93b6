"""A document, read: operations, models and enums with every decision made, nothing rendered.

All Python names are final here: unique, legal, snake_case. Text of the document (descriptions, titles, enum
values, wire names) is untrusted and is only quoted by the renderer.
"""

from __future__ import annotations

from typing import Literal

from attrs import define, field, frozen

from codegen.ir.operations import OperationIR
from codegen.ir.places import Gap, Place
from codegen.ir.schemas import AliasIR, EnumIR, ModelIR


@define(kw_only=True)
class AuthIR:
    """A security scheme. kind: what class of `trunkline.auth` serves it; "custom" is reported.

    location/parameter: for apiKey; token_url/scopes: for OAuth2 client credentials.
    """

    name: str
    kind: Literal["basic", "bearer", "api_key", "oauth2_client_credentials", "custom"]
    location: Literal["header", "query", "cookie"] | None = None
    parameter: str | None = None
    token_url: str | None = None
    scopes: tuple[str, ...] = ()
    description: str = ""
    place: Place


@frozen
class ServerVariable:
    """A variable of a base URL. default: None where it must be given; values: all that are allowed, or ()."""

    name: str
    wire: str
    default: str | None
    values: tuple[str, ...] = ()
    description: str = ""


@frozen
class ServerTemplate:
    """A base URL as the document writes it, `{variables}` and all. name: as in `Document.servers`."""

    name: str
    url: str
    variables: tuple[ServerVariable, ...] = ()


@define(kw_only=True)
class Document:
    """A whole document, read. counts: what the document holds, by kind, for the report to add up to."""

    file: str
    kind: Literal["swagger-2.0", "openapi-3.0", "openapi-3.1", "postman-2.0", "postman-2.1"]
    title: str
    version: str
    description: str = ""
    servers: dict[str, str] = field(factory=dict)
    """Base URLs with the defaults of their variables filled in."""
    base_urls: tuple[str, ...] = ()
    """Those that operations without a server of their own go to."""
    failure_keys: tuple[str, ...] = ()
    """Keys of an object that reports a failure though its status is a success, if it holds nothing else."""
    templates: list[ServerTemplate] = field(factory=list)
    """The base URLs that have variables."""
    models: list[ModelIR] = field(factory=list)
    enums: list[EnumIR] = field(factory=list)
    aliases: list[AliasIR] = field(factory=list)
    operations: list[OperationIR] = field(factory=list)
    auth: list[AuthIR] = field(factory=list)
    gaps: list[Gap] = field(factory=list)
    counts: dict[str, int] = field(factory=dict)
    definitions: frozenset[tuple[str, str]] = frozenset()
    """File and pointer of every named schema."""
    inputs: dict[str, str] = field(factory=dict)
    """sha256 of every file read, by its name relative to the entry document."""
