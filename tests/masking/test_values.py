"""Values are hidden by their field's mark, by their name and by their look, at every place of every model."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs
import pytest

from trunkline._codec.annotations import model_fields
from trunkline._masking.names import is_sensitive_name
from trunkline._masking.values import masked
from trunkline.abzorb import models as abzorb_models
from trunkline.idi import models as idi_models
from trunkline.model import UNSET, Model
from trunkline.testing import example

SENSITIVE = [
    "pin", "PIN", "pin1", "PIN_2", "devicePin", "pinCode", "puk", "PUK1", "puk_2", "ki", "Ki", "KI",
    "opc", "OPc", "k4", "adm1", "aKey", "customerEmail", "email", "EMAIL_ADDRESS", "e-mail",
    "contactName", "firstName", "last_name", "Surname", "subscriberName", "phone", "mobilePhone",
    "MSISDN", "cli", "newCli", "IMSI", "imei", "ICCID", "eid", "simNumber", "serialNumber", "password",
    "userPassword", "X-Api-Key", "apiKey", "client_secret", "accessToken", "refresh_token",
    "Authorization", "Set-Cookie", "dateOfBirth", "dob", "birthDate", "ssn", "socialSecurityNumber",
    "iban", "sortCode", "accountNumber", "cardNumber", "cvv", "postcode", "postalCode", "addressLine1",
    "street", "homeAddress", "passportNumber", "nationalInsuranceNumber", "pac", "pacCode", "portingCode",
    "otp", "securityAnswer", "mothersMaidenName", "ipAddress", "userName", "displayName", "faxNumber",
    "nationalId", "activationCode", "unlock_code", "caller-id", "contact_number", "vatNumber",
]  # fmt: skip
HARMLESS = [
    "id", "deviceID", "customerId", "shipping", "pinned", "spinner", "opening", "kind", "skipToken",
    "nextPageToken", "$skiptoken", "pinStatus", "pukAttempts", "emailVerified", "phoneType",
    "phoneBookID", "tokenType", "tokenExpires", "status", "name", "tariffName", "network", "description",
    "createdAt", "amount", "total", "lineRental", "orderRef", "clients", "mailbox", "strategy", "compact",
    "passwordRequired", "planName", "clip", "simClass", "simId", "enabled", "addressType", "op", "value",
    "path", "min", "number", "date", "streetCount", "monkey", "keyboard", "turkey",
]  # fmt: skip


@pytest.mark.parametrize("name", SENSITIVE)
def test_names_that_hold_secrets_or_personal_data(name: str) -> None:
    """In any casing, and whatever joins their words."""
    assert is_sensitive_name(name)
    assert masked({"deep": [{name: "x9x"}]}) == {"deep": [{name: "***"}]}


@pytest.mark.parametrize("name", HARMLESS)
def test_names_that_only_look_so(name: str) -> None:
    """A word inside of another word is none, and what is told about a thing is not the thing."""
    assert not is_sensitive_name(name)
    assert masked({name: "x9x"}) == {name: "x9x"}


def models() -> Iterator[type[Model]]:
    """Every model of both APIs, those that only a model uses included."""
    for package in (idi_models, abzorb_models):
        for found in vars(package).values():
            if isinstance(found, type) and issubclass(found, Model) and attrs.has(found):
                yield found


MODELS = list(dict.fromkeys(models()))
CANARIES = {
    "pin": "4321", "customerEmail": "someone@example.com", "Ki": "00112233445566778899AABBCCDDEEFF",
    "note": "call 447700900123.0", "deep": {"list": [{"OPC": "secret-opc"}, "+44.7700900123"]},
}  # fmt: skip
SECRETS = (
    "marked canary",
    "4321",
    "someone@example.com",
    "00112233445566778899AABBCCDDEEFF",
    "447700900123",
    "secret-opc",
    "7700900123",
)


def plant(value: Model) -> int:
    """Put secrets into marked fields and undocumented ones, at every depth; count the models."""
    count = 1
    value._extra = copy.deepcopy(CANARIES)
    for field in model_fields(type(value)):
        if field.sensitive:
            setattr(value, field.name, "marked canary")
        found = getattr(value, field.name)
        for inner in found if isinstance(found, list) else [found]:
            count += plant(inner) if isinstance(inner, Model) else 0
    return count


@pytest.mark.parametrize(
    "model", MODELS, ids=lambda model: f"{model.__module__.split('.')[1]}.{model.__name__}"
)
def test_nothing_marked_or_planted_gets_through_at_any_place_of_any_model(model: type[Model]) -> None:
    """The model itself, and the same inside lists and mappings."""
    value = example(model)
    plant(value)
    for shown in (masked(value), masked([value]), masked({"rows": {"a": [value]}})):
        text = json.dumps(shown, default=str)
        assert not [secret for secret in SECRETS if secret in text]


def test_there_are_models_to_plant_into() -> None:
    """The test above is not about nothing, and reaches nested ones."""
    assert len(MODELS) > 60
    assert max(plant(example(model)) for model in MODELS) > 3


def test_a_mark_counts_whatever_the_name() -> None:
    assert masked("anything", name="colour", marked=True) == "***"
    assert masked({"a": 1}, marked=True) == "***"
    assert masked(None, marked=True) is None
    assert masked(UNSET, marked=True) is UNSET


@pytest.mark.parametrize(
    ("value", "name", "shown"),
    [
        (447700900123, "", "***23"),
        (447700900123.0, "", "***23"),
        (Decimal("447700900123"), "value", "***23"),
        (4.47700900123e11, "x", "***23"),
        (5001000123, "orderID", 5001000123),
        ("5001000123", "orderID", "5001000123"),
        ("07700900123", "orderID", "***23"),
        (1760028800, "createdAt", 1760028800),
        (1234567, "", 1234567),
        (12.5, "price", 12.5),
        (True, "pin", True),
        ("", "pin", ""),
        (datetime.date(2024, 7, 16), "", datetime.date(2024, 7, 16)),
        (b"\x00secret", "", "***"),
        ('{"pin": "1234", "a": {"cli": "x"}}', "note", '{"pin": "***", "a": {"cli": "***"}}'),
        ("[447700900123]", "note", '["***23"]'),
        ("{not json 07700900123}", "note", "{not json ***23}"),
        (
            "https://a.example/?cli=07700%20900123&pin=1234&a=1",
            "link",
            "https://a.example/?cli=***&pin=***&a=1",
        ),
        ("https://user:pass1@a.example/x", "link", "https://***@a.example/x"),
        ("Bearer abcdefghij123", "note", "Bearer ***"),
        ("the pin 4321 is wrong", "note", "the pin *** is wrong"),
        ("password: This field is required.", "message", "password: This field is required."),
        ("ask someone@example.com", "note", "ask ***"),
    ],
)
def test_values_by_their_look(value: Any, name: str, shown: Any) -> None:
    """Numbers of JSON and texts; identifiers, dates and amounts stay by their name."""
    assert masked(value, name=name) == shown


def test_keys_that_are_numbers_are_hidden_and_none_is_lost() -> None:
    """Some vendors put numbers where names belong."""
    found = masked({"07700900123": {"a": 1}, "07711900123": {"a": 2}})
    assert list(found) == ["***23", "***23'"]
    assert [row["a"] for row in found.values()] == [1, 2]


def test_a_container_under_a_sensitive_name_keeps_its_shape() -> None:
    """How many there are may be seen, what they are may not."""
    assert masked({"emails": ["a", "b"], "address": {"line": "x", "n": [1]}}) == {
        "emails": ["***", "***"], "address": {"line": "***", "n": ["***"]},
    }  # fmt: skip


def test_a_patch_names_its_field_in_its_path() -> None:
    """The step that sets a PIN hides it, the one that sets a status does not."""
    steps = [
        {"op": "replace", "path": "/pin", "value": "4321"},
        {"op": "add", "path": "/statusID", "value": 3},
    ]
    shown = masked(steps)
    assert [step["value"] for step in shown] == ["***", 3]


def test_names_that_only_a_spec_knows_are_hidden_in_plain_json() -> None:
    assert masked({"msl": "1", "sid": "2", "a": [{"sid": "3"}]}, names=frozenset({"sid"})) == {
        "msl": "***", "sid": "***", "a": [{"sid": "***"}],
    }  # fmt: skip


def test_endless_nesting_is_cut() -> None:
    value: Any = "07700900123"
    for _ in range(5000):
        value = [value]
    assert "0770" not in json.dumps(masked(value))
