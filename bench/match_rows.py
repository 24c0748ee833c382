"""Stores very many plausible matches without judging anything; run inside Django.

So the reading of an evaluation can be measured at sizes for which its job would take minutes.
"""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from bench.evaluation_data import CLASSES, SEED, SIDE, cells, empty_dataset
from datasets.analysis.confusion import PARTS, Histogram, cell_codes, steps_of
from datasets.models import DatasetVersion, Evaluation, Match
from datasets.services.evaluation_runs import COLUMNS
from labelops.jobs.models import Job
from labelops.many_rows import insert_rows
from tasks.models import Item, ModelVersion

MATCHES_AN_ITEM = 6
# As the job finds them in bench/evaluation_data.py: pairs, labels that are missed, false ones.
PAIRED, MISSED = 0.66, 0.15
SAME_CLASS = 0.9
Array = np.ndarray[Any, Any]


def measure(match_count: int) -> dict[str, Any]:
    """What it takes to store them, and the first page of each cell."""
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
    }


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
    return evaluation


def _items(evaluation: Evaluation) -> Array:
    project, now = evaluation.project, timezone.now()
    names = ("project", "external_id", "data", "width", "height", "created_at")
    numbers = range(evaluation.item_count)
    insert_rows(Item, names, ((project.pk, str(n), {}, SIDE, SIDE, now) for n in numbers))
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
