"""Stores very many plausible matches without judging anything; run inside Django.

So the reading of an evaluation can be measured at sizes for which its job would take minutes.
"""

import time
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from bench.evaluation_data import (
    CLASSES,
    PAGE,
    SEED,
    SIDE,
    cells,
    empty_dataset,
    processor_seconds,
)
from datasets.analysis.average_precision import Judged
from datasets.analysis.confusion import PARTS, Histogram, cell_codes, steps_of
from datasets.analysis.judged_parts import Bars, Part, packed
from datasets.models import Comparison, DatasetVersion, Evaluation, EvaluationPart, Match
from datasets.reports.comparisons import comparison_page
from datasets.services import segments
from datasets.services.comparisons import comparison_of
from datasets.services.evaluation_runs import CHUNK, COLUMNS
from datasets.services.evaluations import bars_of, keep_bars
from datasets.services.item_set_kinds import read_item_set
from datasets.services.outcomes import outcomes_of, packed_outcomes
from datasets.services.sets.segments import set_of
from labelops.jobs.models import Job
from labelops.many_rows import insert_rows
from tasks.models import Item, ModelVersion

MATCHES_AN_ITEM = 6
# As the job finds them in bench/evaluation_data.py: pairs, labels that are missed, false ones.
PAIRED, MISSED = 0.66, 0.15
SAME_CLASS = 0.9
# The code of a class of which hardly anything differs between two models.
RARE, RARE_STEP = 1, 10_007
DATA = {"text": "four words of text", "light": "day", "camera": "front left", "speed": 12.5}
CONDITIONS = {
    "a text": {"field": "data.light", "operator": "is", "values": ["night"]},
    "a number": {"field": "data.speed", "operator": "below", "values": [3]},
    "the size": {"field": "width", "operator": "below", "values": [3]},
}
Array = np.ndarray[Any, Any]


def measure(match_count: int) -> dict[str, Any]:
    """The first page of each cell; what became of each item, read and made anew.

    All but what it takes to store the matches is told in milliseconds of processors.
    """
    began = time.perf_counter()
    dataset, models = empty_dataset()
    evaluation = _made(dataset, models[0], match_count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    stored = time.perf_counter() - began
    return {
        "seed": SEED,
        "database": connection.vendor,
        "matches": match_count,
        "bars": len(Histogram.unpacked(bytes(evaluation.histogram)).rows),
        "stored_s": round(stored, 1),
        "cells_ms": cells(evaluation),
        "asked_ms": {name: _asked(evaluation, name) for name in CONDITIONS},
        "outcomes_ms": _processor_ms(lambda: outcomes_of(evaluation)),
        "kept_bars_ms": _processor_ms(
            lambda: keep_bars(evaluation, Bars(50, 15), by=dataset.created_by)
        ),
        "compared": _compared(evaluation, models[1], match_count),
    }


def _compared(evaluation: Evaluation, model: ModelVersion, match_count: int) -> dict[str, Any]:
    """Each look until all is counted, the page from then on, and 60 items of a rare change."""
    other = _other(evaluation, model, match_count)
    looks: list[float] = []
    while not Comparison.objects.filter(counted_parts=F("part_count")).exists():
        looks.append(_processor_ms(lambda: comparison_of(evaluation, other)))
    comparison_page(evaluation, other)
    given = {"set": "compared", "before": str(evaluation.pk), "after": str(other.pk)}
    given |= {"change": "broken", "label": CLASSES[RARE - 1]}
    return {
        "looks_ms": looks,
        "row_bytes": len(comparison_of(evaluation, other).packed),
        "page_ms": _processor_ms(lambda: comparison_page(evaluation, other)),
        "rare": read_item_set(evaluation.project, given).count(),
        "rare_ms": _processor_ms(lambda: read_item_set(evaluation.project, given).page("", PAGE)),
    }


def _asked(evaluation: Evaluation, name: str) -> float:
    """A page of a live segment that nothing fits, so that as many are asked as a page may ask."""
    project, conditions = evaluation.project, [CONDITIONS[name]]
    segment = segments.create_live(project, name, conditions, by=project.created_by)
    found = set_of(segment)
    return _processor_ms(lambda: found.page("", PAGE))


def _processor_ms(work: Callable[[], Any]) -> float:
    idle = processor_seconds()
    work()
    return round(1_000 * (processor_seconds() - idle), 1)


@transaction.atomic
def _made(dataset: DatasetVersion, model: ModelVersion, match_count: int) -> Evaluation:
    evaluation = Evaluation.objects.create(
        project=dataset.project,
        dataset_version=dataset,
        model_version=model,
        job=Job.objects.create(kind="evaluate", state=Job.State.DONE),
        control="boxes",
        kind=Evaluation.Kind.OBJECTS,
        classes=CLASSES,
        item_count=match_count // MATCHES_AN_ITEM,
        created_by=dataset.created_by,
        finished_at=timezone.now(),
    )
    items = _items(evaluation)
    truth, predicted, scores, overlaps = _columns(match_count)
    known = items[np.arange(match_count) * len(items) // match_count]
    codes = cell_codes(truth, predicted, *steps_of(scores, overlaps))
    rows = zip(
        *(column.tolist() for column in (known, truth, predicted, scores, overlaps, codes)),
        strict=True,
    )
    insert_rows(Match, COLUMNS, _rows(evaluation, rows))
    evaluation.histogram = Histogram.empty().plus(truth, predicted, scores, overlaps).packed()
    evaluation.save()
    _store_parts(evaluation, items, (known, truth, predicted, scores, overlaps))
    return evaluation


def _other(evaluation: Evaluation, model: ModelVersion, match_count: int) -> Evaluation:
    """What another model says of the same labels: without matches, which nobody compares by."""
    items = np.array(evaluation.project.items.order_by("pk").values_list("pk", flat=True))
    truth, predicted, scores, overlaps = _columns(match_count)
    known = items[np.arange(len(truth)) * len(items) // len(truth)]
    said = np.roll(predicted, 1)
    # Of one class it says the same, but for a label in many thousand.
    is_same = (truth == 0) | ((truth == RARE) & (np.arange(len(truth)) % RARE_STEP > 0))
    other = copy(evaluation)
    other.pk, other.model_version = None, model
    other.job = Job.objects.create(kind="evaluate", state=Job.State.DONE)
    other.save()
    said = np.where(is_same, predicted, said)
    _store_parts(other, items, (known, truth, said, scores, overlaps))
    return other


def _store_parts(evaluation: Evaluation, items: Array, columns: tuple[Array, ...]) -> None:
    """As many items a part as the job takes."""
    none = np.zeros((0, 1), np.int64)
    judged = Judged(none[:, 0], none[:, 0], none, none, none)
    firsts = range(0, len(items), CHUNK)
    for number, first in enumerate(firsts, start=1):
        own = items[first : first + CHUNK]
        ends = np.searchsorted(columns[0], [own[0], own[-1] + 1])
        known, truth, predicted, scores, overlaps = (of[slice(*ends)] for of in columns)
        is_label = truth > 0
        earlier = np.cumsum(is_label) - is_label
        # Counted from the first match of each item.
        counted = earlier - earlier[np.searchsorted(known, known)]
        places = np.where(is_label, counted, -1).astype(np.int16)
        kinds = (np.int16, np.int16, np.uint16, np.uint16)
        others = zip((truth, predicted, scores, overlaps), kinds, strict=True)
        part = Part(own, known, places, *(column.astype(kind) for column, kind in others))
        EvaluationPart.objects.create(
            evaluation=evaluation,
            number=number,
            packed=packed(part, judged),
            **packed_outcomes(part, bars_of(evaluation)),
        )


def _items(evaluation: Evaluation) -> Array:
    project, now = evaluation.project, timezone.now()
    names = ("project", "external_id", "data", "width", "height", "created_at")
    numbers = range(evaluation.item_count)
    insert_rows(Item, names, ((project.pk, str(n), DATA, SIDE, SIDE, now) for n in numbers))
    return np.array(project.items.order_by("pk").values_list("pk", flat=True))


def _columns(count: int) -> tuple[Array, Array, Array, Array]:
    """Truth, predicted, score and overlap; the last two in ten thousandths."""
    dice = np.random.default_rng(SEED)
    fate = dice.random(count)
    truth = dice.integers(1, len(CLASSES) + 1, count)
    other = dice.integers(1, len(CLASSES) + 1, count)
    predicted = np.where(dice.random(count) < SAME_CLASS, truth, other)
    is_pair, is_missed = fate < PAIRED, (fate >= PAIRED) & (fate < PAIRED + MISSED)
    scores = (np.sqrt(dice.random(count)) * PARTS).astype(np.int64)
    overlaps = ((0.1 + 0.9 * np.sqrt(dice.random(count))) * PARTS).astype(np.int64)
    return (
        np.where(is_pair | is_missed, truth, 0),
        np.where(is_missed, 0, predicted),
        np.where(is_missed, 0, scores),
        np.where(is_pair, overlaps, 0),
    )


def _rows(evaluation: Evaluation, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for number, (item, truth, predicted, score, overlap, code) in enumerate(rows):
        yield (
            *(evaluation.pk, item, truth, predicted),
            score / PARTS if predicted else None,
            overlap / PARTS if truth and predicted else None,
            code,
            f"o{number}" if truth else "",
            f"p{number}" if predicted else "",
        )
