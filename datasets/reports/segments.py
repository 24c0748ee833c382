"""What the pages of segments show: what one is, how large, and how models do on it."""

from dataclasses import dataclass

import numpy as np
from django.db.models import F

from datasets.models import Evaluation, FailureCase, Scenario, Segment
from datasets.reports.condition_words import sentences_of
from datasets.services.item_sets import ASKED_MOST
from datasets.services.outcomes import outcomes_of
from datasets.services.segments import conditions_of, items_of
from labelops.intervals import Interval, wilson
from labelops.many_rows import Among
from tasks.models import Item, Project

EVALUATIONS_SHOWN = 3
SCENARIOS_SHOWN = 50
CASES_SHOWN = 10


@dataclass(frozen=True)
class SegmentRow:
    segment: Segment
    sentence: str


@dataclass(frozen=True)
class EvaluationRow:
    """How many of the segment's items are in an evaluation, and wrong there."""

    evaluation: Evaluation
    wrong: int
    n: int
    interval: Interval | None
    is_whole: bool

    @property
    def share(self) -> float:
        return self.wrong / self.n if self.n else 0.0


@dataclass(frozen=True)
class SegmentPage:
    sentence: str
    size: int
    # Whether every item of the project was asked.
    is_whole: bool
    looked_at: int
    evaluations: list[EvaluationRow]
    scenarios: list[Scenario]
    cases: list[FailureCase]


def segment_rows(project: Project, segments: list[Segment]) -> list[SegmentRow]:
    sentences = sentences_of(project, [conditions_of(segment) for segment in segments])
    return [SegmentRow(*pair) for pair in zip(segments, sentences, strict=True)]


def segment_page(segment: Segment) -> SegmentPage:
    size, is_whole = size_of(segment)
    finished = Evaluation.objects.filter(project=segment.project, finished_at__isnull=False)
    newest = finished.select_related("dataset_version", "model_version").order_by("-pk")
    return SegmentPage(
        sentence=sentences_of(segment.project, [conditions_of(segment)])[0],
        size=size,
        is_whole=is_whole,
        looked_at=ASKED_MOST,
        evaluations=[_measured(segment, row) for row in newest[:EVALUATIONS_SHOWN]],
        scenarios=list(segment.scenarios.all()[:SCENARIOS_SHOWN]),
        cases=list(segment.cases.all()[:CASES_SHOWN]),
    )


def size_of(segment: Segment) -> tuple[int, bool]:
    """Of a live one among the newest items."""
    if not segment.is_live:
        return segment.item_count or 0, True
    newest = Item.objects.filter(project=segment.project).order_by("-pk")
    places = newest.values_list("pk", flat=True)[ASKED_MOST - 1 : ASKED_MOST + 1]
    edges = list(places)
    rows = items_of(segment)
    if len(edges) < 2:
        return rows.count(), True
    return rows.filter(pk__gte=edges[0]).count(), False


def _measured(segment: Segment, evaluation: Evaluation) -> EvaluationRow:
    """Conditions are asked of the first items that were judged."""
    outcomes = outcomes_of(evaluation)
    rows, is_whole = items_of(segment), True
    if segment.is_live:
        rows = rows.filter(Among(F("pk"), outcomes.item_ids[:ASKED_MOST].tolist()))
        is_whole = len(outcomes.item_ids) <= ASKED_MOST
    ids = np.fromiter(rows.order_by().values_list("pk", flat=True), np.int64)
    n = int(np.isin(ids, outcomes.item_ids).sum())
    wrong = int(np.isin(ids, outcomes.item_ids[outcomes.is_failing]).sum())
    return EvaluationRow(evaluation, wrong, n, wilson(wrong, n), is_whole)
