"""The page's snippets are programs and commands that work as they are."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest

from trunkline import apis
from trunkline.operation import Operation
from trunkline.sandbox.page.examples import EXAMPLES
from trunkline.sandbox.page.snippets import curl, python
from trunkline.testing import LocalSandbox

SHIPPED = {
    f"{api}.{name}": operation
    for api in ("idi", "abzorb")
    for name, operation in apis.get(api).operations.items()
    if name in EXAMPLES and name != "security_token.login"
}


def texts_of(operation: Operation[Any]) -> dict[str, str]:
    values = EXAMPLES[operation.id].values.items()
    return {name: ",".join(map(str, v)) if isinstance(v, list) else str(v) for name, v in values}


@pytest.fixture(scope="module")
def running() -> Iterator[LocalSandbox]:
    with LocalSandbox(rows=300) as sandbox:
        yield sandbox


@pytest.mark.parametrize("name", SHIPPED)
async def test_python_of_every_example_runs(
    name: str, running: LocalSandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against a sandbox whose variables are set, as it prints them."""
    for key, value in running.env.items():
        monkeypatch.setenv(key, value)
    operation, api = SHIPPED[name], name.partition(".")[0]
    example = EXAMPLES[operation.id]
    text = python(api, operation, texts_of(operation), example.body)
    program: dict[str, Any] = {}
    body, _, last = text.rpartition("asyncio.run(main())")
    assert last.strip() == ""
    exec(compile(body, "snippet.py", "exec"), program)  # noqa: S102 - the snippet is what is tested
    if example.after:
        return  # needs what another example leaves behind; that it is a program is all that can be said
    await program["main"]()
    assert capsys.readouterr().out


async def test_curl_works_in_a_shell(running: LocalSandbox) -> None:
    """Its credentials come from the shell's variables, so none is copied along."""
    operation = SHIPPED["abzorb.connections.add_or_remove_bar"]
    text = curl("abzorb", operation, running.abzorb_url + operation.path, EXAMPLES[operation.id].body)
    assert "sandbox-password" not in text
    process = await asyncio.create_subprocess_shell(
        text, env={**os.environ, **running.env}, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert b"error" not in out


def test_curl_quotes_what_a_form_may_hold() -> None:
    """A quote or a dollar in a value starts no command."""
    operation = SHIPPED["idi.device.search"]
    text = curl("idi", operation, "http://127.0.0.1/x?$filter=a eq 'b$(id)'", None)
    assert """'http://127.0.0.1/x?$filter=a eq '"'"'b$(id)'"'"''""" in text
