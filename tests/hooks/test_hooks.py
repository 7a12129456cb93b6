"""What all ready-made hooks have in common."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

import trunkline.hooks
from tests.runtime_doubles import GET, SEARCH, FakeTransport, client_of, responds
from trunkline import bulk
from trunkline.errors import NotFoundError
from trunkline.hooks import OpenTelemetryHook, PrometheusHook, logging_hook, prometheus


def counter() -> tuple[PrometheusHook, CollectorRegistry]:
    registry = CollectorRegistry()
    return PrometheusHook(registry=registry), registry


def scraped(registry: CollectorRegistry) -> str:
    return generate_latest(registry).decode()


def test_nothing_optional_is_imported_before_use():
    code = (
        "import sys, trunkline.idi, trunkline.abzorb, trunkline.hooks\n"
        "trunkline.idi.Client\n"
        "print([name for name in ('opentelemetry', 'trunkline.hooks.otel', 'trunkline.hooks.prometheus')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_missing_extra_says_what_to_install():
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "try:\n    from trunkline.hooks import OpenTelemetryHook\n    OpenTelemetryHook()\n"
        "except Exception as error:\n    print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ConfigError" in done.stdout
    assert "trunkline[otel]" in done.stdout


def test_unknown_hook_is_an_attribute_error():
    with pytest.raises(AttributeError):
        trunkline.hooks.StatsdHook  # noqa: B018


async def test_hooks_that_raise_break_neither_lookups_nor_walks_nor_other_hooks(caplog):
    def broken(event):
        raise RuntimeError("7700900123")

    class Dying(PrometheusHook):
        def __call__(self, event):
            raise ValueError("7700900123")

    counting, registry = counter()
    hooks = [broken, Dying(registry=CollectorRegistry()), counting]
    async with client_of(FakeTransport(responds()), hooks=hooks) as client:
        outcomes = [
            outcome async for outcome in bulk.lookup(lambda key: client.call(GET, path=(key,)), range(20))
        ]
        assert all(outcome.ok for outcome in outcomes)
        assert len(await client.paginate(SEARCH).all()) == 1
    assert 'trunkline_calls_total{error="",operation="api.device.get"} 20.0' in scraped(registry)
    assert len(caplog.records) == 2
    assert "7700900123" not in caplog.text


async def test_bulk_run_tells_of_every_key_but_not_the_key(caplog):
    caplog.set_level(logging.DEBUG)
    counting, registry = counter()

    def broken(event):
        raise RuntimeError

    transport = FakeTransport(
        lambda request, headers: responds(404 if request.url.path.endswith("7") else 200)
    )
    async with client_of(transport) as client:
        keys = range(7700900100, 7700900120)
        hooks = [broken, counting, logging_hook()]
        run = bulk.lookup(lambda key: client.call(GET, path=(key,)), keys, hooks=hooks)
        assert len([outcome async for outcome in run]) == 20
    text = scraped(registry)
    assert 'trunkline_keys_total{error=""} 18.0' in text
    assert 'trunkline_keys_total{error="NotFoundError"} 2.0' in text
    assert "77009" not in text + caplog.text


async def test_log_lines_are_structured_and_hold_no_number(caplog):
    caplog.set_level(logging.DEBUG)
    transport = FakeTransport(responds(429, {"error": "7700900123"}), responds(404, {"error": "7700900123"}))
    async with client_of(transport, hooks=[logging_hook(level=logging.INFO)]) as client:
        with pytest.raises(NotFoundError):
            await client.call(GET, path=(7700900123,))
    texts = [record.getMessage() for record in caplog.records if record.name == "trunkline"]
    kinds = [text.split()[0] for text in texts]
    assert kinds.count("attempt") == 2
    assert {"retry", "breaker", "wait"} <= set(kinds)
    assert kinds[-1] == "outcome"
    assert "7700900123" not in "".join(
        f"{record.getMessage()} {record.__dict__}" for record in caplog.records
    )
    outcome = caplog.records[-1]
    assert outcome.levelno == logging.WARNING
    assert outcome.trunkline["error"] == "NotFoundError"  # type: ignore[attr-defined]


async def test_one_hook_serves_several_clients():
    hook, registry = counter()
    for _ in range(3):
        async with client_of(
            FakeTransport(responds()), hooks=[hook, OpenTelemetryHook(metrics=False)]
        ) as client:
            await client.call(GET, path=(1,))
    assert 'trunkline_calls_total{error="",operation="api.device.get"} 3.0' in scraped(registry)


def test_document_names_the_metrics_that_there_are():
    text = (Path(__file__).parents[2] / "docs" / "observability.md").read_text("utf-8")
    named = set(re.findall(r"`(trunkline_\w+)`", text))
    counted = {f"trunkline_{name}_total" for name in prometheus._COUNTERS}
    assert named == counted | {f"trunkline_{name}" for name in prometheus._HISTOGRAMS}
    otel = (Path(trunkline.hooks.__file__).parent / "otel.py").read_text("utf-8")
    made = set(re.findall(r'"((?:trunkline\.client|http\.client)\.[\w.]+)"', otel))
    assert made == set(re.findall(r"`((?:trunkline\.client|http\.client)\.[\w.]+)`", text))
