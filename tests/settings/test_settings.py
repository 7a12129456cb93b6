"""Settings from arguments, environment and file: which one counts, and what a wrong one says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trunkline import abzorb, idi
from trunkline.auth import BasicAuth
from trunkline.config import Limits
from trunkline.errors import ConfigError
from trunkline.extras import need
from trunkline.settings import resolve

FILE = """
[profile.default.abzorb]
user = "from-file"
password_env = "CRM_PASSWORD"

[profile.staging.abzorb]
environment = "staging"
user = "stage"
password_env = "CRM_PASSWORD"
rate = "20/s"
concurrency = 8
timeout = 5
routes = {"connections.get_by_cli" = "GET /connection/byCli"}
headers = {X-Tenant = "acme"}

[profile.staging.idi]
environment = "acme"
user = "stage"
password_env = "IDI_PASSWORD"
"""
SECRETS = {"CRM_PASSWORD": "hunter2", "IDI_PASSWORD": "hunter3"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trunkline.toml"
    path.write_text(FILE)
    return path


def environ(file: Path, **more: str) -> dict[str, str]:
    return {"TRUNKLINE_CONFIG": str(file)} | SECRETS | more


def test_profile_gives_address_limits_and_credentials(file: Path) -> None:
    found = resolve("abzorb", {}, environ=environ(file), profile="staging")
    arguments = found.arguments()
    assert (arguments["user"], arguments["password"].reveal()) == ("stage", "hunter2")
    assert arguments["limits"] == Limits(rate="20/s", concurrency=8)
    assert arguments["timeouts"].attempt == 5
    client = abzorb.Client.from_env(environ(file), profile="staging")
    assert client.base_url.port == 8074
    assert arguments["headers"] == {"X-Tenant": "acme"}


def test_argument_beats_environment_beats_file_and_none_is_not_given(file: Path) -> None:
    """`from_env(base_url=None)` beat the environment: with a sandbox set, it called the production host."""
    variables = environ(file, TRUNKLINE_ABZORB_BASE_URL="http://127.0.0.1:9", TRUNKLINE_ABZORB_USER="env")
    client = abzorb.Client.from_env(variables, profile="staging", base_url=None, user=None)
    assert client.base_url.host == "127.0.0.1"
    found = resolve("abzorb", {"user": "given"}, environ=variables, profile="staging")
    assert found.values["user"].source == "argument"
    assert found.values["base_url"].source == "TRUNKLINE_ABZORB_BASE_URL"
    assert found.values["rate"].source == f"{file} [profile.staging.abzorb]"
    limits = abzorb.Client.from_env(variables, profile="staging", limits=Limits(concurrency=3))._attempts
    assert limits is not None


def test_profile_is_named_by_argument_or_variable_or_is_the_default(file: Path) -> None:
    assert resolve("abzorb", {}, environ=environ(file)).value("user") == "from-file"
    named = resolve("abzorb", {}, environ=environ(file, TRUNKLINE_PROFILE="staging"))
    assert (named.profile, named.value("user")) == ("staging", "stage")
    with pytest.raises(ConfigError, match="no profile 'stagin'; did you mean 'staging'"):
        idi.Client.from_env(environ(file), profile="stagin")


def test_file_of_the_working_folder_comes_before_that_of_the_user(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "config"
    (home / "trunkline").mkdir(parents=True)
    (home / "trunkline" / "trunkline.toml").write_text(FILE.replace("from-file", "from-home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("CRM_PASSWORD", "x")
    monkeypatch.delenv("TRUNKLINE_CONFIG", raising=False)
    monkeypatch.chdir(home)
    assert resolve("abzorb", {}).value("user") == "from-home"
    monkeypatch.chdir(tmp_path)
    assert resolve("abzorb", {}).value("user") == "from-file"
    # an environment of one's own stands alone, so that a test does not depend on the folder it runs in
    assert resolve("abzorb", {}, environ={}).file is None


def test_profile_without_a_file_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match=r"'x' needs a settings file; .*trunkline.toml and"):
        resolve("idi", {}, environ={}, profile="x")
    with pytest.raises(ConfigError, match=r"TRUNKLINE_CONFIG names .*no such file"):
        resolve("idi", {}, environ={"TRUNKLINE_CONFIG": str(tmp_path / "no.toml")})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[profile.a.abzorb]\nconcurency = 5", "there is no setting 'concurency'; did you mean 'concu"),
        ("[profile.a.abzob]\nuser = 'x'", "there is no API 'abzob'; did you mean 'abzorb'"),
        ("[profil.a.abzorb]\nuser = 'x'", "'profil' is not known; .*did you mean 'profile'"),
        ("[profile.a.abzorb]\npassword = 'x'", "a password is not kept in this file; use password_env"),
        ("[profile.a.abzorb]\nconcurrency = 'many'", "concurrency must be a whole number"),
        ("[profile.a.abzorb]\nrate = '20'", "rate must be requests per time such as '20/s'"),
        ("[profile.a.abzorb]\nroutes = 'x'", "routes must be pairs"),
        ("[profile.a.abzorb]\nheaders = {a = 1}", "headers must be a table of texts"),
        ("[profile.a]\nabzorb = 5", "profile.a.abzorb must be a table"),
        ("[profile.a.abzorb]\nservice = 'x'", "there is no setting 'service'"),
        ("[profile.a.abzorb", "is not TOML"),
        ("[profile.a.abzorb]\nuser = 'x'\npassword_env = 'A'\npassword_file = 'b'", "are both set: keep one"),
        ("[profile.a.abzorb]\nuser = 'x'\npassword_env = 'NOT_SET'", "names NOT_SET, which is not set"),
    ],
)  # fmt: skip
def test_wrong_file_is_one_error_that_names_the_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=says) as caught:
        resolve("abzorb", {}, environ={"TRUNKLINE_CONFIG": str(path)}, profile="a")
    assert "\n" not in str(caught.value).strip()


def test_wrong_variable_is_named() -> None:
    with pytest.raises(ConfigError, match="TRUNKLINE_IDI_CONCURRENCY must be a whole number"):
        resolve("idi", {}, environ={"TRUNKLINE_IDI_CONCURRENCY": "x"})


def test_tables_are_pairs_in_the_environment() -> None:
    variables = {
        "TRUNKLINE_IDI_ROUTES": "device.get = GET /api/d/{deviceID}; device.search=GET /api/d",
        "TRUNKLINE_IDI_HEADERS": "X-A: 1",
    }
    found = resolve("idi", {}, environ=variables)
    assert found.value("routes") == {"device.get": "GET /api/d/{deviceID}", "device.search": "GET /api/d"}
    assert found.value("headers") == {"X-A": "1"}


def test_password_file_of_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("hunter2\n")
    path.chmod(0o644)
    variables = {"TRUNKLINE_ABZORB_USER": "u", "TRUNKLINE_ABZORB_PASSWORD_FILE": str(path)}
    with pytest.raises(ConfigError, match="can be read by others: chmod 600"):
        abzorb.Client.from_env(variables)
    path.chmod(0o600)
    assert resolve("abzorb", {}, environ=variables).value("password").reveal() == "hunter2"
    path.write_text("\n")
    with pytest.raises(ConfigError, match="is empty"):
        abzorb.Client.from_env(variables)


def test_password_out_of_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {("crm", "u"): "hunter2"}
    fake = SimpleNamespace(
        get_password=lambda *of: kept.get(of), errors=SimpleNamespace(KeyringError=RuntimeError)
    )
    monkeypatch.setitem(sys.modules, "keyring", fake)  # type: ignore[arg-type]
    variables = {"TRUNKLINE_ABZORB_USER": "u", "TRUNKLINE_ABZORB_PASSWORD_KEYRING": "crm"}
    assert resolve("abzorb", {}, environ=variables).value("password").reveal() == "hunter2"
    with pytest.raises(ConfigError, match="keyring set crm other"):
        resolve("abzorb", {}, environ=variables | {"TRUNKLINE_ABZORB_PASSWORD_KEYRING": "crm/other"})
    monkeypatch.setitem(sys.modules, "keyring", None)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"needs keyring.*pip install 'trunkline\[keyring\]'"):
        resolve("abzorb", {}, environ=variables)


def test_missing_extra_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"Parquet needs pyarrow.*pip install 'trunkline\[parquet\]'"):
        need("pyarrow", "parquet", "writing Parquet")


def test_environment_of_abzorb_is_checked_with_a_base_url_too() -> None:
    with pytest.raises(ConfigError, match="'production' or 'staging', not 'prod'"):
        abzorb.Client.from_env(
            {"TRUNKLINE_ABZORB_BASE_URL": "http://127.0.0.1:9"}, auth=BasicAuth("u", "p"), environment="prod"
        )


def test_no_value_of_a_setting_is_in_a_repr(file: Path) -> None:
    found: Any = resolve("abzorb", {"password": "hunter2"}, environ=environ(file), profile="staging")
    assert "hunter2" not in repr(found)
    assert "acme" not in repr(found)


NETWORK = """
[profile.a.idi]
environment = "acme"
user = "u"
password_env = "CRM_PASSWORD"
proxy = "http://proxy.internal:3128"
proxy_user = "me"
proxy_password_env = "IDI_PASSWORD"
ca_file = "ca.pem"
client_cert = ["cert.pem", "key.pem"]
local_address = "127.0.0.1"
max_header_bytes = 4096
links = "rebase"
"""


def test_network_comes_from_file_and_environment(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(NETWORK)
    found = resolve("idi", {}, environ=environ(path, TRUNKLINE_IDI_TRUST_ENV="no"), profile="a")
    network = found.arguments()["network"]
    assert (network.proxy, network.ca_file, network.client_cert) == (
        "http://proxy.internal:3128", "ca.pem", ("cert.pem", "key.pem"),
    )  # fmt: skip
    assert (network.proxy_auth[0], network.proxy_auth[1].reveal()) == ("me", "hunter3")
    assert (network.local_address, network.max_header_bytes, network.trust_env) == ("127.0.0.1", 4096, False)
    assert found.arguments()["links"] == "rebase"
    other = resolve("idi", {}, environ=environ(path, TRUNKLINE_IDI_PROXY="http://me:pw@other:1"), profile="a")
    assert other.values["proxy"].secret
    assert "hunter3" not in repr(found.arguments())


def test_password_of_the_proxy_is_not_kept_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('[profile.a.idi]\nproxy = "http://me:pw@proxy:3128"\n')
    with pytest.raises(ConfigError, match="not kept in this file; use proxy_user and proxy_password_env"):
        resolve("idi", {}, environ={"TRUNKLINE_CONFIG": str(path)}, profile="a")
    path.write_text('[profile.a.idi]\nlinks = "follow"\n')
    with pytest.raises(ConfigError, match="links must be strict or rebase"):
        resolve("idi", {}, environ={"TRUNKLINE_CONFIG": str(path)}, profile="a")


@pytest.mark.parametrize(
    ("package", "lacks", "extra"),
    [
        ("import trunkline.sandbox", "sqlalchemy", "sandbox"),
        ("from trunkline.distributed import lookup", "distributed", "dask"),
    ],
)
def test_package_without_its_extra_names_the_command(package: str, lacks: str, extra: str) -> None:
    """It was a bare "No module named 'sqlalchemy'"."""
    script = f"import sys; sys.modules[{lacks!r}] = None; {package}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (
        f"needs {lacks}, which is not installed. Install it with: pip install 'trunkline[{extra}]'"
        in done.stderr
    )


def test_shared_rate_and_lookups_need_no_dask() -> None:
    """`trunkline lookup` ended in a traceback where the extra was not installed."""
    script = "import sys; sys.modules['distributed'] = sys.modules['dask'] = None; "
    script += "from trunkline.distributed.shared_rate import SharedRate; import trunkline.cli._run"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
