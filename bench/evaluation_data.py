"""Makes labels and predictions of boxes, evaluates them, and times it; run inside Django."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from bench.rows import make_batch, make_people, make_project
from datasets.analysis.average_precision import mean_precision
from datasets.analysis.confusion import Histogram
from datasets.analysis.judged_parts import Bars
from datasets.models import DatasetEntry, DatasetVersion, Evaluation
from datasets.reports.evaluations import evaluation_figures, precisions
from datasets.services import evaluation_runs, evaluations
from datasets.services.comparisons import comparison_of
from datasets.services.evaluations import EvaluationWish
from datasets.services.item_set_kinds import read_item_set
from labelops.accounts.models import Role
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from labelops.many_rows import insert_rows
from tasks.models import Item, ModelVersion, Prediction, Task
from tasks.services.predictions import get_model_version

SEED = 20261128
CLASSES = [f"class{number}" for number in range(10)]
SIDE = 1_000
PAGE = 60
# Thresholds at which pairs stand, and at which many fall apart.
THRESHOLDS = (("0", "0.5"), ("0.5", "0.75"), ("0.9", "0.9"))
Box = dict[str, Any]


def measure(item_count: int) -> dict[str, Any]:
    """About five labels and five predictions a picture."""
    dice = random.Random(SEED)
    version, models = made(item_count, dice)
    by = version.project.created_by
    runs = []
    for model in models:
        evaluation = evaluations.start(version.project, EvaluationWish(version, model), by=by)
        began, worked = time.perf_counter(), time.process_time()
        run_job(evaluation.job_id, evaluation_runs.run)
        seconds = time.perf_counter() - began, time.process_time() - worked
        runs.append((Evaluation.objects.get(pk=evaluation.pk), *seconds))
    evaluation, seconds, worked = runs[0]
    matches = int(Histogram.unpacked(bytes(evaluation.histogram)).rows[:, 4].sum())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {
        "seed": SEED,
        "database": connection.vendor,
        "items": item_count,
        "matches": matches,
        "evaluation_s": round(seconds, 1),
        "evaluation_cpu_s": round(worked, 1),
        "average_precision": round(mean_precision(precisions(evaluation, "all")).mean, 4),
        "cells_ms": cells(evaluation),
        "figures_ms": _milliseconds(lambda: evaluation_figures(evaluation, Bars(50, 10), 1), 5),
        "compared_ms": _milliseconds(lambda: comparison_of(evaluation, runs[1][0]), 1),
    }


def cells(evaluation: Evaluation) -> dict[str, Any]:
    """The first 60 of every cell and outcome, in milliseconds of the clock and of processors."""
    names = ["", *CLASSES]
    sets = [{"truth": a, "predicted": b} for a in names for b in names if a or b]
    sets += [{"outcome": name, "truth": a} for name in ("right", "wrong", "missed") for a in names]
    clock, worked = [], []
    for score, overlap in THRESHOLDS:
        for own in sets:
            given = {"set": "cell", "evaluation": str(evaluation.pk), **own}
            given |= {"score": score, "overlap": overlap}
            began, idle = time.perf_counter(), processor_seconds()
            read_item_set(evaluation.project, given).page("", PAGE)
            clock.append(1_000 * (time.perf_counter() - began))
            worked.append(1_000 * (processor_seconds() - idle))
    return {"n": len(clock), "clock": _spread(clock), "processor": _spread(worked)}


def _spread(times: list[float]) -> dict[str, float]:
    return {"p50": round(median(times), 1), "max": round(max(times), 1)}


def processor_seconds() -> float:
    """Of this process, and of its server where that is PostgreSQL on this machine.

    Other work on the machine makes the clock useless, but hardly this.
    """
    own = time.process_time()
    if connection.vendor != "postgresql":
        return own
    running = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return own + int(running.split()[0]) / 1e9


def _milliseconds(work: Any, times: int) -> float:
    found = []
    for _time in range(times):
        began = time.perf_counter()
        work()
        found.append(1_000 * (time.perf_counter() - began))
    return round(median(found), 1)


def made(
    item_count: int, dice: random.Random, *, split_of: Callable[[int], str] = lambda _n: ""
) -> tuple[DatasetVersion, list[ModelVersion]]:
    """A frozen version, and two models that have predicted its items; these count from 1."""
    dataset, models = empty_dataset()
    _fill(dataset, models, item_count, dice, split_of)
    dataset.entry_count = item_count
    dataset.state, dataset.sha256 = DatasetVersion.State.FROZEN, "0" * 64
    dataset.frozen_at = timezone.now()
    dataset.save()
    return dataset, models


def empty_dataset() -> tuple[DatasetVersion, list[ModelVersion]]:
    """A version that is not frozen yet, of a project that asks for boxes, and two models."""
    team, [boss] = make_people("evaluations", [Role.MANAGER])
    project = make_project("evaluations", team, boss, CLASSES)
    version = project.instruction_versions.get()
    labels = [{"value": name, "title": name} for name in CLASSES]
    control = {"name": "boxes", "type": "shapes", "title": "Boxes", "tools": ["box"]}
    version.label_schema = {"controls": [control | {"labels": labels}]}
    type(version).objects.filter(pk=version.pk).update(label_schema=version.label_schema)
    dataset = DatasetVersion.objects.create(
        project=project,
        number=1,
        job=Job.objects.create(kind="freeze_dataset", state=Job.State.DONE),
        schema_number=1,
        created_by=boss,
    )
    models = [get_model_version(project, name="seer", version=v, by=boss) for v in ("1", "2")]
    return dataset, models


def _fill(
    dataset: DatasetVersion,
    models: list[ModelVersion],
    item_count: int,
    dice: random.Random,
    split_of: Callable[[int], str],
) -> None:
    project = dataset.project
    batch = make_batch(project, "boxes")
    names = ("project", "external_id", "data", "width", "height", "created_at")
    now = timezone.now()
    insert_rows(
        Item,
        names,
        ((project.pk, str(n), {}, SIDE, SIDE, now) for n in range(item_count)),
    )
    items = list(project.items.order_by("pk").values_list("pk", flat=True))
    insert_rows(Task, ("batch", "item"), ((batch.pk, item) for item in items))
    tasks = dict(batch.tasks.values_list("item", "pk"))
    labels = {item: [_box(dice, at) for at in range(dice.randrange(11))] for item in items}
    columns = (
        *("version", "item", "position", "task", "batch_name", "item_sha256"),
        *("answer", "answer_sha256", "source", "annotation_count", "revision", "split"),
    )
    entries = (
        (
            *(dataset.pk, item, n, tasks[item], "boxes", ""),
            *({"boxes": labels[item]}, "", "vote", 1, 1, split_of(n)),
        )
        for n, item in enumerate(items, start=1)
    )
    insert_rows(DatasetEntry, columns, entries)
    columns = ("model_version", "item", "answer", "scores", "created_at")
    for model in models:
        insert_rows(Prediction, columns, _predictions(model, labels, dice, now))


def _predictions(
    model: ModelVersion, labels: dict[int, list[Box]], dice: random.Random, now: Any
) -> Iterator[tuple[Any, ...]]:
    for item, drawn in labels.items():
        said = [_moved(dice, box) for box in drawn if dice.random() < 0.85]
        said += [_box(dice, 20 + at) for at in range(dice.choice((0, 0, 1, 2)))]
        scores = {f"boxes.{at}": round(dice.random() ** 0.5, 3) for at in range(len(said))}
        yield model.pk, item, {"boxes": said}, scores, now


def _box(dice: random.Random, at: int) -> Box:
    width, height = dice.uniform(8, 300), dice.uniform(8, 300)
    x, y = dice.uniform(0, SIDE - width), dice.uniform(0, SIDE - height)
    return {"id": f"o{at}", "label": dice.choice(CLASSES), "box": [x, y, width, height]}


def _moved(dice: random.Random, box: Box) -> Box:
    x, y, width, height = box["box"]
    spread = dice.choice((0.02, 0.1, 0.3))
    place = [x + spread * width * dice.random(), y + spread * height * dice.random()]
    label = box["label"] if dice.random() < 0.9 else dice.choice(CLASSES)
    return {"id": box["id"], "label": label, "box": [*place, width, height]}
