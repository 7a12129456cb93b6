"""The plugin in a pytest of its own: strict and automatic asyncio modes, anyio, the marker, its cost."""

from __future__ import annotations

import subprocess
import sys

import pytest

TESTS = """
import pytest, asyncio
from trunkline.idi.patches import DevicePatch
from trunkline.testing import assert_requests, sent

@pytest.mark.MODE
async def test_changes(idi_client, trunkline_sandbox):
    await idi_client.device.update(device_id=1000, patch=DevicePatch().replace_bind(False))
    assert (await idi_client.device.get(device_id=1000)).bind is False
    assert_requests(trunkline_sandbox, [sent("device.update", device_id=1000), "device.get"])

@pytest.mark.MODE
async def test_sees_nothing_of_it(idi_client, abzorb_client, trunkline_sandbox):
    assert (await idi_client.device.get(device_id=1000)).bind is True
    assert (await abzorb_client.connections.get_by_cli(cli="07700900000")).cli == "07700900000"
    assert_requests(trunkline_sandbox, ["device.get", "connections.get_by_cli"])

@pytest.mark.MODE
@pytest.mark.trunkline(faults="503:50%", rows=30, seed=3)
async def test_marked(idi_client, trunkline_sandbox, trunkline_clock):
    assert trunkline_sandbox.config.rows == 30
    for key in range(1000, 1010):
        await idi_client.device.get(device_id=key)
    assert idi_client.stats.retries > 0
    assert trunkline_clock.clock() > 0

def test_environment(trunkline_env):
    from trunkline import abzorb
    async def look():
        async with abzorb.Client.from_env() as client:
            return await client.reference.list_networks()
    assert asyncio.run(look())

@pytest.mark.trunkline(faults="429:100%;retry-after=30;first=1", rows=30)
def test_clients_of_the_code_under_test_wait_in_no_time(trunkline_env, trunkline_clock):
    import time
    from trunkline import abzorb
    async def look():
        async with abzorb.Client.from_env() as client:
            await asyncio.gather(*(client.connections.get_by_cli(cli=f"077009000{n:02d}") for n in range(20)))
            assert client.stats.retries >= 20
    began = time.monotonic()
    asyncio.run(look())
    assert time.monotonic() - began < 20
    assert trunkline_clock.clock() > 30

@pytest.mark.MODE
@pytest.mark.trunkline(rows=30, seed=3)
async def test_faults_do_not_stay(idi_client):
    for key in range(1000, 1010):
        await idi_client.device.get(device_id=key)
    assert idi_client.stats.retries == 0
"""


@pytest.fixture(autouse=True)
def _few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start with all that is installed here takes seconds; only the plugins that matter are loaded."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, mode: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=TESTS.replace("MODE", mode))
    ini = "[pytest]\nfilterwarnings = error\n"
    # pytest-asyncio warns where its own option is not set; without it the option is unknown.
    pytester.makeini(ini if mode == "anyio" else f"{ini}asyncio_default_fixture_loop_scope = function\n")
    return start(pytester, *options)


def start(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    fixed = ("-p", "trunkline.testing.plugin", "-p", "no:cacheprovider", "--strict-markers")
    return pytester.runpytest_subprocess(*fixed, *options)


@pytest.mark.parametrize(
    ("mode", "marker"), [("auto", "asyncio"), ("strict", "asyncio(loop_scope='module')")]
)
def test_fixtures_with_pytest_asyncio(pytester: pytest.Pytester, mode: str, marker: str) -> None:
    """Tests do not see each other's changes or faults, with loops of any scope, warnings being errors."""
    run(pytester, marker, "-p", "pytest_asyncio.plugin", f"--asyncio-mode={mode}").assert_outcomes(passed=6)


def test_fixtures_with_anyio(pytester: pytest.Pytester) -> None:
    """No fixture is asynchronous, so whoever runs the loop does not matter."""
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n")
    run(pytester, "anyio", "-p", "anyio").assert_outcomes(passed=6)


def test_marker_takes_settings_by_name(pytester: pytest.Pytester) -> None:
    """And says so; a wrong setting is named."""
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.trunkline('503')\n"
        "def test_a(trunkline_sandbox): pass\n"
        "@pytest.mark.trunkline(rows=-1)\n"
        "def test_b(trunkline_sandbox): pass\n"
        "@pytest.mark.trunkline(fault='503')\n"
        "def test_c(trunkline_sandbox): pass\n"
        "@pytest.mark.trunkline(faults='nonsense')\n"
        "def test_d(trunkline_sandbox): pass\n"
    )
    result = start(pytester)
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(
        [
            "*takes settings by name*",
            "@pytest.mark.trunkline: rows is -1*",
            "@pytest.mark.trunkline has no setting 'fault'; did you mean faults[?]",
            "@pytest.mark.trunkline: fault 'nonsense'*",
        ]
    )


def test_entry_point_loads_the_plugin(request: pytest.FixtureRequest) -> None:
    """It is loaded here without being named anywhere."""
    assert request.config.pluginmanager.get_plugin("trunkline").__name__ == "trunkline.testing.plugin"


def test_marker_is_listed(pytester: pytest.Pytester) -> None:
    """`pytest --markers` explains it."""
    result = start(pytester, "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.trunkline(faults=*"])


def test_loading_the_plugin_imports_next_to_nothing() -> None:
    """pytest loads it at every start, for every project that has trunkline installed."""
    code = (
        "import pytest, sys; before = set(sys.modules); import trunkline.testing.plugin\n"
        "new = {name for name in set(sys.modules) - before}\n"
        "print(sorted(n for n in new if n.partition('.')[0] != 'trunkline' and '.' not in n))\n"
        "print(sorted(n for n in new if n.partition('.')[0] == 'trunkline'))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    foreign, own = (eval(line) for line in out.splitlines())  # noqa: S307 - two lists that we printed
    assert not {"aiohttp", "attrs", "sqlalchemy", "aioresponses", "cattrs", "asyncio"} & set(foreign)
    leaves = {"trunkline.lazy", "trunkline.model"}
    assert set(own) <= leaves | {"trunkline", "trunkline.testing", "trunkline.testing.plugin"}


def test_core_imports_no_test_tool() -> None:
    """Clients in production know nothing of pytest."""
    code = (
        "import sys, trunkline.idi, trunkline.abzorb, trunkline.bulk, trunkline.testing\n"
        "print(sorted({'pytest', 'aioresponses', 'unittest.mock', 'sqlalchemy'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out.strip() == "[]"


def test_fixtures_and_mock_without_their_extra_say_what_to_install_once(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import sys\nsys.modules['sqlalchemy'] = sys.modules['aioresponses'] = None\n")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize(
            "name", ["trunkline_sandbox", "trunkline_env", "trunkline_clock", "idi_client", "abzorb_client"]
        )
        def test_fixture(request, name):
            request.getfixturevalue(name)

        @pytest.mark.parametrize("name", ["mock_api", "LocalSandbox"])
        def test_import(name):
            import trunkline.testing

            with pytest.raises(ImportError, match="Install it with: pip install 'trunkline.testing.'"):
                getattr(trunkline.testing, name)
        """
    )
    result = pytester.runpytest_subprocess("-p", "trunkline.testing.plugin", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=5, passed=2)
    told = "needs sqlalchemy, which is not installed. Install it with: pip install 'trunkline[testing]'"
    assert sum(told in line and not line.startswith("FAILED") for line in result.outlines) == 5
