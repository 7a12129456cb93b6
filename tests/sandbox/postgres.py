"""A private PostgreSQL server for the tests, without root's rights and without a port."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

_OPTIONS = (
    "-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off",
    "-c", "full_page_writes=off", "-c", "max_connections=40",
)  # fmt: skip


def binaries() -> Path | None:
    """The folder with initdb and postgres."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def _somebody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so as root somebody else is chosen."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start one and give its SQLAlchemy URL, or skip and say why."""
    folder = binaries()
    if folder is None:
        pytest.skip("PostgreSQL is not installed: no initdb on the path or in /usr/lib/postgresql")
    pytest.importorskip("psycopg", reason="psycopg is not installed: make test sets it up")
    # Not below pytest's own folder, which nobody but its owner may enter.
    place = Path(tempfile.mkdtemp(prefix="trunkline-pg-"))
    somebody = _somebody()
    if somebody:
        os.chown(place, somebody["user"], somebody["group"])
    options: dict[str, Any] = {**somebody, "cwd": place, "env": {"LC_ALL": "C", "PATH": os.environ["PATH"]}}
    data, log = place / "data", place / "log"
    subprocess.run(
        [folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"],
        check=True, capture_output=True, **options,
    )  # fmt: skip
    with log.open("wb") as sink:
        running = subprocess.Popen(
            [folder / "postgres", "-D", data, "-k", place, *_OPTIONS], stdout=sink, stderr=sink, **options
        )
    try:
        deadline = time.monotonic() + 30
        while b"ready to accept connections" not in log.read_bytes():
            if running.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        yield f"postgresql+psycopg://postgres@/postgres?host={place}"
    finally:
        running.terminate()
        running.wait(30)
        shutil.rmtree(place, ignore_errors=True)


def worded(url: str) -> str:
    """A database of its own on the server that sorts as English does: "a" before "A", and signs ignored."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS worded")
        connection.exec_driver_sql(
            "CREATE DATABASE worded TEMPLATE template0 LOCALE 'C' "
            "LOCALE_PROVIDER icu ICU_LOCALE 'en-u-ka-shifted'"
        )
    engine.dispose()
    return url.replace("/postgres?", "/worded?")
