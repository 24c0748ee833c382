"""What clients were told, on the disk before they go on: the truth that the database must match."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any


class Ledger:
    """Appends one line a fact. A line is on the disk when `note` returns."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, kind: str, **facts: Any) -> None:
        # One write a line, so that the lines of several processes never mix.
        os.write(self.descriptor, (json.dumps({"kind": kind, **facts}) + "\n").encode())
        os.fsync(self.descriptor)


def read(path: Path, kind: str) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    notes = [json.loads(line) for line in path.read_text().splitlines()]
    return [note for note in notes if note["kind"] == kind]


def count(path: Path, kind: str) -> int:
    if not path.exists():
        return 0
    mark = json.dumps({"kind": kind})[:-1].encode()
    with path.open("rb") as lines:
        return sum(line.startswith(mark) for line in lines)


def digest(answer: dict[str, Any]) -> str:
    canonical = json.dumps(answer, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
