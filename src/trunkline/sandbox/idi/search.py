"""OData collections: from the query options of a request to one page in the vendor's wrapping.

`$top` is the size of a page, 100 unless asked, silently cut to 500. The next link is raw in the response,
spaces and quotes included, and names another service of the family, as in every sample of the vendor; only
the signs that would change its meaning are escaped, which is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec
import sqlalchemy as sa

from trunkline.sandbox.odata import sql
from trunkline.sandbox.odata.text import SearchError
from trunkline.sandbox.reading import whole_number
from trunkline.sandbox.routing import Call
from trunkline.sandbox.store.store import Entity
from trunkline.sandbox.vendors import idi_error

FOREIGN_SERVICE: Final = "OrderManagement"
"""The service segment in the next links of the vendor's samples, whichever API sends them."""

_FOREIGN_HOST: Final = "https://elsewhere.example"
"""Where a link leads that a client must not follow with its credentials."""

VALUE_ONLY: Final = frozenset(
    {
        "customer.list_service_summaries",
        "customer.list_service_details",
        "service.search",
        "service.search_for_advance_pay",
        "service.list_starting_codes",
    }
)
"""Operations whose sample shows `value` and no link: they continue by `$skip` alone unless configured.

Source: the response samples of the vendor page, kept in specs/idi/openapi.yaml.
"""

CAPPED_AT_100: Final = frozenset({"customer.list_retail_warranties", "customer.list_service_summaries"})
"""Operations whose `$top` is described with a limit of its own, 100, instead of 500."""

_DIVIDERS: Final = re.compile("[%&#+]")
"""What would end or change a value; the samples show none, and the link would lead to other rows."""

_LINKED: Final = ("$count", "$filter", "$inlinecount", "$orderby", "$select", "$top")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def page(call: Call, entity: Entity, *where: sa.ColumnElement[bool]) -> bytes:
    """One page of the rows that meet the given conditions and the request's own filter.

    Raises:
        RefusedError: 400 for an option that the operation does not take or that is malformed.
    """
    operation, query = call.operation, call.query
    _known_options(call)
    conditions = list(where)
    order: list[sa.ColumnElement[Any]] = []
    names: tuple[str, ...] = ()
    try:
        # An option that is there and empty is a mistake; ignored, it would return every row.
        if "$filter" in query:
            conditions.append(sql.where(query["$filter"], entity, operation.filterable))
        if "$orderby" in query:
            order = sql.order(query["$orderby"], entity, operation.sortable)
        if "$select" in query:
            names = sql.selected(query["$select"], entity)
    except SearchError as error:
        raise idi_error(400, error.option, str(error)) from error
    top = min(_number(query, "$top", call.config.page_default), _cap(call))
    skip = _number(query, "$skip", 0) + _number(query, "$skiptoken", 0)
    # One row more than the page shows whether a next page exists, without a count.
    found = call.store.bodies(entity, *conditions, order=order, limit=top + 1, offset=skip)
    rows, more = found[:top], len(found) > top
    count = _count(call, entity, conditions) if _wants_count(query) else None
    link = _next_link(call, skip, top) if more and top and _sends_links(call) else None
    if names:
        # Only `$select` decodes rows. Otherwise the stored JSON is sent as it is, which keeps a
        # page of 500 rows cheap.
        rows = [_encode({name: row[name] for name in names if name in row}) for row in map(_decode, rows)]
    return wrap(rows, count, link)


def wrap(rows: list[bytes], count: int | None = None, link: str | None = None) -> bytes:
    """Rows in the vendor's envelope."""
    head = b""
    if count is not None:
        head += b'"@odata.count":%d,' % count
    if link is not None:
        head += b'"@odata.nextLink":' + _encode(link) + b","
    return b"{" + head + b'"value":[' + b",".join(rows) + b"]}"


def _known_options(call: Call) -> None:
    known = {param.wire for param in call.operation.query_params}
    for name in call.query:
        if name.startswith("$") and name not in known:
            raise idi_error(400, name, f"{name} is not supported by this operation.")
    if repeated := next((name for name in call.repeated if name.startswith("$")), None):
        # OData URL conventions, section 5: each system query option at most once.
        raise idi_error(400, repeated, f"{repeated} is given more than once.")


def _cap(call: Call) -> int:
    """The most rows of a page: the vendor's, the operation's own, that of a fault; the least one holds."""
    caps = [call.config.page_cap, 100 if call.operation.id in CAPPED_AT_100 else None, call.cap]
    return min(cap for cap in caps if cap is not None)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    if name not in query:
        return default
    number = whole_number(query[name], most_digits=9)
    if number is None:
        raise idi_error(400, name, f"{name} must be a whole number of 0 or more.")
    return number


def _wants_count(query: Mapping[str, str]) -> bool:
    count, inline = query.get("$count", "false").lower(), query.get("$inlinecount", "none")
    if count not in ("true", "false"):
        raise idi_error(400, "$count", "$count must be true or false.")
    if inline not in ("allpages", "none"):
        raise idi_error(400, "$inlinecount", "$inlinecount must be allpages or none.")
    return count == "true" or inline == "allpages"


def _count(call: Call, entity: Entity, conditions: list[sa.ColumnElement[bool]]) -> int:
    exact = call.store.count(entity, *conditions)
    # The vendor calls its count an approximation; small ones are right here so that examples add up.
    return exact if call.config.exact_count or exact <= 100 else exact - exact % 10 + 5


def _sends_links(call: Call) -> bool:
    return call.config.value_only_links or call.operation.id not in VALUE_ONLY


def _next_link(call: Call, skip: int, top: int) -> str:
    parts = call.url_path.split("/")
    # The sample links name another service on purpose: a client that pins the service segment
    # would fail at the vendor.
    parts[1] = FOREIGN_SERVICE
    if call.link == "environment":
        parts[3] = f"other-{parts[3]}"
    options = {name: call.query[name] for name in _LINKED if name in call.query}
    options[f"${call.config.next_link}"] = str(skip if call.link == "repeated" else skip + top)
    base = {"foreign": _FOREIGN_HOST, "relative": ""}.get(call.link or "", call.base)
    if call.link == "escaped":
        options = {quote(name): quote(value) for name, value in options.items()}
    elif call.link != "unescaped":
        options = {name: _DIVIDERS.sub(lambda sign: quote(sign[0]), value) for name, value in options.items()}
    query = "&".join(f"{name}={value}" for name, value in options.items())
    return f"{base}{'/'.join(parts)}?{query}"
