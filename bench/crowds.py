"""The quality engine on crowds of known truth, through the commands that anybody can run.

`python -m bench.crowds` measures on the embedded SQLite and on PostgreSQL and prints Markdown;
`--database sqlite` or `--crowds 3` measure less. Real crowds are read from the folder that
LABELOPS_CROWDS names, each a folder with labels.csv and truth.csv.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.fresh_databases import ROOT, fresh_database
from tests.servers import Postgres

PERCENTS = (10, 20, 30)
COLUMNS = (
    ("crowd", "crowd"),
    ("labels", "labels"),
    ("alpha", "alpha"),
    ("vote_wrong", "vote wrong"),
    ("consensus_wrong", "consensus wrong"),
    ("found_20", "found in 20 %"),
    ("area", "area"),
    ("found_20_agreement", "agreement first: found"),
    ("area_agreement", "area"),
    *((f"left_{percent}", f"left after {percent} %") for percent in PERCENTS),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--crowds", type=int, help="only so many")
    chosen = parser.parse_args()
    for database in chosen.database or ("sqlite", "postgresql"):
        rows = list(_measured(database, chosen.crowds))
        print(f"\n{database}\n\n{table(rows)}\n", flush=True)


def _measured(database: str, limit: int | None) -> Iterator[dict[str, Any]]:
    """Each crowd in a process of its own on one fresh database."""
    folder = tempfile.mkdtemp(prefix="labelops-crowds-")
    postgres = Postgres() if database == "postgresql" else None
    environment = os.environ | {"LABELOPS_DATA_DIR": folder, "DATABASE_URL": ""}
    try:
        if postgres:
            os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
            environment["DATABASE_URL"] = fresh_database(Path(folder))
        arguments = [] if limit is None else [str(limit)]
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.one_crowd", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in process.stdout or ():
            if line.startswith("{"):
                print(line, end="", file=sys.stderr, flush=True)
                yield json.loads(line)
        if process.wait():
            raise SystemExit(f"bench.one_crowd ended with {process.returncode}")
    finally:
        if postgres:
            postgres.stop()
            del os.environ["LABELOPS_TEST_POSTGRES"]
        shutil.rmtree(folder, ignore_errors=True)


def area_found(wrong: list[bool]) -> float | None:
    """The area under the share of mistakes found over the share of the queue gone through.

    1 is out of reach where there are mistakes: finding them first of all gives 1 - rate / 2.
    """
    total = sum(wrong)
    if not total:
        return None
    found = np.concatenate([[0], np.cumsum(wrong)]) / total
    return float(np.trapezoid(found, dx=1 / len(wrong)))


def found_in(wrong: list[bool], share: float) -> float | None:
    """The share of all mistakes that lies in the first part of the queue."""
    total = sum(wrong)
    return sum(wrong[: round(share * len(wrong))]) / total if total else None


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown, with a row of means."""
    means: dict[str, Any] = {"crowd": "mean"}
    for name, _title in COLUMNS[2:]:
        values = [row[name] for row in rows if row[name] is not None]
        means[name] = sum(values) / len(values) if values else None
    lines = [
        "| " + " | ".join(title for _name, title in COLUMNS) + " |",
        "|" + "---|" * len(COLUMNS),
        *("| " + " | ".join(_cell(row.get(name)) for name, _ in COLUMNS) + " |" for row in rows),
        "| " + " | ".join(_cell(means.get(name)) for name, _ in COLUMNS) + " |",
    ]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def crowds_folder() -> Path:
    return Path(os.environ.get("LABELOPS_CROWDS") or ROOT.parent / "shared" / "data")


if __name__ == "__main__":
    main()
