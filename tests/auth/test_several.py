"""Each operation gets the credentials of the schemes that it names, and no other."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.runtime_doubles import GET, Client, FakeTransport, responds
from trunkline.auth import ApiKeyAuth, Auth, BasicAuth, BearerAuth, Secret, auth_of
from trunkline.errors import ConfigError

SCHEMES = {
    "basic": {"kind": "basic"},
    "bearer": {"kind": "bearer"},
    "key": {"kind": "api_key", "parameter": "X-Key", "location": "header"},
    "session": {"kind": "api_key", "parameter": "sid", "location": "cookie"},
    "query": {"kind": "api_key", "parameter": "k", "location": "query"},
}
ALL = {
    "basic": BasicAuth("u", "p"),
    "bearer": BearerAuth("t"),
    "key": ApiKeyAuth("X-Key", "k"),
    "session": ApiKeyAuth("sid", "s", "cookie"),
    "query": ApiKeyAuth("k", "q", "query"),
}


class Several(Client):
    auth_schemes = SCHEMES


async def sent(auth, *alternatives) -> dict[str, str]:
    transport = FakeTransport(responds())
    async with Several(base_url="https://vendor.test", transport=transport, auth=auth) as client:
        try:
            await client.call(evolve(GET, auth=alternatives), path=(1,))
        except ConfigError:
            assert not transport.sent, "an error comes before anything is sent"
            raise
    request, headers = transport.sent[0]
    return headers | ({"query": request.url.raw_query_string} if request.url.raw_query_string else {})


@pytest.mark.parametrize(
    ("alternatives", "expected"),
    [
        (("basic",), {"Authorization": "Basic dTpw"}),
        (("bearer",), {"Authorization": "Bearer t"}),
        (("key",), {"X-Key": "k"}),
        ((("bearer", "key"),), {"Authorization": "Bearer t", "X-Key": "k"}),
        (("unknown", "key"), {"X-Key": "k"}),
        ((("unknown", "key"), ("bearer", "key")), {"Authorization": "Bearer t", "X-Key": "k"}),
        ((("session", "query", "key"),), {"Cookie": "sid=s", "X-Key": "k", "query": "k=q"}),
        ((), {}),
    ],
)
async def test_bearer_token_went_to_every_operation(alternatives, expected):
    assert await sent(ALL, *alternatives) == expected
    named = [
        auth_of(SCHEMES, "bearer", {"token": "t"}),
        ALL["basic"],
        ALL["key"],
        ALL["session"],
        ALL["query"],
    ]
    assert await sent(named, *alternatives) == expected


@pytest.mark.parametrize(
    ("auth", "alternatives"),
    [
        ({"bearer": BearerAuth("t")}, ("basic",)),
        ({"bearer": BearerAuth("t")}, (("bearer", "key"),)),
        (BearerAuth("t"), ("basic",)),
        (BearerAuth("t"), ("key",)),
        (ApiKeyAuth("X-Other", "k"), ("key",)),
        (auth_of(SCHEMES, "bearer", {"token": "t"}), ("basic",)),
    ],
)
async def test_scheme_without_credentials_is_an_error_before_anything_is_sent(auth, alternatives):
    with pytest.raises(ConfigError, match="wants credentials of the scheme"):
        await sent(auth, *alternatives)


async def test_optional_credentials_and_single_ones():
    assert await sent({"bearer": BearerAuth("t")}, "basic", ()) == {}
    assert await sent(None, "basic") == {}
    assert await sent(BearerAuth("t"), "bearer") == {"Authorization": "Bearer t"}

    class Own(Auth):
        def ready(self, context):
            return {"X-Own": "1"}

    assert await sent(Own(), "basic") == {"X-Own": "1"}, "a class of the caller's own goes where it is wanted"


@pytest.mark.parametrize(
    "auth", [{"nope": BearerAuth("t")}, {"bearer": "t"}, "t", [BearerAuth], [ApiKeyAuth("X-Other", "k")]]
)
async def test_unclear_credentials_are_refused_when_given(auth):
    with pytest.raises(ConfigError, match="auth"):
        Several(base_url="https://vendor.test", auth=auth)


async def test_a_401_of_two_credentials_is_told_to_both():
    transport = FakeTransport(responds(401))
    fresh = {"bearer": BearerAuth("t"), "key": ApiKeyAuth("X-Key", "k")}
    async with Several(base_url="https://vendor.test", transport=transport, auth=fresh) as client:
        for _ in range(3):
            with pytest.raises(Exception, match="401"):
                await client.call(evolve(GET, auth=(("bearer", "key"),)), path=(1,))
    assert len(transport.sent) == 1


async def test_what_a_vendor_echoes_of_our_secrets_is_not_shown():
    token = "tok-en 123/ü"
    body = {"message": f'bad header "Bearer {token}" of dTpw', "echo": [token]}
    for secret in (ApiKeyAuth("X-Key", "se/cret"), BasicAuth("u", "pass word")):
        text = next(iter(secret.secrets()))
        echo = responds(400, body | {"message": f"got {text}, {text.replace(' ', '%20')}"}, X_Echo=text)
        async with Several(
            base_url="https://vendor.test", transport=FakeTransport(echo), auth=secret
        ) as client:
            with pytest.raises(Exception, match="got") as caught:
                await client.call(evolve(GET, auth=None), path=(1,))
        shown = f"{caught.value} {caught.value.body} {caught.value.messages} {dict(caught.value.headers)}"
        assert text not in shown
        assert "***" in shown


def test_holders_of_secrets_show_nothing():
    import copy
    import json
    import pickle

    for auth in ALL.values():
        for show in (vars, pickle.dumps, json.dumps, copy.deepcopy):
            with pytest.raises(TypeError):
                show(auth)
    headers = ALL["basic"]._headers
    for show in (vars, pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            show(headers)
    assert "dTpw" not in repr(headers)
    assert repr(Secret("x")) == "Secret('**********')"


async def test_swt_by_name_wears_the_vendors_wrapper():
    from trunkline import idi

    for given in ("TOKEN", 'WRAP access_token="TOKEN"'):
        auth = idi.Client.auth("SWT", value=given)
        assert auth._headers["Authorization"] == 'WRAP access_token="TOKEN"'
