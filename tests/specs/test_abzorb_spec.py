"""The Abzorb collection and its overlay: well-formed, complete, in step, honest about what is documented."""

from __future__ import annotations

import builtins
import datetime
import json
import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from tests.specs.abzorb_page import (
    DOCUMENTED_FIELDS,
    DOCUMENTED_PARAMETERS,
    IN_WORDS,
    MONEY,
    NAMED,
    SENSITIVE,
)
from tests.specs.postman_format import COLLECTION_FORMAT

SPEC = Path(__file__).resolve().parents[2] / "specs" / "abzorb"
TEXT = (SPEC / "collection.json").read_text(encoding="utf-8")
COLLECTION: dict[str, Any] = json.loads(TEXT)
OVERLAY: dict[str, Any] = YAML(typ="safe").load((SPEC / "overlay.yaml").read_text(encoding="utf-8"))
MODELS: dict[str, Any] = OVERLAY["models"]
FOLDERS = {
    "Connections": "connections",
    "Alerting": "alerting",
    "Customers": "customers",
    "Orders": "orders",
    "Catalogue": "catalogue",
    "Tasks": "tasks",
    "Switching": "switching",
    "Reference data": "reference",
}
ITEMS = {item["name"]: item for folder in COLLECTION["item"] for item in folder["item"]}


def _is_guessed(name: str) -> bool:
    """The page prints one route; of that request the response alone is a guess."""
    provenance = OVERLAY["requests"][name]["provenance"]
    return bool(provenance["route" if name != "GetConnectionByCLI" else "response"] == "inferred")


GUESSED = {name: item for name, item in ITEMS.items() if _is_guessed(name)}
"""Requests that are ours; the rules for guesses go for these. The others are the vendor's, as imported."""
CONFIRMED = ITEMS.keys() - GUESSED.keys()

PROVENANCES = {"documented", "inferred"}
CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*\Z")
SNAKE = re.compile(r"[a-z][a-z0-9_]*\Z")


def _parameters(name: str) -> dict[str, Any]:
    return dict(OVERLAY["requests"][name].get("parameters", {}))


def _body_fields(name: str) -> dict[str, Any]:
    return dict(OVERLAY["requests"][name].get("body", {}).get("fields", {}))


def _all_fields() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every parameter, body field and model field: (owner, wire name, its words)."""
    for name in OVERLAY["requests"]:
        for wire, words in (_parameters(name) | _body_fields(name)).items():
            yield name, wire, words
    for model, words in MODELS.items():
        for wire, field_words in words["fields"].items():
            yield model, wire, field_words


def _success(name: str) -> Any:
    (example,) = [response for response in ITEMS[name]["response"] if response["code"] == 200]
    return json.loads(example["body"])


JSON_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _mismatches(value: Any, words: dict[str, Any], at: str, *, null: bool) -> Iterator[str]:
    """What in a JSON value contradicts the words about it."""
    if value is None:
        if not null:
            yield f"{at}: null is not allowed"
        return
    if type(value) not in JSON_TYPES[words["type"]]:
        yield f"{at}: {value!r} is no {words['type']}"
        return
    if "enum" in words and value not in words["enum"]:
        yield f"{at}: {value!r} is not in the enum"
    if words.get("format") == "date" and str(datetime.date.fromisoformat(value)) != value:
        yield f"{at}: {value!r} is no date"
    if words.get("format") == "date-time" and datetime.datetime.fromisoformat(value).tzinfo is None:
        yield f"{at}: {value!r} has no offset"
    if "model" in words:
        yield from _model_mismatches(value, words["model"], at)
    if words["type"] == "array":
        for index, row in enumerate(value):
            if "model" in words["items"]:
                yield from _model_mismatches(row, words["items"]["model"], f"{at}[{index}]")
            else:
                yield from _mismatches(row, words["items"], f"{at}[{index}]", null=False)


def _model_mismatches(row: Any, model: str, at: str) -> Iterator[str]:
    fields = MODELS[model]["fields"]
    if set(row) != set(fields):
        yield f"{at}: {sorted(set(row) ^ set(fields))} on one side only"
        return
    for wire, words in fields.items():
        yield from _mismatches(row[wire], words, f"{at}.{wire}", null=words.get("nullable", False))


# -- the collection by itself ----------------------------------------------------------------------


def test_collection_follows_postman_format_2_1() -> None:
    """The collection uses the v2.1.0 format, and no key outside it."""
    errors = jsonschema.Draft7Validator(COLLECTION_FORMAT).iter_errors(COLLECTION)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_requests_are_the_methods_of_the_version_table() -> None:
    """Every method that the version table names or describes is there, once, and nothing else is."""
    names = Counter(item["name"] for folder in COLLECTION["item"] for item in folder["item"])
    known = names + Counter(old for former in OVERLAY["renames"].values() for old in former)
    assert Counter(NAMED + IN_WORDS) - known == Counter()
    assert GUESSED.keys() <= set(NAMED + IN_WORDS)
    assert max(names.values()) == 1


def test_folders_are_the_controllers() -> None:
    """Folders follow the controllers, and the overlay's resources follow the folders."""
    assert [folder["name"] for folder in COLLECTION["item"]] == list(FOLDERS)
    for folder in COLLECTION["item"]:
        for item in (found for found in folder["item"] if found["name"] in GUESSED):
            assert OVERLAY["requests"][item["name"]]["resource"] == FOLDERS[folder["name"]], item["name"]


def test_servers_and_auth_are_the_documented_ones() -> None:
    """Production on 8075, staging on 8074, https, Basic, and no credentials in the file."""
    variables = {pair["key"]: pair["value"] for pair in COLLECTION["variable"]}
    servers = OVERLAY["api"]["servers"]
    assert servers == {
        "production": "https://abzorbapi.click2sign.co.uk:8075/api",
        "staging": "https://abzorbapi.click2sign.co.uk:8074/api",
    }
    assert variables == {
        "baseUrl": servers["production"],
        "stagingUrl": servers["staging"],
        "username": "",
        "password": "",
    }
    assert {pair["key"]: pair["value"] for pair in COLLECTION["auth"]["basic"]} == {
        "username": "{{username}}",
        "password": "{{password}}",
    }
    assert OVERLAY["api"]["auth"] == "basic"


def test_description_holds_the_facts_of_the_whole_api() -> None:
    """The description keeps what belongs to no single request: ports, synonyms, statuses, errors."""
    description = COLLECTION["info"]["description"]
    assert set(re.findall(r"\b80\d\d\b", description)) == {"8075", "8074"}
    codes = re.findall(r"^\| (\d{3}(?:, \d{3})*) \|", description, flags=re.MULTILINE)
    assert codes == ["200", "400", "401", "402", "403", "404", "409", "429", "500, 502, 503, 504"]
    for words in ("ConnectionID", "companyId", '{"error": "..."}', '{"response_message": "..."}'):
        assert words in description, words


@pytest.mark.parametrize("name", ITEMS)
def test_url_parts_agree(name: str) -> None:
    """A URL's raw text is what its host, path and query spell."""
    url = ITEMS[name]["request"]["url"]
    query = "&".join(f"{pair['key']}={pair['value']}" for pair in url.get("query", []))
    assert url["host"] == ["{{baseUrl}}"]
    assert url["raw"] == "/".join(["{{baseUrl}}", *url["path"]]) + (f"?{query}" if query else "")
    variables = [pair["key"] for pair in url.get("variable", [])]
    assert [part[1:] for part in url["path"] if part.startswith(":")] == variables


def test_routes_follow_the_rule_and_are_distinct() -> None:
    """/Controller/ and /Controller/:id belong to the entity itself, all else is /Controller/MethodName."""
    seen: Counter[tuple[str, str]] = Counter()
    for name, item in GUESSED.items():
        request = item["request"]
        controller, *rest = request["url"]["path"]
        assert controller in FOLDERS, name
        assert len(rest) == 1, name
        assert rest[0] in ("", name) or rest[0].startswith(":"), name
        seen[request["method"], "/".join(request["url"]["path"])] += 1
    assert [route for route, times in seen.items() if times > 1] == []


def test_only_the_printed_route_is_documented() -> None:
    """`GET Connections/?cli=` is the one route on the page."""
    documented = [
        n for n, words in OVERLAY["requests"].items() if words["provenance"]["route"] == "documented"
    ]
    assert [name for name in documented if name in GUESSED] == [
        name for name in GUESSED if name == "GetConnectionByCLI"
    ]
    assert all(OVERLAY["requests"][name]["provenance"]["request"] == "documented" for name in documented)
    request = ITEMS["GetConnectionByCLI"]["request"]
    assert request["method"] == "GET"
    assert request["url"]["raw"].startswith("{{baseUrl}}/Connections/?cli=")


def test_example_numbers_are_reserved_for_fiction() -> None:
    """Telephone numbers come from the ranges that no subscriber has."""
    mobiles = set(re.findall(r"(?<!\d)07\d{9}(?!\d)", TEXT))
    landlines = set(re.findall(r"(?<!\d)0[12]\d{9}(?!\d)", TEXT))
    assert mobiles
    assert landlines
    assert [number for number in mobiles if not number.startswith("07700900")] == []
    assert [number for number in landlines if not number.startswith("01632960")] == []
    assert [host for host in re.findall(r"@([\w.-]+)", TEXT) if not host.endswith(".example")] == []


# -- collection and overlay ------------------------------------------------------------------------


def test_overlay_describes_every_request_once() -> None:
    """Requests and overlay entries are one to one, in the same order."""
    assert list(OVERLAY["requests"]) == list(ITEMS)


@pytest.mark.parametrize("name", ITEMS)
def test_overlay_parameters_are_the_requests(name: str) -> None:
    """Query and path parameters and body fields are the same on both sides and their examples fit."""
    request = ITEMS[name]["request"]
    pairs = request["url"].get("query", []) + request["url"].get("variable", [])
    parameters, fields = _parameters(name), _body_fields(name)
    assert [pair["key"] for pair in pairs] == list(parameters)
    wrong: list[str] = []
    for pair in pairs:
        words = parameters[pair["key"]]
        assert pair["description"].endswith(f"; {words['provenance']}."), pair["key"]
        assert (" Required;" in pair["description"]) is words["required"], pair["key"]
        if "type" not in words:
            continue  # an example in a URL is text; the generator reads it
        value = _from_query(pair["value"], words)
        wrong += _mismatches(value, words, pair["key"], null=False)
    body = json.loads(request["body"]["raw"]) if "body" in request else {}
    assert list(body) == list(fields)
    for wire, value in body.items():
        wrong += _mismatches(value, fields[wire], wire, null=not fields[wire]["required"])
    assert wrong == []
    assert name in CONFIRMED or ("body" in request) is (request["method"] == "POST")


def _from_query(text: str, words: dict[str, Any]) -> Any:
    if words["type"] == "array":
        assert (words["style"], words["explode"]) == ("form", False)
        return [int(part) for part in text.split(",")]
    return int(text) if words["type"] == "integer" else text


@pytest.mark.parametrize("name", ITEMS)
def test_success_example_fits_its_model(name: str) -> None:
    """Every field of the example is in the model and the other way round, with fitting JSON types."""
    response = OVERLAY["requests"][name]["response"]
    example = _success(name)
    assert isinstance(example, list) is response["many"]
    rows = example if response["many"] else [example]
    assert len(rows) >= (2 if response["many"] else 1)
    wrong = [w for i, row in enumerate(rows) for w in _model_mismatches(row, response["model"], f"[{i}]")]
    assert wrong == []


@pytest.mark.parametrize("name", GUESSED)
def test_error_examples_have_an_error_shape(name: str) -> None:
    """Beside the success stands an error: `response_message` for validation, `error` for the rest."""
    errors = [response for response in ITEMS[name]["response"] if response["code"] != 200]
    assert errors
    for response in errors:
        model = "ValidationMessage" if response["code"] == 400 else "ErrorResponse"
        assert list(_model_mismatches(json.loads(response["body"]), model, str(response["code"]))) == []


def test_every_model_is_used_and_named_once() -> None:
    """No model is unreachable, none is missing, and body models have names of their own."""
    used = [words["model"] for words in OVERLAY["api"]["errors"].values()]
    bodies = []
    for words in OVERLAY["requests"].values():
        used.append(words["response"]["model"])
        bodies += [words["body"]["model"]] if "body" in words else []
    for _, _, words in _all_fields():
        nested = words.get("model") or words.get("items", {}).get("model")
        used += [nested] if nested else []
    assert set(used) == set(MODELS)
    assert [name for name, times in Counter(bodies + list(MODELS)).items() if times > 1] == []
    assert [name for name in bodies if name in ITEMS] == []


# -- the overlay by itself -------------------------------------------------------------------------


def test_method_names_are_documented_where_the_page_prints_them() -> None:
    """Names that the page has in words only are marked inferred."""
    documented = {
        n for n, words in OVERLAY["requests"].items() if words["provenance"]["name"] == "documented"
    }
    assert documented - CONFIRMED == set(NAMED) & GUESSED.keys()
    assert documented >= CONFIRMED


def test_everything_has_a_provenance() -> None:
    """Name, route, request, response and every field say where they come from; guesses say so."""
    for name, words in OVERLAY["requests"].items():
        provenance = words["provenance"]
        assert list(provenance) == ["name", "route", "request", "response"], name
        assert set(provenance.values()) <= PROVENANCES, name
        assert name in CONFIRMED or provenance["response"] == "inferred", name
        assert provenance["request"] == provenance["route"], name
    for owner, wire, words in _all_fields():
        assert words["provenance"] in PROVENANCES, (owner, wire)
        assert words["description"].endswith("."), (owner, wire)


def test_documented_is_only_what_the_page_states() -> None:
    """What the vendor's own requests do not show is documented exactly where the page can be pointed at."""
    shown = CONFIRMED | _models_of(CONFIRMED)
    documented = {
        (owner, wire)
        for owner, wire, words in _all_fields()
        if words["provenance"] == "documented" and owner not in shown
    }
    stated = {*DOCUMENTED_PARAMETERS, *DOCUMENTED_FIELDS}
    assert documented == {(owner, wire) for owner, wire in stated if owner not in shown}


def _models_of(names: Iterable[str]) -> set[str]:
    """Every model that these requests response with or take, at any depth."""
    entries = [OVERLAY["requests"][name] for name in names]
    todo = [entry["response"]["model"] for entry in entries if "response" in entry]
    fields = [words for entry in entries for words in entry.get("body", {}).get("fields", {}).values()]
    found: set[str] = set()
    while todo or fields:
        fields += [words for name in todo for words in MODELS[name]["fields"].values()]
        found |= {*todo}
        nested = [words.get("model") or words.get("items", {}).get("model") for words in fields]
        todo, fields = [name for name in nested if name and name not in found], []
    return found


@pytest.mark.parametrize("name", ITEMS)
def test_description_says_the_former_names(name: str) -> None:
    """Who reads only the collection finds what old code calls."""
    description = ITEMS[name]["request"]["description"]
    if name in CONFIRMED:
        return
    for former in OVERLAY["renames"].get(name, []):
        assert former in description
    for former in OVERLAY["parameter_renames"].get(name, {}).values():
        assert former in description


def test_wire_names_are_camel_case() -> None:
    """Parameters are camelCase since 6.0; the validation message is the vendor's one exception."""
    odd = {wire for _, wire, _ in _all_fields() if not CAMEL.match(wire)}
    assert odd == {"response_message"}


def test_personal_data_and_keys_are_sensitive() -> None:
    """Numbers, codes, names and addresses are marked wherever they occur, and nothing else is."""
    marked = {wire for _, wire, words in _all_fields() if words.get("sensitive")}
    assert marked == {*SENSITIVE, "description"}
    loose = [(o, w) for o, w, words in _all_fields() if w in SENSITIVE and not words.get("sensitive")]
    assert loose == []
    # A task's description is free text about a person.
    assert MODELS["Task"]["fields"]["description"]["sensitive"]


def test_money_is_decimal_and_dates_have_a_format() -> None:
    """Amounts are decimal; whatever is named …Date, …At, or is a birthday says how it is written."""
    for owner, wire, words in _all_fields():
        if wire in MONEY:
            assert words.get("format") == "decimal", (owner, wire)
        if wire.endswith("Date") or wire == "dateOfBirth":
            assert words.get("format") == "date", (owner, wire)
        if wire.endswith("At"):
            assert words.get("format") == "date-time", (owner, wire)


def test_python_names_are_short_and_unique() -> None:
    """Each request has one Python place; names are snake_case and shadow nothing."""
    places = Counter((words["resource"], words["method"]) for words in OVERLAY["requests"].values())
    assert [place for place, times in places.items() if times > 1] == []
    for resource, method in places:
        assert SNAKE.match(method), method
        assert not keyword.iskeyword(method), method
        assert not hasattr(builtins, method), method
        assert resource.rstrip("s") not in method.split("_"), (resource, method)


def test_idempotency_follows_the_verb() -> None:
    """GET is safe and nothing else is; what raises work at the vendor's is unsafe."""
    repeatable = set()
    for name, words in OVERLAY["requests"].items():
        assert (words["idempotency"] == "safe") is (ITEMS[name]["request"]["method"] == "GET"), name
        assert words["paging"] == "none", name
        assert re.fullmatch(r"\d\.\d", words["since"]), name
        if words["idempotency"] == "idempotent" and name in GUESSED:
            repeatable.add(name)
    assert repeatable == GUESSED.keys() & {
        "ReturnOrderToDraft",
        "RemoveMobileFromOrder",
        "AddBarToMobileOrder",
        "RemoveBarFromMobileOrder",
    }


def test_bulk_methods_response_what_their_single_method_responses() -> None:
    """A …Bulk method names a single one with the same row model, a required list and a key in the row."""
    singles = {f"{words['resource']}.{words['method']}": words for words in OVERLAY["requests"].values()}
    bulk = {name: words for name, words in OVERLAY["requests"].items() if "bulk" in words}
    assert set(bulk) == {name for name in ITEMS if name.endswith("Bulk")}
    for name, words in bulk.items():
        single, parameter, key = (words["bulk"][part] for part in ("single", "parameter", "key"))
        assert singles[single]["response"]["model"] == words["response"]["model"], name
        assert list(singles[single]["parameters"]) == [key], name
        assert words["response"]["many"], name
        asked = _from_query(
            ITEMS[name]["request"]["url"]["query"][0]["value"], words["parameters"][parameter]
        )
        assert words["parameters"][parameter]["required"], name
        assert [row[key] for row in _success(name)] == asked, name


def test_former_names_are_gone_and_kept_on_record() -> None:
    """Renames lead from a present name to one that is no longer in use; those of the page are kept."""
    known = {old for formers in OVERLAY["renames"].values() for old in formers}
    told = {
        "ChangeSIM": ["SIMChange"],
        "AddBundle": ["AddBundles"],
        "RemoveBundle": ["RemoveBundles"],
        "GetConnectionByCustomerId": ["GetConnectionByCustomerID"],
        "AddBarToMobileOrder": ["AddBarToMobile"],
        "RemoveBarFromMobileOrder": ["RemoveBarFromMobile"],
        "GetOrderDetails": ["ReturnOrder"],
        "GetOrdersForCustomer": ["ReturnOrders"],
        "ListAvailableNumbers": ["ListAvaialbleNumbers"],
    }
    assert {old for formers in told.values() for old in formers} <= known
    assert {name for name in OVERLAY["renames"] if name in GUESSED} <= told.keys()
    for name, formers in OVERLAY["renames"].items():
        assert name in ITEMS
        assert not set(formers) & set(ITEMS)
    for name, pairs in OVERLAY["parameter_renames"].items():
        now = _parameters(name) | _body_fields(name)
        assert set(pairs) <= set(now), name
        assert not set(pairs.values()) & set(now), name
    if "ChangeSIM" in GUESSED:
        assert OVERLAY["parameter_renames"]["ChangeSIM"] == {"cli": "Mobile_No"}
        assert OVERLAY["parameter_renames"]["AddBundle"] == {"tariffOptionId": "TariffIDs"}
        assert OVERLAY["parameter_renames"]["RemoveBundle"] == {"tariffOptionId": "TariffIDs"}
