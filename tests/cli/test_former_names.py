"""Operations by a name that they had before: they work, and their new name is said."""

from __future__ import annotations

import pytest

from trunkline import apis
from trunkline.cli import _apis
from trunkline.cli.operations import describe

OLD, NOW = "abzorb.connections.sim_change", "abzorb.connections.change_sim"


def test_former_name_is_found_and_the_new_one_said(capsys: pytest.CaptureFixture[str]) -> None:
    api, found = _apis.find(OLD)
    assert (api, found.name) == ("abzorb", NOW)
    assert f"{OLD} is called {NOW} now" in " ".join(capsys.readouterr().err.split())


def test_route_by_a_former_name_corrects_the_operation() -> None:
    with pytest.warns(DeprecationWarning, match="change_sim now"):
        found = _apis.settings("abzorb", {}, routes={OLD: "POST /corrected"})
    assert found.value("routes") == {"connections.change_sim": "POST /corrected"}


def test_operations_list_their_former_names() -> None:
    shown = describe(NOW, apis.operations()[NOW])
    assert shown["former"] == [OLD]
    assert OLD not in apis.operations()
