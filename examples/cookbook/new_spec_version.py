"""What a new version of a spec breaks for callers, before you move to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OLD = """
openapi: 3.0.3
info: {title: Parcels, version: "1"}
paths:
  /parcels/{number}:
    get:
      operationId: getParcel
      parameters: [{name: number, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: found
          content:
            application/json: {schema: {type: object, properties: {weight: {type: number}}}}
"""
NEW = OLD.replace('version: "1"', 'version: "2"').replace("weight: {type: number}", "grams: {type: integer}")


def main() -> None:
    for name, text in (("old.yaml", OLD), ("new.yaml", NEW)):
        Path(name).write_text(text)
    command = [sys.executable, "-m", "codegen", "diff", "old.yaml", "new.yaml"]
    done = subprocess.run(command, capture_output=True, text=True)
    print(done.stdout or done.stderr)  # the status says whether something breaks, which is what we asked


if __name__ == "__main__":
    main()
