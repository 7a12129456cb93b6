"""Memory does not grow with the number of keys."""

from __future__ import annotations

import subprocess
import sys
import textwrap

from trunkline.bulk._key_set import KeySet, decode_key, encode_key

_SCRIPT = textwrap.dedent("""
    import asyncio, resource, sys
    from trunkline import bulk
    async def call(key):
        return key
    async def run():
        count = 0
        async for _ in bulk.lookup(call, (f"0770{n:08d}" for n in range(int(sys.argv[1])))):
            count += 1
        sys.stdout.write(f"{count} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}")
    asyncio.run(run())
""")


def peak(keys: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(keys)], capture_output=True, text=True, check=True, timeout=300
    )
    count, kilobytes = done.stdout.split()
    assert int(count) == keys
    return int(kilobytes)


def test_two_hundred_thousand_keys_need_little_more_than_ten_thousand() -> None:
    """The million is measured by the benchmark; what grows shows here already."""
    assert peak(200_000) - peak(10_000) < 20_000


def test_seen_is_exact_beyond_its_memory() -> None:
    seen = KeySet(in_memory=10)
    keys: list[object] = [*range(50), *map(str, range(50)), (1, "a"), ("1", "a"), 2.5, None, "é"]
    assert all(seen.add(key) for key in keys)
    assert not any(seen.add(key) for key in keys)
    assert not seen.add(True)  # equals 1
    assert seen.add(frozenset({1}))
    assert not seen.add(frozenset({1}))
    seen.close()


def test_key_texts_come_back() -> None:
    for key in ["07700900123", "", "\ud800", 0, -7, 10**30, 2.5, None, ("a", 1, ("b",))]:
        text = encode_key(key)
        assert text is not None
        assert decode_key(text) == key
