"""A page of another API of the same family: as copied text, and as a browser saves Redoc's elements."""

# ruff: noqa: E501  (elements stand as Redoc writes them)

from __future__ import annotations

TEXT = """Balance (1.4)

Download OpenAPI specification:Download

Balance Concepts

What this is about.

Accounts

Resources that have to do with accounts.

Search Accounts

Finds accounts. [Rev 1.02]

Available Fields

How each field can be used.

  • Filterable : accountID, name [Rev 1.03]
  • Sortable : No fields are sortable.
Authorizations:
SWT
query Parameters
$top
integer
Example: $top=1

How many.

Responses

Response samples

Content type
application/json
{
  • "@count": 2,
  • "@nextLink": "https://api.idibilling.com/Balance/2X/anenvironment/api/account?$skip=50",
  • "value": [
      • {
          • "accountID": 7,
          • "limits": [
              • {
                  • "amount": 1.5
                }
            ]
        }
    ]
}

Create an Adjustment

Adds one. [Rev 1.03]

Authorizations:
SWT
path Parameters
accountID
required
integer

Key.

header Parameters
Content-Type
required
string
Example: application/json
Request Body schema: application/json
One of
CreditDebit
kind
required
string
Enum: "Credit" "Debit"

Which one.

amount
required
number <decimal>

How much. [Rev 1.04]

party
object (Party)

Who.

Responses

Request samples

Content type
application/json
{
  • "kind": "Credit",
  • "amount": 1.5,
  • "party": {
      • "name": "x"
    }
}

Response samples

Content type
application/json
{
  • "adjustmentID": 3
}

Release Notes

Release Notes 1.4

  • Added Create an Adjustment POST api/account/{accountID}/adjustment
"""


def _row(
    name: str, kind: str, text: str, *, required: bool = False, values: str = "", extra: str = ""
) -> str:
    mark = '<div class="sc-dcJsrY required">required</div>' if required else ""
    enum = "".join(f'<span class="sc-hLQSwg"> <!-- -->"{value}"</span> ' for value in values.split())
    enum = f'<div><span class="sc-kdBSHD">Enum<!-- -->:</span> {enum}</div>' if values else ""
    form = f'<span class="sc-tagGq"> &lt;{extra}&gt; </span>' if extra else ""
    return (
        f'<tr class=""><td class="sc-kAyceB" kind="field" title="{name}"><span class="sc-imWYAI"></span>'
        f'<span class="property-name">{name}</span>{mark}</td><td class="sc-jXbUNg"><div><div>'
        f'<span class="sc-jlZhew"></span><span class="sc-cwHptR">{kind}</span>{form}</div> {enum}'
        f'<div><div class="sc-eeDRCY">{text}</div></div></div></td></tr>'
    )


def _table(head: str, *rows: str) -> str:
    return (
        f'<div><h5 class="sc-fsYfdN">{head}</h5><table class="sc-jEACwC"><tbody>'
        f"{''.join(rows)}</tbody></table></div>"
    )


def _operation(section: str, name: str, title: str, prose: str, left: str, samples: str) -> str:
    where = f"tag/{section}/operation/{name}"
    return (
        f'<div id="{where}" data-section-id="{where}" class="sc-gFqAkR"><div data-section-id="{where}">'
        f'<div class="sc-ikkxIA"><h2 class="sc-dAbbOL"><a class="sc-kpDqfm" href="#{where}" '
        f'aria-label="{where}"></a>{title}<!-- --> </h2><div class="sc-dAlyuH"><div class="sc-eeDRCY">{prose}'
        '</div></div><div class="sc-hBtRBD"><div class="sc-fYmhhH"><h5 class="sc-fsYfdN sc-jSJfEs">'
        'Authorizations:</h5><svg class="sc-dntaoT"><polygon points="0"></polygon></svg></div><div class="sc-x">'
        f'<span class="sc-eyvILC"><span class="sc-gfoqjT"><i>SWT</i></span></span></div></div>{left}'
        '<div><h3 class="sc-kzqdkY">Responses</h3><div><button class="sc-dSIIpw"><svg></svg><strong class="s">'
        '200<!-- --> </strong><div class="sc-fMMURN"><p>OK</p></div></button></div></div></div>'
        f'<div class="sc-jJLAfE"><div class="sc-kWtpeL">{samples}</div></div></div></div>'
    )


def _sample(which: str, json: str) -> str:
    return (
        f'<div><h3 class="sc-iapWAC"> {which} samples </h3><div class="sc-lf" data-rttabs="true"><ul class="'
        'react-tabs__tab-list" role="tablist"><li class="tab-success" role="tab">200</li></ul><div class="'
        'react-tabs__tab-panel" role="tabpanel"><div><div class="sc-bb"><span class="sc-cc">Content type</span>'
        '<div class="sc-dd">application/json</div></div><div class="sc-ee"><div class="sc-ff"><div class="'
        'sc-gg"><button><div class="sc-hh">Copy</div></button><button> Expand all </button><button> Collapse '
        f'all </button></div><div class="sc-ii redoc-json"><code>{json}</code></div></div></div></div></div></div>'
    )


def _pair(name: str, value: str, comma: str = ",") -> str:
    return (
        f'<li><div class="hoverable "><span class="property token string">"{name}"</span>: {value}'
        f'<span class="token punctuation">{comma}</span></div></li>'
    )


def _nest(inner: str, marks: str, kind: str) -> str:
    return (
        '<button class="collapser" aria-label="collapse"></button><span class="token punctuation">'
        f'{marks[0]}</span><span class="ellipsis"></span><ul class="{kind} collapsible">{inner}</ul>'
        f'<span class="token punctuation">{marks[1]}</span>'
    )


def _number(value: str) -> str:
    return f'<span class="token number">{value}</span>'


def _item(inner: str) -> str:
    return f'<li><div class="hoverable collapsed">{inner}</div></li>'


def _string(value: str) -> str:
    return f'<span class="token string">"{value}"</span>'


def html() -> str:
    """The same facts, with the elements and classes of Redoc 2."""
    limits = _nest(_item(_nest(_pair("amount", _number("1.5"), ""), "{}", "obj")), "[]", "array")
    row = _nest(_pair("accountID", _number("7")) + _pair("limits", limits, ""), "{}", "obj")
    link = "https://api.idibilling.com/Balance/2X/anenvironment/api/account?$skip=50"
    response = _nest(
        _pair("@count", _number("2"))
        + _pair("@nextLink", f'<span class="token string">"<a href="{link}">{link}</a>"</span>')
        + _pair("value", _nest(_item(row), "[]", "array"), ""),
        "{}",
        "obj",
    )
    search = _operation(
        "Accounts",
        "search",
        "Search Accounts",
        "<p>Finds accounts. [Rev 1.02]</p><h4>Available Fields</h4><p>How each field can be used.</p><ul>"
        "<li>Filterable : accountID, name [Rev 1.03]</li><li>Sortable : No fields are sortable.</li></ul>",
        _table("query<!-- --> Parameters", _row("$top", "integer", "<p>How many.</p>")),
        '<div class="sc-aa"><button class="sc-bk"><span type="get" class="sc-zz http-verb get">get</span><span '
        'class="sc-yy">/api/account</span><svg></svg></button><div aria-hidden="true" class="sc-xx"><div>'
        f"https://api.idibilling.com/api/account</div></div></div>{_sample('Response', response)}",
    )
    party = _nest(_pair("name", _string("x"), ""), "{}", "obj")
    body = _nest(
        _pair("kind", _string("Credit")) + _pair("amount", _number("1.5")) + _pair("party", party, ""),
        "{}",
        "obj",
    )
    create = _operation(
        "Accounts",
        "create",
        "Create an Adjustment",
        "<p>Adds one. [Rev 1.03]</p>",
        _table("path<!-- --> Parameters", _row("accountID", "integer", "<p>Key.</p>", required=True))
        + _table("header<!-- --> Parameters", _row("Content-Type", "string", "<p></p>", required=True))
        + '<h5 class="sc-fsYfdN">Request Body schema: <span class="sc-mm">application/json</span></h5>'
        '<div class="sc-nn"><span class="sc-oo">One of<!-- --> </span><div class="sc-pp"><button class="sc-qq">'
        'Credit</button><button class="sc-rr">Debit</button></div>'
        + _table(
            "",
            _row("kind", "string", "<p>Which one.</p>", required=True, values="Credit Debit"),
            _row("amount", "number", "<p>How much. [Rev 1.04]</p>", required=True, extra="decimal"),
            _row("party", "object", "<p>Who.</p>"),
        )
        + "</div>",
        _sample("Request", body)
        + _sample("Response", _nest(_pair("adjustmentID", _number("3"), ""), "{}", "obj")),
    )
    notes = (
        '<div id="section/Release-Notes" data-section-id="section/Release-Notes"><h1>Release Notes</h1></div>'
        "<div><h2>Release Notes 1.4</h2><ul><li>Added Create an Adjustment POST "
        "api/account/{accountID}/adjustment</li></ul></div>"
    )
    return (
        "<!DOCTYPE html><html><head><title>Balance</title><style>.sc-a{color:red}</style></head><body>"
        '<div id="redoc"><div class="sc-dTvVRJ redoc-wrap"><div class="sc-cMa-dbN menu-content"><div '
        'role="search"><input value=""></div><ul role="menu"><li><label>Accounts</label></li></ul></div>'
        '<div class="sc-bDpDS"><svg></svg></div><div class="sc-cRmqLi api-content"><div class="sc-gFqAkR"><div>'
        '<div class="sc-ikkxIA"><h1 class="sc-fHjqPf">Balance<!-- --> <span>(1.4)</span></h1><p>Download OpenAPI '
        'specification:<a download="a.json" class="sc-gRtvSG">Download</a></p><div><div></div></div></div>'
        '</div></div><div id="section/Concepts"><h1>Balance Concepts</h1><p>What this is about.</p></div>'
        '<div id="tag/Accounts" data-section-id="tag/Accounts"><div><h1 class="sc-fHjqPf"><a href="#"></a>Accounts'
        f"</h1></div></div><div><p>Resources that have to do with accounts.</p></div>{search}{create}{notes}"
        "</div></div></div></body></html>"
    )
