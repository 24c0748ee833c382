"""Traces the causes of very many failures on pictures with boxes; run inside Django."""

import io
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models.functions import Mod
from django.utils import timezone
from PIL import Image

from bench import evaluation_data
from bench.rows import make_people
from datasets.models import DatasetVersion, VectorSet
from datasets.reports.cause_actions import Reader
from datasets.reports.causes import tracing_page
from datasets.services import evaluation_runs, evaluations, tracing
from datasets.services.evaluations import EvaluationWish
from datasets.services.vectors import add_block, publish
from labelops.accounts.models import Role
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from labelops.many_rows import insert_rows
from labelops.media.storage import make_key
from reviews.models import Consensus
from tasks.models import Annotation, Assignment, Item, Project
from tasks.services.media import store_image

SEED = 20261128
TRAINING = 100_000
# Training items that two people answered.
TWICE = 30_000
# More than enough: most pictures have a mistake.
TESTED_PER_FAILURE = 2
PICTURES, SIDE = 200, 640
DIMENSIONS, LOOKS, BLOCK = 128, 200, 4_000


def measure(failures: int) -> dict[str, Any]:
    """Of the process, without the database: seconds, and the most memory beside what it had."""
    dice = random.Random(SEED)
    tested = TESTED_PER_FAILURE * failures
    version, [model, _other] = evaluation_data.made(
        TRAINING + tested, dice, split_of=lambda n: "train" if n <= TRAINING else "test"
    )
    by = version.project.created_by
    _draw(version.project, np.random.default_rng(SEED))
    _place(version, np.random.default_rng(SEED))
    _answer_twice(version, dice)
    evaluation = evaluations.start(version.project, EvaluationWish(version, model, "test"), by=by)
    run_job(evaluation.job_id, evaluation_runs.run)
    evaluation.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    before = _memory(is_new=True)
    began, worked = time.perf_counter(), time.process_time()
    started = tracing.start(evaluation, by=by)
    run_job(started.job_id, tracing.run)
    worked, taken = time.process_time() - worked, time.perf_counter() - began
    started.refresh_from_db()
    reader = Reader(is_manager=True, is_expert=True)
    tracing_page(evaluation, reader, "")
    began = time.process_time()
    tracing_page(evaluation, reader, "")
    return {
        "seed": SEED,
        "state": Job.objects.get(pk=started.job_id).state,
        "failing": started.failing_count,
        "traced": started.traced_count,
        "tested": tested,
        "taught": started.training_count,
        "wall_s": round(taken, 1),
        "cpu_s": round(worked, 1),
        "memory_mb": _memory() - before,
        "page_cpu_ms": round(1_000 * (time.process_time() - began)),
    }


def _draw(project: Project, dice: np.random.Generator) -> None:
    """Some pictures, which many items share."""
    for number in range(PICTURES):
        coarse = dice.integers(0, 255, (12, 12, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        stream = io.BytesIO()
        picture.save(stream, "JPEG")
        key = make_key("items")
        store_image(key, stream.getvalue())
        own = Item.objects.filter(project=project).alias(left=Mod("pk", PICTURES))
        own.filter(left=number).update(media_key=key)
    project.item_type = Project.ItemType.IMAGE
    project.save()


def _place(version: DatasetVersion, dice: np.random.Generator) -> None:
    """A vector for each item, of one of many looks."""
    ids = list(version.entries.values_list("item", flat=True))
    middles = dice.normal(size=(LOOKS, DIMENSIONS)).astype(np.float32)
    with transaction.atomic():
        made = VectorSet.objects.create(
            project=version.project, name="bench", origin="brought", dimensions=DIMENSIONS
        )
        for first in range(0, len(ids), BLOCK):
            some = ids[first : first + BLOCK]
            noise = dice.normal(size=(len(some), DIMENSIONS)).astype(np.float32)
            add_block(made, some, middles[dice.integers(0, LOOKS, len(some))] + noise)
        publish(made)


def _answer_twice(version: DatasetVersion, dice: random.Random) -> None:
    """By two people, of whom one forgets an object now and then."""
    _team, people = make_people("readers", [Role.ANNOTATOR] * 2)
    now, schema = timezone.now(), version.project.instruction_versions.get()
    entries = version.entries.order_by("position").select_related("task")[:TWICE]
    chosen = {entry.task_id: entry for entry in entries}
    slots = (
        (pk, entry.task.batch_id, slot, "submitted", person.pk)
        for pk, entry in chosen.items()
        for slot, person in enumerate(people, start=1)
    )
    insert_rows(Assignment, ("task", "batch", "slot", "state", "annotator"), slots)
    made = Assignment.objects.order_by("pk").values_list("pk", "task", "annotator")
    answers = (
        (task, person, pk, schema.pk, _forgetful(chosen[task].answer, dice), now)
        for pk, task, person in made
    )
    columns = ("task", "author", "assignment", "instruction_version", "answer", "submitted_at")
    insert_rows(Annotation, columns, answers)
    columns = (
        *("task", "batch", "project", "answer", "voted", "method", "agreement"),
        *("annotation_count", "p_wrong", "risk", "draw", "computed_at"),
    )
    agreed = (
        (pk, one.task.batch_id, version.project_id, {}, {}, "vote", 0.9, 2, 0, 0, 0, now)
        for pk, one in chosen.items()
    )
    insert_rows(Consensus, columns, agreed)


def _forgetful(answer: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    return {"boxes": answer["boxes"][1:]} if dice.random() < 0.2 else answer


def _memory(*, is_new: bool = False) -> int:
    """Megabytes that the process has had at most, `is_new`: from now on (Linux)."""
    if is_new:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text().splitlines()
    [peak] = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    return int(peak) // 1_024
