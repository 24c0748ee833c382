"""Reads a project's labels beside a model's predictions, and has the detectors judge them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from math import ceil
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from labelops.json_member import Member
from reviews.detectors.findings import BUDGET_MOST, BUDGET_SHARE, Finding
from reviews.detectors.pictures import Beat
from reviews.detectors.tables import Control, Said, Table, tables_of
from reviews.models import Consensus, LabelIssue
from tasks.kinds.answer import is_undecidable
from tasks.models import ModelVersion, Prediction, Project, Task

CHUNK = 2_000
LABELED = (Task.State.ACCEPTED, Task.State.IN_REVIEW, Task.State.IN_ADJUDICATION)
TEST_SPLIT = "test"
FIELDS = (
    *("pk", "item", "state", "result_answer", "result_revision"),
    *("consensus__answer", "consensus__standing"),
    *("split", "item__width", "item__height"),
)
Row = dict[str, Any]


class Kept(NamedTuple):
    """What is still needed of a label once it was looked at: no answers stay in memory."""

    task_id: int
    revision: int
    is_test: bool
    is_open: bool


@dataclass(frozen=True)
class Suspect:
    """A label that a detector holds for wrong, and its place in the order of that detector."""

    task_id: int
    revision: int
    detector: LabelIssue.Detector
    rank: int
    finding: Finding


@dataclass(frozen=True)
class Scan:
    """How many labels the model knew of, and those that are suspicious, first ones first."""

    labels: int
    suspects: list[Suspect]


def newest_version(project: Project) -> ModelVersion | None:
    """The version whose word counts: the newest that is not stopped and predicts anything."""
    says = Prediction.objects.filter(model_version=OuterRef("pk"))
    running = ModelVersion.objects.filter(Exists(says), project=project, stopped_at=None)
    return running.select_related("project").order_by("-pk").first()


def labels_of(project: Project) -> QuerySet[Task]:
    """Tasks with a label that the product stands for by now, or that waits for an expert."""
    return Task.objects.filter(
        batch__project=project, state__in=LABELED, consensus__isnull=False, set_aside__isnull=True
    )


def scan(version: ModelVersion, schema: dict[str, Any], *, tick: Callable[[int], None]) -> Scan:
    """Hold every label against the version's prediction; `tick` is told of each chunk read.

    Labels that taught the version say nothing, unless it is one trained here: what that one says
    of its own items was learned from the others alone. Newest labels first: where there are more
    than the tables hold, it is the old ones that are left out.
    """
    tables = tables_of(schema)
    rows: list[Kept] = []
    for chunk in _chunks(version.project):
        said = _said(version, chunk)
        for row in chunk:
            if row["item"] in said and not is_undecidable(row["answer"]):
                _add(tables, len(rows), row, said[row["item"]])
                rows.append(_kept(row))
        tick(len(chunk))

    def beat() -> None:
        tick(0)

    return Scan(len(rows), _ranked(tables, rows, beat))


def _chunks(project: Project) -> Iterator[list[Row]]:
    labels = labels_of(project).annotate(split=Member("item__data", "split")).order_by("-pk")
    before = None
    while True:
        rows = labels if before is None else labels.filter(pk__lt=before)
        chunk = list(rows.values(*FIELDS)[:CHUNK])
        for row in chunk:
            is_stored = row["state"] == Task.State.ACCEPTED
            row["answer"] = row["result_answer"] if is_stored else row["consensus__answer"]
        if chunk:
            yield chunk
        if len(chunk) < CHUNK:
            return
        before = chunk[-1]["pk"]


def _said(version: ModelVersion, chunk: list[Row]) -> dict[int, Prediction]:
    found = Prediction.objects.filter(
        model_version=version, item__in={row["item"] for row in chunk}
    )
    if version.origin != ModelVersion.Origin.BUILT_IN:
        found = found.filter(is_trained_on=False)
    return {prediction.item_id: prediction for prediction in found}


def _add(tables: list[tuple[Control, Table]], place: int, row: Row, prediction: Prediction) -> None:
    if is_undecidable(prediction.answer):
        return
    size = (row["item__width"], row["item__height"]) if row["item__width"] else None
    for control, table in tables:
        name, scores = control["name"], prediction.scores or {}
        said = Said(prediction.answer.get(name), prediction.score, scores, size)
        table.add(place, row["answer"].get(name), said)


def _kept(row: Row) -> Kept:
    is_open = row["consensus__standing"] == Consensus.Standing.UNDECIDED
    return Kept(row["pk"], row["result_revision"], row["split"] == TEST_SPLIT, is_open)


def _ranked(tables: list[tuple[Control, Table]], rows: list[Kept], beat: Beat) -> list[Suspect]:
    """The suspects of all detectors, taken in turn, until the budget is spent.

    Labels that experts decided are what models are measured by, and no issue. Those of the test
    split come first: a wrong one there makes every measurement wrong.
    """
    worst: dict[tuple[str, int], Finding] = {}
    for _control, table in tables:
        for detector, finding in table.findings(beat):
            key = (detector, finding.place)
            if rows[finding.place].is_open and (
                key not in worst or finding.score < worst[key].score
            ):
                worst[key] = finding
    orders: dict[str, list[Finding]] = {}
    for (detector, _place), finding in worst.items():
        orders.setdefault(detector, []).append(finding)
    ranked = [
        [
            _suspect(detector, rank, finding, rows[finding.place])
            for rank, finding in enumerate(_in_order(orders[detector], rows), start=1)
        ]
        for detector in sorted(orders)
    ]
    budget = min(ceil(BUDGET_SHARE * len(rows)), BUDGET_MOST)
    in_turn = [found for turn in zip_longest(*ranked) for found in turn if found]
    return in_turn[:budget]


def _in_order(findings: list[Finding], rows: list[Kept]) -> list[Finding]:
    def order(finding: Finding) -> tuple[bool, float, int]:
        row = rows[finding.place]
        return not row.is_test, finding.score, row.task_id

    return sorted(findings, key=order)


def _suspect(detector: str, rank: int, finding: Finding, row: Kept) -> Suspect:
    named = LabelIssue.Detector(detector)
    return Suspect(row.task_id, row.revision, named, rank, finding)
