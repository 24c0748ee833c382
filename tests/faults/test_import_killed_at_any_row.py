"""An import that is killed at any row and taken up again leaves what an uninterrupted one does.

The short form kills at every row of small files once, and two of them at every place there is;
LABELOPS_SOAK=1 at a hundred random rows of each. LABELOPS_SOAK_SEED repeats a history.
"""

import io
import os
import random
import secrets
import shutil
from contextlib import suppress

import pytest
from django.db import transaction

from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from tasks.services import imports
from tests.factories import make_instruction, make_project, make_team
from tests.faults.contents import contents
from tests.faults.dying import Walk
from tests.faults.import_files import FILES
from tests.tasks.imports import Killed, as_if_silent

pytestmark = pytest.mark.django_db
IS_LONG = bool(os.environ.get("LABELOPS_SOAK"))
KILLS = 100
# Once their rows are read, other tables go the way of CSV.
AT_EVERY_PLACE = ("csv", "zip")
# What the others add are ways of reading, which no database knows of.
ON_EACH_DATABASE = (*AT_EVERY_PLACE, "jsonl")


def chosen_seed():
    if not IS_LONG:
        return 20261127
    return int(os.environ.get("LABELOPS_SOAK_SEED") or secrets.randbelow(1_000_000))


SEED = chosen_seed()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 5)
    monkeypatch.setattr(imports, "IMAGE_CHUNK", 3)
    monkeypatch.setattr(imports, "BATCH_CHUNK", 5)
    monkeypatch.setattr(imports, "IMAGE_BATCH_CHUNK", 3)


def imported(file, walk, monkeypatch, media):
    """What is there after the import, which is taken up again when it dies on its walk."""
    shutil.rmtree(media, ignore_errors=True)
    with transaction.atomic():
        project = make_project(make_team(name="birders"), item_type=file.item_type)
        make_instruction(project, label_schema=file.schema)
        transfer = imports.start_import(
            project,
            file=io.BytesIO(file.content),
            file_name="small",
            by=project.created_by,
            batch="all",
            **file.wanted,
        )
        with walk.watching(monkeypatch), suppress(Killed):
            run_job(transfer.job_id, imports.run_import)
        if walk.is_dead:
            assert Job.objects.get().state == Job.State.RUNNING
            as_if_silent(transfer.job_id)
            run_job(transfer.job_id, imports.run_import)
        found = contents(project)
        transaction.set_rollback(True)
    return found


def chosen_steps(name, steps):
    """The numbers of the steps to die at: for each chosen row, one of those it is passed at."""
    if name in AT_EVERY_PLACE and not IS_LONG:
        return range(len(steps))
    dice = random.Random(f"{SEED} {name}")
    rows = sorted({row for step in steps for row in step.rows})
    chosen = dice.choices(rows, k=KILLS) if IS_LONG else rows
    return [
        dice.choice([number for number, step in enumerate(steps) if row in step.rows])
        for row in chosen
    ]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ON_EACH_DATABASE or IS_LONG else pytest.mark.once)
        for name in FILES
    ],
)
def test_killed_at_any_row_it_ends_as_if_nothing_had_happened(name, monkeypatch, settings):
    file, whole = FILES[name], Walk()
    wanted = imported(file, whole, monkeypatch, settings.MEDIA_ROOT)
    assert wanted["jobs"][0]["state"] == Job.State.DONE
    assert len(wanted["items"]) == wanted["jobs"][0]["result"]["batched"] == file.items
    assert len(wanted["annotations"]) + len(wanted["predictions"]) == file.labels
    steps = chosen_steps(name, whole.steps)
    print(f"\n{name}: seed {SEED}, {len(steps)} kills at {len(whole.steps)} places", flush=True)
    for number in steps:
        walk = Walk(fatal=number)
        found = imported(file, walk, monkeypatch, settings.MEDIA_ROOT)
        assert walk.is_dead
        for what in wanted:
            assert found[what] == wanted[what], (SEED, number, walk.steps[-1], what)
