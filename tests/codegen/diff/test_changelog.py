"""The changelog entry: in users' words, merged once, with every hand-written line kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.changelog.document import entry_text, mark, with_entry
from codegen.changelog.entry import entry
from codegen.diff.command import compare
from tests.codegen.diff.mutations import CHANGES
from tests.codegen.diff.shop import operation, shop, trunkline, write

LINES = {
    "Added": ["`shop.thing.get`: new."],
    "Removed": ["**Breaking:** `shop.thing.put`: the operation is gone."],
}
HEAD = "<!-- written by make update for shop; add your own lines outside -->"
LOG = """\
# Changelog

Words about the project.

## [Unreleased]

### Added

- A line by hand.

### Fixed
- Another one,
  in two lines.

## [1.0.0] - 2026-01-01

### Added
- `shop.thing.get`: new.

[1.0.0]: https://shop.example/1.0.0
"""


def test_entry_is_merged_into_its_sections_in_order() -> None:
    """New lines stand behind those that are there; a new section stands where Keep a Changelog has it."""
    text = with_entry(LOG, "shop", LINES)
    assert text.replace("\n\n", "\n").splitlines()[2:16] == [
        "## [Unreleased]",
        "### Added",
        "- A line by hand.",
        HEAD,
        "- `shop.thing.get`: new.",
        f"<!-- end of shop: {mark('`shop.thing.get`: new.')} -->",
        "### Removed",
        HEAD,
        "- **Breaking:** `shop.thing.put`: the operation is gone.",
        f"<!-- end of shop: {mark('**Breaking:** `shop.thing.put`: the operation is gone.')} -->",
        "### Fixed",
        "- Another one,",
        "  in two lines.",
        "## [1.0.0] - 2026-01-01",
    ]
    assert set(LOG.splitlines()) <= set(text.splitlines())
    assert text.endswith(LOG[LOG.index("## [1.0.0]") :])


@pytest.mark.parametrize(
    "log",
    [
        LOG,
        LOG.replace("\n", "\r\n"),
        "",
        "# Changelog\n",
        "# Changelog\n\n## [1.0.0]\n- x\n",
        "# Log\n\n## Unreleased\n\n[Unreleased]: https://shop.example\n",
        "# Log\n```\n## [Unreleased]\n```\n",
        "# Log\n\n## [Unreleased]\n### Added\n\n## [1.0.0]\n",
    ],
)
def test_entry_twice_changes_nothing(log: str) -> None:
    """Merging is idempotent and takes nothing away, whatever the file looks like."""
    once = with_entry(log, "shop", LINES)
    assert with_entry(once, "shop", LINES) == once
    assert once.count("`shop.thing.put`") == 1
    kept = [line for line in log.split("\n") if line.strip()]
    lines = iter(once.split("\n"))
    assert all(line in lines for line in kept), "every line of the file is still there, in its order"
    assert ("\r\n" in once) == ("\r\n" in log)


def test_entry_line_that_a_person_rephrased_moved_or_deleted_stays_away() -> None:
    """The block keeps a mark of every line that it ever had."""
    once = with_entry(LOG, "shop", LINES)
    rephrased = once.replace("`shop.thing.get`: new.\n<!--", "A shop can be asked for a thing.\n<!--")
    assert rephrased != once
    assert with_entry(rephrased, "shop", LINES) == rephrased
    moved = once.replace("- `shop.thing.get`: new.\n<!--", "<!--").replace(
        "- A line by", "- New: get.\n- A line by"
    )
    assert with_entry(moved, "shop", LINES) == moved


def test_entry_line_that_is_no_longer_true_goes_and_a_persons_stays() -> None:
    """An edit of the spec after the first run takes back what it said."""
    once = with_entry(LOG, "shop", LINES)
    less = with_entry(once, "shop", {"Added": LINES["Added"]})
    assert "the operation is gone" not in less
    assert "### Removed" not in less
    edited = once.replace("the operation is gone.", "it is gone, use `get`.")
    kept = with_entry(edited, "shop", {"Added": LINES["Added"]})
    assert "it is gone, use `get`." in kept
    assert with_entry(less, "shop", LINES).count("the operation is gone") == 1


def test_entries_of_two_apis_have_blocks_of_their_own() -> None:
    """An update of one never touches the lines of the other."""
    both = with_entry(with_entry(LOG, "shop", LINES), "bank", {"Added": ["`bank.get`: new."]})
    assert with_entry(both, "shop", {}).count("`bank.get`: new.") == 1
    assert "shop.thing.put" not in with_entry(both, "shop", {})


def test_entry_line_wrapped_by_hand_is_known() -> None:
    """Wrapping a line is no reason to write it again."""
    once = with_entry(LOG, "shop", LINES)
    wrapped = once.replace("the operation is gone.", "the\n  operation is gone.")
    assert with_entry(wrapped, "shop", LINES) == wrapped


def test_entry_long_line_is_wrapped_without_splitting_names() -> None:
    """Names stay whole so that they can be searched for."""
    name = "`shop." + "very_long_name." * 6 + "get`"
    text = with_entry(
        "", "shop", {"Changed": [f"{name}: it is signed with `A` instead of `B` and that is all of it."]}
    )
    assert name in text
    assert max(map(len, text.splitlines())) <= 110


def test_entry_names_operations_as_they_are_called(tmp_path: Path) -> None:
    """The words are those of a caller: Python names first, wire names beside."""
    new = shop()
    CHANGES["operation-removed"][0](new)
    CHANGES["request-body-field-added-required"][0](new)
    CHANGES["operation-deprecated"][0](new)
    old_file, new_file = write(shop(), tmp_path / "old.json"), write(new, tmp_path / "new.json")
    lines = entry(compare(str(old_file), str(new_file), api="shop"))
    assert lines["Added"] == [
        "**Breaking:** `shop.thing.create`: the field `ThingCreate.price` is new and required."
    ]
    assert lines["Deprecated"] == ["`shop.thing.get`: the vendor calls it deprecated."]
    assert "**Breaking:** `shop.system.whoami`: the operation is gone (GET /whoami)." in lines["Removed"]


def test_entry_same_change_of_many_operations_is_one_line(tmp_path: Path) -> None:
    """A vendor that documents all routes at once does not fill the page."""
    new = shop()
    for id_ in ("thing.search", "thing.create", "thing.note"):
        trunkline(new, id_)["provenance"] = {"response": "inferred"}
    old_file, new_file = write(shop(), tmp_path / "old.json"), write(new, tmp_path / "new.json")
    lines = entry(compare(str(new_file), str(old_file), api="shop", surface=False))
    assert lines == {
        "Changed": [
            "`shop.thing.search`, `shop.thing.create` and `shop.thing.note`: "
            "the response is documented now, before inferred."
        ]
    }


def test_command_prints_or_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file the entry is shown, with one it is merged; a second run says so."""
    new = shop()
    operation(new, "thing.get")["deprecated"] = True
    sides = [str(write(shop(), tmp_path / "old.json")), str(write(new, tmp_path / "shop.json"))]
    assert main(["changelog", *sides, "--no-surface"]) == 0
    assert (
        capsys.readouterr().out == "### Deprecated\n- `client.thing.get`: the vendor calls it deprecated.\n"
    )
    log = tmp_path / "CHANGELOG.md"
    log.write_bytes(LOG.encode())
    assert main(["changelog", *sides, "--no-surface", "--write", str(log)]) == 0
    assert "### Deprecated" in log.read_text(encoding="utf-8")
    written = log.read_bytes()
    assert main(["changelog", *sides, "--no-surface", "--write", str(log)]) == 0
    assert log.read_bytes() == written
    assert "nothing to add" in capsys.readouterr().out


def test_command_unreadable_changelog_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in another encoding is left alone."""
    log = tmp_path / "CHANGELOG.md"
    log.write_bytes(b"# Log \xff\n")
    new = shop()
    operation(new, "thing.get")["deprecated"] = True
    sides = [str(write(shop(), tmp_path / "old.json")), str(write(new, tmp_path / "new.json"))]
    assert main(["changelog", *sides, "--no-surface", "--write", str(log)]) == 2
    assert "not UTF-8" in capsys.readouterr().err
    assert log.read_bytes() == b"# Log \xff\n"


def test_entry_text_of_nothing_is_empty() -> None:
    """No change, no heading."""
    assert entry_text({}) == ""
