"""What a rendered package means once it is imported."""

from __future__ import annotations

import datetime
import inspect
import typing
from decimal import Decimal

import attrs
import pytest

from codegen.ir import Scalar
from tests.codegen.render.documents import Generated, document, field, model, operation, response, shop
from trunkline.client import BaseClient
from trunkline.errors import FilterError, PatchError
from trunkline.model import UNSET, Discriminator, OpenStrEnum, Unset


def test_models_keep_wire_names_formats_provenance_and_secrets(generated: Generated) -> None:
    thing = generated(shop()).models.Thing
    fields = attrs.fields_dict(thing)
    assert fields["thing_id"].metadata == {"wire": "thingID"}
    assert fields["price"].metadata == {"wire": "price", "provenance": "inferred"}
    assert fields["seen"].metadata == {"wire": "seen", "since": "2.06"}
    assert fields["born"].metadata == {"wire": "born", "format": "date-mdy"}
    assert fields["secret_key"].metadata == {"wire": "secretKey", "sensitive": True}
    shown = repr(thing(born=datetime.date(2020, 5, 27), secret_key="k-123"))
    assert "2020" in shown
    assert "k-123" not in shown


def test_models_optional_fields_are_none_in_responses_and_unset_in_requests(generated: Generated) -> None:
    models = generated(shop()).models
    with pytest.raises(TypeError, match="born"):
        models.Thing()
    thing = models.Thing(born=datetime.date(2020, 5, 27))
    assert thing.thing_id is None
    new = models.ThingCreate(name="x")
    assert new.note is UNSET
    hints = typing.get_type_hints(models.ThingCreate)
    assert set(typing.get_args(hints["note"])) == {str, type(None), Unset}
    assert set(typing.get_args(hints["count"])) == {int, Unset}
    assert hints["name"] is str
    assert hints["free"] is typing.Any
    assert new.open is UNSET


def test_models_types_resolve_in_their_module(generated: Generated) -> None:
    models = generated(shop()).models
    hints = typing.get_type_hints(models.Thing)
    assert hints["price"] == Decimal | None
    assert hints["parts"] == dict[str, list[models.Thing]] | None
    assert hints["odd"] == str | int | None
    assert models.Thing.__module__.endswith(".models")


def test_models_discriminator_is_part_of_the_union(generated: Generated) -> None:
    models = generated(shop()).models
    pet = typing.get_type_hints(models.ThingCreate, include_extras=True)["pet"]
    marked = [part for part in typing.get_args(pet) if typing.get_origin(part) is typing.Annotated]
    assert marked[0].__metadata__ == (Discriminator("kind", {"t": "Thing", "e": "Empty"}),)


def test_models_read_only_field_need_not_be_sent(generated: Generated) -> None:
    both = model("Both", field("id", Scalar("integer"), required=True, read_only=True), in_request=True)
    assert generated(document(models=[both])).models.Both().id is UNSET


def test_enums_are_open(generated: Generated) -> None:
    models = generated(shop()).models
    assert issubclass(models.Status, OpenStrEnum)
    assert models.Status("In stock") is models.Status.IN_STOCK
    assert not models.Status("Somewhere").is_known
    assert models.Level(1).name == "LOW"


def test_operations_say_what_the_document_says(generated: Generated) -> None:
    package = generated(shop())
    search = package.OPERATIONS["thing.search"]
    assert (search.api, search.id, search.method, search.path) == ("shop", "thing.search", "GET", "/thing")
    assert [param.wire for param in search.query_params] == [
        "$count",
        "$filter",
        "$orderby",
        "$select",
        "$top",
    ]
    assert search.paging.row_type == "Thing"
    assert search.paging.top == "$top"
    assert search.filterable == ("thingID", "status", "born")
    assert (search.provenance.route, search.provenance.response) == ("inferred", "documented")
    assert search.namespace == package.models.__name__
    get = package.OPERATIONS["thing.get"]
    assert get.path_params[0].style == "simple"
    assert get.response == "Thing"
    assert [(item.status, item.type) for item in get.responses] == [("200", "Thing"), ("404", None)]
    create = package.OPERATIONS["thing.create"]
    assert create.body.type == "ThingCreate"
    assert create.response == "Thing | Empty"
    assert package.OPERATIONS["thing.update"].response is None
    assert package.OPERATIONS["thing.files.upload"].deprecated


def test_operations_name_their_function(generated: Generated) -> None:
    package = generated(shop())
    for name, operation_ in package.OPERATIONS.items():
        module, _, path = operation_.function.partition(":")
        class_name, _, method = path.partition(".")
        owner = getattr(__import__(module, fromlist=["x"]), class_name)
        assert callable(getattr(owner, method))
        assert name == operation_.id


def test_methods_take_keywords_and_document_themselves(generated: Generated) -> None:
    package = generated(shop())
    thing = package.resources.ThingResource
    search = inspect.signature(thing.search)
    assert list(search.parameters) == ["self", "count", "filter", "order_by", "select", "top", "options"]
    assert all(p.kind is p.KEYWORD_ONLY for name, p in search.parameters.items() if name != "self")
    assert search.return_annotation == "Pager[models.Thing]"
    assert not inspect.iscoroutinefunction(thing.search)
    assert inspect.iscoroutinefunction(thing.get)
    text = inspect.getdoc(thing.search) or ""
    assert "Route and request are inferred, not documented." in text
    assert "Since revision 1.13." in text
    assert "Source: specs/shop/openapi.yaml#/paths/~1thing/get" in text
    assert "NotFoundError: Status 404: no such thing." in (inspect.getdoc(thing.get) or "")


async def test_client_makes_resources_once_and_nests_them(generated: Generated) -> None:
    package = generated(shop())
    async with package.Client(base_url="http://127.0.0.1:1/") as client:
        assert client.thing is client.thing
        assert type(client.thing.files).__name__ == "ThingFilesResource"
        assert client.operations is package.OPERATIONS
        assert client.servers == {"production": "https://api.example.com"}
        assert client.auth_schemes == {"basic": {"kind": "basic"}}


def test_fields_build_filters_and_orders(generated: Generated) -> None:
    thing = generated(shop()).fields.Thing
    assert (thing.thing_id == 3).text == "thingID eq 3"
    assert thing.price.desc().text == "price desc"
    assert not hasattr(thing.price, "is_null")
    with pytest.raises(FilterError, match="status is compared with str"):
        thing.status == 5  # noqa: B015


def test_patches_allow_the_documented_verbs_only(generated: Generated) -> None:
    patch = generated(shop()).patches.ThingPatch().replace_status("Gone").remove_secret_key()
    assert patch.operations == [
        {"op": "replace", "path": "/status", "value": "Gone"},
        {"op": "remove", "path": "/secretKey"},
    ]
    assert not hasattr(patch, "remove_status")
    with pytest.raises(PatchError):
        patch.remove("status")


def test_package_is_lazy_and_says_what_it_has(generated: Generated) -> None:
    package = generated(shop())
    assert set(package.__all__) == {
        "Client",
        "OPERATIONS",
        "fields",
        "models",
        "operations",
        "patches",
        "resources",
    }
    with pytest.raises(AttributeError, match="nothing_here"):
        package.nothing_here  # noqa: B018


def test_package_without_searches_has_no_fields_module(generated: Generated) -> None:
    package = generated(document(operation("thing", "get", responses=[response(Scalar("any"))])))
    assert "fields" not in package.__all__
    assert "patches" not in package.__all__
    assert package.OPERATIONS["thing.get"].response == "Any"


def test_package_without_anything_still_imports(generated: Generated) -> None:
    package = generated(document())
    assert package.OPERATIONS == {}
    assert issubclass(package.Client, BaseClient)


def test_big_document_gets_a_module_per_resource(generated: Generated) -> None:
    many = [operation(f"part_{number // 4}.deep", f"get_{number}") for number in range(64)]
    package = generated(document(*many))
    assert package.resources.Part3Resource.__module__ == f"{package.__name__}.resources.part_3"
    assert package.OPERATIONS["part_3.deep.get_12"].function == (
        f"{package.__name__}.resources.part_3:Part3DeepResource.get_12"
    )
    with pytest.raises(AttributeError, match="NoResource"):
        package.resources.NoResource  # noqa: B018
