"""Measures crowds through the commands of this installation; run by crowds.py with a database."""

import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from bench.crowds import PERCENTS, area_found, crowds_folder, found_in
from bench.made_crowds import SHAPES, Crowd, make_crowd

STEP_PERCENT = 2
REAL = ("bluebirds", "rte")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else None
    for number, crowd in enumerate([*real_crowds(), *map(make_crowd, SHAPES)][:limit]):
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(crowd, f"crowd-{number}", Path(folder))), flush=True)


def real_crowds() -> Iterator[Crowd]:
    """Those that are there."""
    for name in REAL:
        folder = crowds_folder() / name
        if not folder.exists():
            print(f"no crowd in {folder}", file=sys.stderr)
            continue
        labels = [
            (row["item"], row["annotator"], row["label"]) for row in _rows(folder / "labels.csv")
        ]
        truth = {row["item"]: row["truth"] for row in _rows(folder / "truth.csv")}
        yield Crowd(name, sorted({*truth.values()}), labels, truth)


def measure(crowd: Crowd, slug: str, folder: Path) -> dict[str, Any]:
    """What `quality.md` promises of a crowd; queues without their random part."""
    _import(crowd, slug, folder)
    agreement = _run("quality", slug)["agreement"]
    vote, consensus = (_consensus_wrong(crowd, slug, folder, m) for m in ("vote", "auto"))
    queue = _queue(slug, folder, "--method", "vote")
    wrong = {row["item"]: row["label"] != crowd.truth[row["item"]] for row in queue}
    by_risk = [wrong[row["item"]] for row in queue]
    by_agreement = [wrong[item] for item in _least_agreed(crowd, wrong)]
    return {
        "crowd": crowd.name,
        "labels": len(crowd.labels),
        "percent": agreement["percent"]["value"],
        "alpha": agreement["alpha"]["value"],
        "fleiss_kappa": agreement["fleiss_kappa"]["value"],
        "vote_wrong": vote,
        "consensus_wrong": consensus,
        "found_20": found_in(by_risk, 0.2),
        "area": area_found(by_risk),
        "found_20_agreement": found_in(by_agreement, 0.2),
        "area_agreement": area_found(by_agreement),
        **_reviewed(crowd, slug, folder),
    }


def _reviewed(crowd: Crowd, slug: str, folder: Path) -> dict[str, float]:
    """The share of wrong labels that is left when an expert has decided the first of the queue."""
    left = {}
    file = folder / "decided.csv"
    done = 0
    for percent in range(STEP_PERCENT, PERCENTS[-1] + 1, STEP_PERCENT):
        count = round(len(crowd.truth) * percent / 100) - done
        first = _queue(slug, folder)[:count]
        done += count
        _write(file, ("item", "label"), ((row["item"], crowd.truth[row["item"]]) for row in first))
        _run("review", slug, str(file), "--reviewer", "judge")
        if percent in PERCENTS:
            left[f"left_{percent}"] = _consensus_wrong(crowd, slug, folder, "auto")
    return left


def _import(crowd: Crowd, slug: str, folder: Path) -> None:
    options = [{"value": name, "title": name} for name in crowd.classes]
    control = {"name": "label", "type": "choice", "title": "Label", "required": True}
    schema = {"controls": [control | {"multiple": False, "options": options}]}
    (folder / "schema.json").write_text(json.dumps(schema))
    _run("create_project", slug, "--schema", str(folder / "schema.json"), "--name", crowd.name)
    file = folder / "labels.csv"
    _write(file, ("item", "annotator", "label"), crowd.labels)
    _run("import_annotations", slug, str(file), "--create-items")


def _consensus_wrong(crowd: Crowd, slug: str, folder: Path, method: str) -> float:
    output = folder / "consensus.csv"
    _run("consensus", slug, "--method", method, "--output", str(output))
    made = {row["item"]: row["label"] for row in _rows(output)}
    return sum(made.get(item) != true for item, true in crowd.truth.items()) / len(crowd.truth)


def _queue(slug: str, folder: Path, *options: str) -> list[dict[str, str]]:
    output = folder / "queue.csv"
    _run("review_queue", slug, "--no-random", "--output", str(output), *options)
    return list(_rows(output))


def _least_agreed(crowd: Crowd, items: Iterable[str]) -> list[str]:
    """The plain rival: the items by their mean pairwise agreement, the least first."""
    said: dict[str, list[str]] = {}
    for item, _who, label in crowd.labels:
        said.setdefault(item, []).append(label)

    def agreement(item: str) -> float:
        labels = said[item]
        same = sum(labels.count(label) - 1 for label in labels)
        return same / max(1, len(labels) * (len(labels) - 1))

    return sorted(items, key=lambda item: (agreement(item), item))


def _run(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="") as stream:
        yield from csv.DictReader(stream)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
