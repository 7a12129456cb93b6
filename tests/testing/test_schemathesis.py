"""Schemathesis finds no undocumented response of the sandbox: a status, content type, field or type.

Every operation is called with a request that works (as the contract tests make it), and with generated ones:
by the spec, by the spec on things that exist, and against the spec. Examples are the same on every run.
"""

from __future__ import annotations

import asyncio
import base64
import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contract import test_abzorb_stubs, test_idi_stubs
from tests.contract.served import moved
from tests.testing import openapi_documents
from trunkline import abzorb, idi
from trunkline.client import Pager
from trunkline.testing import ApiCall, LocalSandbox

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = {"free": 5, "existing": 5, "negative": 6}
DOCUMENTS = {
    "idi": openapi_documents.idi(),
    "abzorb": openapi_documents.abzorb(),
    "login": openapi_documents.security_token(),
}
NEEDS_STEPS = frozenset(
    {
        "coverage_service_area.delete",
        "orders.submit",
        "orders.remove_mobile",
        "orders.add_bundle",
        "orders.remove_bundle",
    }
)
"""Work once on something that an earlier step made; the contract tests have their success."""
load_all_checks()


def operations(api: str) -> dict[str, Any]:
    """Schemathesis's operations by "METHOD /path"."""
    schema = schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENTS[api]))
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


SERVED = {api: operations(api) for api in DOCUMENTS}
LABELS = {
    api: {f"{op.method} {op.path}": op for op in package.OPERATIONS.values()}
    for api, package in (("idi", idi), ("abzorb", abzorb))
}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalSandbox]:
    with LocalSandbox(rows=150) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: LocalSandbox) -> LocalSandbox:
    server.reset()
    return server


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def login(sandbox: LocalSandbox) -> dict[str, str]:
    """The headers of a user who has really signed in."""
    user = sandbox.credentials
    body = {"userName": user.name, "password": user.password}
    address = f"{sandbox.url}/securitytoken/1xa/{sandbox.config.environment}/api/login"
    token = requests.post(address, json=body, timeout=10).json()
    return {"Authorization": f'WRAP access_token="{token}"'}


def basic(sandbox: LocalSandbox) -> dict[str, str]:
    user = sandbox.credentials
    return {"Authorization": "Basic " + base64.b64encode(f"{user.name}:{user.password}".encode()).decode()}


def a_good_call(sandbox: LocalSandbox, api: str, operation: str) -> ApiCall:
    """A request that works, made as the contract tests make it."""

    async def make() -> None:
        if api == "idi":
            result = test_idi_stubs.CALLS[operation](sandbox.idi_client())
        else:
            result = test_abzorb_stubs.CALLS[operation](sandbox.abzorb_client(), sandbox)  # type: ignore[arg-type]
        await (result.all() if isinstance(result, Pager) else result)

    asyncio.run(make())
    return sandbox.calls(operation)[-1]


class Caller:
    """Sends cases and lets schemathesis judge the responses."""

    def __init__(self, session: requests.Session, base: str, headers: dict[str, str]) -> None:
        self._session = session
        self._base = base
        self._headers = headers
        self.statuses: list[int] = []

    def __call__(self, case: Any) -> None:
        response = case.call(base_url=self._base, session=self._session, headers=self._headers, timeout=10)
        self.statuses.append(response.status_code)
        case.validate_response(response, checks=CHECKS)

    def generated(self, op: Any, kind: str, **fixed: Any) -> None:
        """Send generated cases; `fixed` parts are as given."""
        mode = GenerationMode.NEGATIVE if kind == "negative" else GenerationMode.POSITIVE

        @settings(
            max_examples=EXAMPLES[kind],
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=op.as_strategy(generation_mode=mode, **fixed))
        def run(case: Any) -> None:
            self(case)

        run()


@pytest.mark.parametrize(
    ("api", "label"),
    # Those that the vendor has changed since wait for the sandbox, as in the contract tests.
    [(api, label) for api in ("idi", "abzorb") for label in SERVED[api] if not moved(LABELS[api][label])],
)
def test_no_undocumented_response(
    sandbox: LocalSandbox, session: requests.Session, api: str, label: str
) -> None:
    """Of any operation to any request."""
    op, known = SERVED[api][label], LABELS[api][label]
    call = a_good_call(sandbox, api, known.id)
    assert 200 <= call.status < 300
    base, headers = (
        (sandbox.idi_url, login(sandbox)) if api == "idi" else (sandbox.abzorb_url, basic(sandbox))
    )
    if known.content_type:
        headers = headers | {"Content-Type": known.content_type}
    send = Caller(session, base, headers)
    path = {
        param.wire: int(call.path[param.wire]) if param.type == "int" else call.path[param.wire]
        for param in known.path_params
    }
    parts = {"path_parameters": path, "query": dict(call.query)}
    good = op.Case(**parts, **({"body": call.body, "media_type": "application/json"} if known.body else {}))
    send(good)  # on top of what the call itself changed
    if path or known.query_params or known.body:
        send.generated(op, "free")
    # Any text is right for a text in the path: such requests cannot be wrong.
    if known.body or known.query_params or any(param.type != "str" for param in known.path_params):
        send.generated(op, "negative")
    if path or call.query:
        send.generated(op, "existing", **{name: value for name, value in parts.items() if value})
    Caller(session, base, {})(good)
    sandbox.reset()
    send(good)  # and on the untouched data
    assert 200 in send.statuses or known.id in NEEDS_STEPS


@pytest.mark.parametrize("kind", ["free", "negative"])
def test_no_undocumented_response_of_the_login(
    sandbox: LocalSandbox, session: requests.Session, kind: str
) -> None:
    """Right and wrong credentials, and anything else."""
    send = Caller(session, f"{sandbox.url}/securitytoken/1xa/{sandbox.config.environment}", {})
    op = SERVED["login"]["POST /api/login"]
    user = sandbox.credentials
    send(op.Case(body={"userName": user.name, "password": user.password}, media_type="application/json"))
    assert send.statuses == [200]
    send.generated(op, kind)
    assert len(send.statuses) > 3


def test_every_operation_is_asked() -> None:
    """The documents hold all that is generated from them."""
    assert set(SERVED["idi"]) == set(LABELS["idi"])
    assert set(SERVED["abzorb"]) == set(LABELS["abzorb"])


@pytest.mark.parametrize(
    ("spoil", "failure"),
    [
        (lambda op, schemas: schemas["Device"]["properties"].pop("bind"), "bind"),
        (lambda op, schemas: schemas["Device"]["properties"]["deviceID"].update(type="string"), "string"),
        (lambda op, schemas: op["responses"].pop("200"), "errors|Undocumented|schema"),
        (
            lambda op, schemas: op["responses"]["200"].update(content={"text/plain": {}}),
            "content type|Content-Type",
        ),
    ],
)
def test_undocumented_response_would_be_found(
    sandbox: LocalSandbox, session: requests.Session, spoil: Callable[[Any, Any], Any], failure: str
) -> None:
    """A spec that lacks a field, a type, a status or a media type makes the same check fail."""
    spoilt = copy.deepcopy(DOCUMENTS["idi"])
    spoil(spoilt["paths"]["/api/device/{deviceID}"]["get"], spoilt["components"]["schemas"])
    schema = schemathesis.openapi.from_dict(spoilt)
    op = next(
        found.ok()
        for found in schema.get_all_operations()
        if found.ok().label == "GET /api/device/{deviceID}"
    )
    with pytest.raises(BaseException, match=f"(?i){failure}"):  # an exception group
        Caller(session, sandbox.idi_url, login(sandbox))(op.Case(path_parameters={"deviceID": 1000}))
