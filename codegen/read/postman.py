"""Postman collections (v2.0, v2.1) into a `Document`."""

from __future__ import annotations

from codegen.ir import Document
from codegen.read.findings import Findings
from codegen.read.node import Node
from codegen.read.overlay import Overlay
from codegen.read.refs import Resolver


def read_postman(root: Node, overlay: Overlay, resolver: Resolver, findings: Findings) -> Document:
    raise NotImplementedError
