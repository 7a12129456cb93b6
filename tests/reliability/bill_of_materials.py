"""The wheel's bill of materials: `python -m tests.reliability.bill_of_materials DIR`.

Writes `trunkline.cdx.json` (CycloneDX: every distribution that the wheel brings with all its extras, with
version, licence and the hashes of constraints.lock) and `licences.txt` (one line for each) into a folder.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parents[2]
ACCEPTED = (
    "MIT", "BSD", "Apache", "ISC", "PSF", "Python Software Foundation", "MPL", "Mozilla Public", "Unlicense",
    "0BSD", "Zlib", "HPND", "public domain",
)  # fmt: skip
"""Licences that ask for no more than a notice; MPL binds its own files alone."""
BINDING = re.compile(r"\b[AL]?GPL|Affero|General Public|SSPL|Commons Clause|Business Source", re.IGNORECASE)
_ONLY = re.compile(r"[ ]*(?:\bOR\b|/|;)[ ]*")


@frozen
class Part:
    """One distribution: its name, its version, its licence in the words of its metadata."""

    name: str
    version: str
    licence: str


def parts_of(versions: Mapping[str, str]) -> list[Part]:
    """The distributions of these names as installed here, by name."""
    return [Part(name, version, licence_of(name)) for name, version in sorted(versions.items()) if version]


def licence_of(name: str) -> str:
    """The licence of an installed distribution: its expression, its classifiers, or its first line on it."""
    try:
        metadata = distribution(name).metadata
    except PackageNotFoundError:
        return ""
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    classifiers = [
        text.rpartition("::")[2].strip()
        for text in metadata.get_all("Classifier", [])
        if text.startswith("License ::") and not text.endswith("OSI Approved")
    ]
    written = str(metadata.get("License") or "").strip().split("\n")[0][:80]
    return " OR ".join(classifiers) or written


def is_accepted(licence: str) -> bool:
    """Whether one of the alternatives is on the list and binds nothing else."""
    return any(
        not BINDING.search(each) and any(known.lower() in each.lower() for known in ACCEPTED)
        for each in _ONLY.split(licence)
    )


def bill(parts: Iterable[Part], locked: Mapping[str, Iterable[str]], version: str) -> str:
    """CycloneDX 1.6 as JSON text. locked: SHA-256 hashes by name."""
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.license import DisjunctiveLicense
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    bom = Bom()
    root = Component(name="trunkline", version=version, type=ComponentType.LIBRARY)
    bom.metadata.component = root
    for part in parts:
        component = Component(
            name=part.name,
            version=part.version,
            type=ComponentType.LIBRARY,
            purl=PackageURL("pypi", name=part.name, version=part.version),
            licenses=[DisjunctiveLicense(name=part.licence)] if part.licence else None,
        )
        for text in locked.get(part.name, ()):
            # Of one file of several: as hashes of the component they would all claim to be its content.
            component.properties.add(Property(name="pypi:file:sha256", value=text))
        bom.components.add(component)
        bom.register_dependency(root, [component])
    return JsonV1Dot6(bom).output_as_string(indent=2)


def main(folder: Path) -> int:
    """Write both files and name them."""
    from tests.reliability.dependency_audit import HASH, closure, pins, shipped
    from trunkline import __version__

    parts = parts_of(closure(shipped()))
    locked: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "constraints.lock").read_text("utf-8")):
        for name in pins(block.replace(" \\", "")):
            locked[name] = [found.rpartition(":")[2] for found in HASH.findall(block)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trunkline.cdx.json").write_text(bill(parts, locked, __version__) + "\n", "utf-8")
    lines = (f"{part.name} {part.version}: {part.licence or '(none said)'}\n" for part in parts)
    (folder / "licences.txt").write_text("".join(lines), "utf-8")
    print(f"{len(parts)} distributions: {folder / 'trunkline.cdx.json'}, {folder / 'licences.txt'}")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist")))
