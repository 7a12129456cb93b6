"""Tokens and Basic credentials without a server: what is good, until when, and that nothing else is."""

from __future__ import annotations

import base64
import string
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.sandbox.config import AUDIENCE, User
from trunkline.sandbox.credentials import AccessError, BasicDoor, SignInError, TokenOffice

NOW, LIFE = 1_760_000_000.0, 600.0
ADA = User(name="ada", password="pässword:&=")
NAMES = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20)


def office(*users: User, key: bytes = b"key", environment: str = "sandbox") -> TokenOffice:
    return TokenOffice(users or (ADA,), key=key, environment=environment, lifetime=LIFE)


def header(token: str) -> str:
    return f'WRAP access_token="{token}"'


@given(
    name=NAMES,
    permissions=st.frozensets(st.sampled_from(["read", "write", "a b", "x&y=z"])),
    environment=st.text(string.ascii_letters + "-_ .&=%", min_size=1),
)
def test_a_token_says_who_it_was_issued_to(name: str, permissions: frozenset[str], environment: str) -> None:
    """Whatever signs a name, a permission or an environment holds."""
    user = User(name=name, password="x", permissions=permissions)
    issued = office(user, environment=environment)
    claims = issued.check(header(issued.issue(user, now=NOW)), environment=environment, now=NOW)
    assert (claims.user, claims.environment, claims.audience) == (name, environment, AUDIENCE)
    assert claims.permissions - {""} == permissions
    assert claims.expires_on == NOW + LIFE


@given(place=st.integers(0, 400), sign=st.sampled_from(string.ascii_letters + string.digits + "&=%+ \x7f"))
def test_a_token_with_any_sign_changed_is_refused(place: int, sign: str) -> None:
    """Claims or signature: nothing of it can be another. A claim for the same is the same claim."""
    issued = office()
    token = issued.issue(ADA, now=NOW)
    place %= len(token)
    forged = token[:place] + sign + token[place + 1 :]
    if forged == token or dict(parse_qsl(forged)) == dict(parse_qsl(token)):
        return
    # Base64 has spare bits in its last sign, and an encoded sign may be written in lower case.
    with pytest.raises(SignInError):
        issued.check(header(forged), environment="sandbox", now=NOW)


@pytest.mark.parametrize(
    "text",
    [None, "", "WRAP", 'WRAP access_token=""', "WRAP access_token=x", 'Bearer access_token="x"',
     'WRAP access_token="x" y', 'WRAP access_token="x"\n', 'wrap access_token="x"', 'WRAP access_token="a"b"',
     'WRAP access_token="HMACSHA256="', 'WRAP access_token="&HMACSHA256="', 'WRAP access_token="\udcff"',
     'WRAP access_token="\xff"'],
)  # fmt: skip
def test_what_is_no_token_of_the_office_is_refused(text: str | None) -> None:
    with pytest.raises(SignInError):
        office().check(text, environment="sandbox", now=NOW)


def test_a_token_ends_at_its_second() -> None:
    """Good before ExpiresOn, worthless from then on."""
    issued = office()
    token = header(issued.issue(ADA, now=NOW))
    assert issued.check(token, environment="sandbox", now=NOW + LIFE - 0.001)
    with pytest.raises(SignInError, match="expired"):
        issued.check(token, environment="sandbox", now=NOW + LIFE)


def test_tokens_of_one_second_differ_and_end_one_by_one() -> None:
    issued = office()
    tokens = [header(issued.issue(ADA, now=NOW)) for _ in range(50)]
    assert len(set(tokens)) == 50
    issued.revoke(tokens[0])
    with pytest.raises(SignInError, match="expired"):
        issued.check(tokens[0], environment="sandbox", now=NOW)
    assert all(issued.check(token, environment="sandbox", now=NOW) for token in tokens[1:])


@pytest.mark.parametrize("text", [None, "", "Basic x", "WRAP"])
def test_revoking_what_is_no_token_does_nothing(text: str | None) -> None:
    issued = office()
    issued.revoke(text)
    assert issued.check(header(issued.issue(ADA, now=NOW)), environment="sandbox", now=NOW)


def test_memories_are_bounded_and_forget_nothing_that_matters() -> None:
    """A thousand tokens more than are remembered: each is verified again, the last revoked ones stay so."""
    issued = office()
    tokens = [header(issued.issue(ADA, now=NOW)) for _ in range(1500)]
    for token in tokens:
        issued.check(token, environment="sandbox", now=NOW)
    assert len(issued._read) <= 1024
    assert issued.check(tokens[0], environment="sandbox", now=NOW).user == "ada"
    for token in tokens:
        issued.revoke(token)
    assert len(issued._revoked) == 1024
    with pytest.raises(SignInError):
        issued.check(tokens[-1], environment="sandbox", now=NOW)


def test_offices_with_one_key_agree_also_after_they_forgot() -> None:
    """Processes of one sandbox take each other's tokens; another key takes none."""
    one, two, other = office(), office(), office(key=b"other")
    token = header(one.issue(ADA, now=NOW))
    assert two.check(token, environment="sandbox", now=NOW)
    with pytest.raises(SignInError):
        other.check(token, environment="sandbox", now=NOW)
    one.forget()
    with pytest.raises(SignInError, match="signature"):
        one.check(token, environment="sandbox", now=NOW)
    two.forget()
    assert two.check(header(one.issue(ADA, now=NOW)), environment="sandbox", now=NOW)


def test_audience_and_environment_are_checked_in_this_order() -> None:
    """A token for elsewhere is no token here (401); a good one for another environment is (403)."""
    issued = office()
    with pytest.raises(SignInError, match="audience"):
        issued.check(header(issued.issue(ADA, now=NOW, audience="http://x")), environment="x", now=NOW)
    with pytest.raises(AccessError):
        issued.check(header(issued.issue(ADA, now=NOW)), environment="other", now=NOW)


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong"), ("ada", ""), ("Ada", ADA.password), ("", ""), ("nobody", "")]
)
def test_sign_in_tells_a_wrong_name_and_password_alike(name: str, password: str) -> None:
    with pytest.raises(SignInError, match="user name or password is wrong"):
        office().sign_in(name, password)


def encoded(name: str, password: str) -> str:
    return base64.b64encode(f"{name}:{password}".encode()).decode()


@given(name=NAMES.filter(lambda name: ":" not in name), password=NAMES)
def test_basic_finds_the_user_whatever_the_password_holds(name: str, password: str) -> None:
    """RFC 7617, section 2: a colon belongs to the password alone; UTF-8 is the charset."""
    user = User(name=name, password=password)
    door = BasicDoor([User(name="other", password="x"), user])
    for scheme in ("Basic", "basic", "BASIC"):
        assert door.check(f"{scheme} {encoded(name, password)}") == user
    with pytest.raises(SignInError):
        door.check(f"Basic {encoded(name, password + 'x')}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "missing"), ("", "missing"), ("Basic", "wrong"), ("Basic ", "wrong"), ("Bearer x", "missing"),
        ("Basic !!!", "wrong"), ("Basic YWRh", "wrong"), ("Basic ä", "wrong"), ("Basic \udcff", "wrong"),
        ("Basic " + "A" * 100_000, "wrong"), (f"Basic {encoded('ada', '')}", "wrong"),
    ],
)  # fmt: skip
def test_basic_refuses_everything_else(text: str | None, says: str) -> None:
    with pytest.raises(SignInError, match=says):
        BasicDoor([ADA]).check(text)


def test_basic_takes_text_that_is_wrapped_or_padded_in_another_way() -> None:
    """Some clients break long base64 into lines."""
    text = encoded(ADA.name, ADA.password)
    for written in (f" {text}  ", f"{text[:8]}\r\n {text[8:]}"):
        assert BasicDoor([ADA]).check(f"Basic {written}") == ADA


def test_no_password_or_key_is_in_a_repr() -> None:
    assert ADA.password not in repr(ADA)
    assert ADA.password not in repr(vars(BasicDoor([ADA])))
