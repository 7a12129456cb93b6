"""Postman collections (v2.0, v2.1) into a `Document`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from attrs import frozen

from codegen.ir import Document, OperationIR, Requirement
from codegen.read.operation.addresses import is_plain_http
from codegen.read.operation.former import keep_former_names
from codegen.read.operation.names import NameWish, settle
from codegen.read.operation.overlay import Overlay
from codegen.read.operation.paging import PagingReader
from codegen.read.operation.parameters import TOKEN
from codegen.read.operation.reach import FieldTypes, mark_reachable, settle_files
from codegen.read.operation.words import Words, failure_keys, read_words
from codegen.read.postman.accounting import account_postman
from codegen.read.postman.auth import PostmanAuth
from codegen.read.postman.request import RequestReader
from codegen.read.postman.shapes import ShapeReader
from codegen.read.postman.url import Url, described, parse_url, variables_of
from codegen.read.schema.names import ClassNames, snake_case
from codegen.read.schema.reader import SchemaReader
from codegen.read.source.findings import Findings
from codegen.read.source.node import Node
from codegen.read.source.references import Resolver


@frozen(kw_only=True)
class RawRequest:
    """A request of a collection.

    auth: names of the schemes of the request, or of the nearest folder that has some.
    """

    item: Node
    request: Node
    name: str
    folders: tuple[str, ...]
    http_method: str
    url: Url
    auth: tuple[str, ...] | None
    has_own_auth: bool = False


def read_postman(root: Node, overlay: Overlay, resolver: Resolver, findings: Findings) -> Document:
    """Read a whole collection; problems are left in `findings`."""
    auth = PostmanAuth(findings)
    # Before the requests, which inherit it.
    default = auth.names(root)
    said = auth.said(overlay.api.get("auth"))
    raw = list(_requests(root, (), None, variables_of(root), auth, findings))
    _check_requests(root, raw, findings)
    words = [read_words(findings, overlay.request(r.name)) for r in raw]
    overlay.check_used(r.name for r in raw)
    names = _names(raw, words)
    schemas = SchemaReader(resolver, findings, ClassNames())
    reader = RequestReader(schemas, ShapeReader(schemas, overlay), overlay, auth, findings)
    operations = [
        reader.read(r.item, r.request, r.url, r.http_method, n, w)
        for r, n, w in zip(raw, names, words, strict=True)
    ]
    keep_former_names(operations, (r.name for r in raw), words, overlay, findings)
    reader.finish()
    # Kept before it is replaced: a request to another host may only use its own header's scheme.
    implied = [operation.auth for operation in operations]
    for entry, operation in zip(raw, operations, strict=True):
        operation.auth = _auth(operation.auth, entry.auth, default, said)
    servers = _serve(raw, operations, overlay, findings)
    for entry, operation, header in zip(raw, operations, implied, strict=True):
        foreign = operation.server is not None and not _same_origin(operation.server, servers)
        if foreign and not entry.has_own_auth:
            # Credentials of the common host must not be sent to another one.
            operation.auth = header or ()
    _page(operations, words, schemas, findings)
    document = Document(
        file=root.source.name,
        kind="postman-2.0" if "v2.0" in root.get("info").text("schema") else "postman-2.1",
        title=overlay.title or root.get("info").text("name"),
        version=overlay.version or _version(root),
        description=described(root.get("info")),
        servers=servers,
        base_urls=tuple(overlay.servers.values()) or tuple(list(servers.values())[:1]),
        failure_keys=failure_keys(overlay.api),
        models=list(schemas.models.values()),
        enums=list(schemas.enums.found.values()),
        operations=operations,
        auth=list(auth.found.values()),
    )
    account_postman(document, ((r.item, r.request, r.url) for r in raw), findings)
    return document


def _version(root: Node) -> str:
    # An object or a text, both by the collection format.
    version = root.get("info").get("version")
    if version.is_object:
        return ".".join(version.text(part, "0") for part in ("major", "minor", "patch"))
    return root.get("info").text("version") or root.text("version")


def _requests(
    node: Node,
    folders: tuple[str, ...],
    inherited: tuple[str, ...] | None,
    values: Mapping[str, str],
    auth: PostmanAuth,
    findings: Findings,
) -> Iterator[RawRequest]:
    """Every request below a folder, depth first."""
    _note_scripts(node, findings)
    for item in node.get("item").each():
        # What has `item` is a folder; the format also allows folders within folders.
        if item.has("item"):
            own = auth.names(item)
            # Folders may have variables of their own in the format, and the nearest one counts.
            below = {**values, **variables_of(item)}
            name, nearest = item.text("name"), own if own is not None else inherited
            yield from _requests(item, (*folders, name), nearest, below, auth, findings)
        request = item.get("request")
        if not request.present or request.value is None:
            if not item.has("item"):
                findings.note(item, "folder", "an entry without a request; there is nothing to call")
        elif not request.is_object and not isinstance(request.value, str):
            findings.problem(request, "a request must be an object or a URL")
        else:
            if not item.has("item"):
                _note_scripts(item, findings)
            yield _request(item, request, folders, inherited, values, auth, findings)


def _request(
    item: Node,
    request: Node,
    folders: tuple[str, ...],
    inherited: tuple[str, ...] | None,
    values: Mapping[str, str],
    auth: PostmanAuth,
    findings: Findings,
) -> RawRequest:
    # A request may be its mere URL, which is a GET.
    url = request if isinstance(request.value, str) else request.get("url")
    if not url.value:
        findings.note(request, "url", "a request without a URL; it asks for the root of the base URL")
    own = auth.names(request) if request.is_object else None
    return RawRequest(
        item=item,
        request=request,
        name=item.text("name"),
        folders=folders,
        http_method=_method(request, findings),
        url=parse_url(url, values, request.get("urlObject")),
        auth=own if own is not None else inherited,
        has_own_auth=own is not None,
    )


def _method(request: Node, findings: Findings) -> str:
    method = (request.text("method") if request.is_object else "") or "GET"
    # A method is a token (RFC 9110, section 9.1); anything else could break the request line.
    if not TOKEN.fullmatch(method):
        findings.gap(request.get("method"), "method", f"{method!r} is not an HTTP method; GET is used")
        return "GET"
    return method.upper()


def _note_scripts(node: Node, findings: Findings) -> None:
    for event in node.get("event").each():
        code = event.get("script").get("exec")
        text = code.value if isinstance(code.value, str) else "".join(str(n.value) for n in code.each())
        if text.strip():
            listen = event.text("listen") or "script"
            findings.note(
                event, "script", f"the {listen} script is not run; do what it does in your own code"
            )


def _check_requests(root: Node, raw: list[RawRequest], findings: Findings) -> None:
    if raw:
        return
    # Both are empty, but the remedies differ.
    if root.has("item"):
        findings.problem(root.get("item"), "the collection holds no requests; export one that does")
    else:
        message = (
            "the collection's description without its requests (what a documentation page loads first); "
            "export the collection itself from Postman, as Collection v2.1"
        )
        findings.problem(root, message)


def _names(raw: list[RawRequest], words: list[Words]) -> list[NameWish]:
    wishes = []
    for entry, word in zip(raw, words, strict=True):
        # Postman names a request by its URL until somebody renames it.
        unnamed = "/" in entry.name or not entry.name.strip()
        folders = tuple(snake_case(name, fallback="folder") for name in entry.folders)
        wishes.append(
            NameWish(
                http_method=entry.http_method,
                path=entry.url.path,
                operation_id="" if unnamed else entry.name,
                title=entry.name,
                resource=word.resource or folders,
                method=word.method or "",
            )
        )
    settle(wishes)
    return wishes


def _serve(
    raw: list[RawRequest], operations: list[OperationIR], overlay: Overlay, findings: Findings
) -> dict[str, str]:
    """The base URLs: the overlay's, else the most common one. A request elsewhere goes to its own host."""
    bases = Counter(r.url.base for r in raw if r.url.base)
    common = bases.most_common(1)[0][0] if bases else ""
    # Most collections have one host. The few requests elsewhere are login services and the like.
    servers = dict(overlay.servers or ({"default": common} if common else {}))
    # Where no host is known at all, the caller's base URL replaces the most common one.
    hosts = Counter(r.url.host for r in raw if r.url.host and not r.url.base)
    unknown = hosts.most_common(1)[0][0] if hosts and not servers else ""
    for entry, operation in zip(raw, operations, strict=True):
        base = entry.url.base
        if entry.url.has_user:
            reason = "the user name and password in the URL are not copied; give them as auth="
            findings.note(entry.request, "url", reason)
        # A host in a variable without a value: it may be any, so the caller's base URL is the best
        # guess, and is reported.
        if not base and entry.url.host not in ("", unknown):
            reason = (
                f"its host {entry.url.host} has no value in the collection; the client's base URL is used"
            )
            findings.gap(entry.request, "server", reason)
        if not base or base == common or base in overlay.servers.values():
            continue
        if base.partition("://")[2] == common.partition("://")[2]:
            continue  # the same host in another spelling of the scheme
        if is_plain_http(base):
            reason = f"its own host {base} is plain http, which is refused; the client's base URL is used"
            findings.gap(entry.request, "server", reason)
            continue
        operation.server = base
        servers.setdefault(_server_name(base, servers), base)
        if _same_origin(base, servers):
            findings.note(entry.request, "server", f"sent to {base}, another path of the same host")
            continue
        kept = "with its own credentials" if entry.has_own_auth else "without the credentials of the others"
        findings.note(entry.request, "server", f"sent to {base}, its own host, {kept}")
    return servers


def _same_origin(base: str, servers: Mapping[str, str]) -> bool:
    """Whether a base URL is on the host, and the port, that most requests go to."""
    first = next(iter(servers.values()))
    # Scheme, host and port are all that decides who gets a credential (RFC 6454, section 4).
    return urlsplit(base)[:2] == urlsplit(first)[:2]


def _server_name(base: str, servers: dict[str, str]) -> str:
    known = next((name for name, url in servers.items() if url == base), None)
    return known or f"server_{len(servers) + 1}"


def _auth(
    implied: Requirement | None,
    own: Requirement | None,
    default: Requirement | None,
    said: str | None,
) -> Requirement | None:
    """The schemes of a request: its folder's or its own, the collection's, the overlay's, its header's."""
    # The nearest `auth` counts, as in Postman: request, folder, collection.
    if own is not None:
        return own
    if default is not None:
        return default
    return (said,) if said is not None else implied


def _page(
    operations: list[OperationIR], words: list[Words], schemas: SchemaReader, findings: Findings
) -> None:
    paging = PagingReader(schemas.models, findings)
    for operation, word in zip(operations, words, strict=True):
        operation.paging = paging.read(
            word.paging, None, operation.http_method, operation.parameters, operation.responses
        )
    types = FieldTypes(schemas.models, schemas.enums.found, operations, findings)
    for operation, word in zip(operations, words, strict=True):
        types.fill(operation, word.patch_model)
    mark_reachable(operations, schemas.models)
    settle_files(operations, schemas.models)
