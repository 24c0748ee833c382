"""People who settle pairs of tasks, and exports meanwhile: all of it inside an installation.

Both of a pair get the same answer in one transaction, so an export of one moment never has two
answers for a pair. They stand far apart in it, on different pages.
"""

import contextlib
import hashlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from django.db import connection, transaction

from labelops.accounts.models import User
from labelops.jobs.services import run_job
from labelops.media import storage
from tasks.models import InstructionVersion, Project, Task, Transfer
from tasks.services import export_records, exports, results
from tests.factories import (
    make_accepted_tasks,
    make_batch,
    make_instruction,
    make_member,
    make_project,
    make_team,
)
from tests.faults.labeler import SPECIES
from tests.faults.world import SCHEMA

SHOWN = 5
UNTIL_TORN = 50


class Crowd:
    """People, each a thread with a connection of its own, who settle pairs until they are told."""

    def __init__(self, pairs: list[tuple[Task, Task]], people: list[User], seed: int) -> None:
        self.pairs, self.people, self.seed = pairs, people, seed
        self.version = InstructionVersion.objects.get(project=pairs[0][0].batch.project)
        self.counts = [0] * len(people)
        self.errors: list[str] = []
        self.stop = threading.Event()

    @property
    def settled(self) -> int:
        return sum(self.counts)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        threads = [
            threading.Thread(target=self._work, args=[number]) for number in range(len(self.people))
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def _work(self, number: int) -> None:
        dice = random.Random(f"{self.seed} {number}")
        try:
            while not self.stop.is_set():
                # No two are the same, so that a pair that is torn always shows.
                note = f"{number} {self.counts[number]}"
                answer = {"species": dice.choice(SPECIES), "note": note}
                seconds = self._settle(dice.choice(self.pairs), answer, self.people[number])
                self.counts[number] += 1
                if connection.vendor == "sqlite":
                    # Its one write lock goes to whoever asks next: without pauses some starve.
                    self.stop.wait(seconds * len(self.people) * dice.uniform(0.5, 1.5))
        except Exception as error:
            self.errors.append(repr(error))
        finally:
            connection.close()

    def _settle(self, pair: tuple[Task, Task], answer: dict[str, Any], by: User) -> float:
        """The seconds that it took once others let it."""
        with transaction.atomic():
            begun = time.monotonic()
            for task in pair:
                results.settle(
                    results.lock_task(task.pk),
                    answer=answer,
                    source=Task.Source.REVIEW,
                    confidence=None,
                    version=self.version,
                    by=by,
                )
        return time.monotonic() - begun


def rush(*, pairs: int, people: int, exports: int, page: int, seed: int) -> dict[str, Any]:
    """What is wrong with exports that are made while people label.

    Afterwards some more without a snapshot, until one of them is torn.
    """
    export_records.PAGE = page
    project, crowd = build(pairs, people, seed)
    broken: list[str] = []
    during: list[int] = []
    torn_without = tries = 0
    with crowd.working():
        while len(during) < exports and not crowd.errors:
            before = crowd.settled
            broken += faults_of(export(project), crowd.pairs)
            during.append(crowd.settled - before)
        with without_snapshot():
            while not torn_without and tries < UNTIL_TORN and not crowd.errors:
                torn_without = len(faults_of(export(project), crowd.pairs))
                tries += 1
    return {
        "broken": broken[:SHOWN],
        "errors": crowd.errors[:SHOWN],
        "exports": len(during),
        "settled": crowd.settled,
        "settled_during_one": [min(during), max(during)],
        "torn_without_snapshot": torn_without,
    }


def build(pairs: int, people: int, seed: int) -> tuple[Project, Crowd]:
    # Named here, since the factories count anew in each process.
    team = make_team(name="settlers")
    experts = [
        make_member(team, username=f"settler{number}", password=None) for number in range(people)
    ]
    project = make_project(team, slug="pairs", created_by=experts[0])
    make_instruction(project, label_schema=SCHEMA)
    batch = make_batch(project, team, overlap=1)
    answer = {"species": SPECIES[0]}
    tasks = make_accepted_tasks(batch, 2 * pairs, answer=answer, author=experts[0])
    return project, Crowd(list(zip(tasks[:pairs], tasks[pairs:], strict=True)), experts, seed)


def export(project: Project) -> Transfer:
    transfer = exports.start_export(project, format_name="jsonl", by=project.created_by)
    run_job(transfer.job_id, exports.run_export)
    transfer.refresh_from_db()
    return transfer


def faults_of(transfer: Transfer, pairs: list[tuple[Task, Task]]) -> list[str]:
    """Every promise that the file of an export breaks."""
    with storage.open_file(transfer.file_key) as stream:
        content = stream.read()
    lines = [json.loads(line) for line in content.splitlines()]
    answers = {line["item"]: line["answer"] for line in lines}
    told = {name: transfer.manifest[name] for name in ("count", "byte_count", "sha256")}
    found = {
        "count": len(lines),
        "byte_count": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    faults = [] if told == found else [f"the manifest says {told}, the file is {found}"]
    if len(answers) != len(lines) or len(lines) != 2 * len(pairs):
        faults.append(f"{len(lines)} labels of {len(answers)} items, for {len(pairs)} pairs")
    for first, second in pairs:
        one, other = (answers.get(task.item.external_id) for task in (first, second))
        if one is None or one != other:
            faults.append(f"torn: {first.item} {one}, {second.item} {other}")
    return faults


def without_snapshot() -> AbstractContextManager[Callable[..., Any]]:
    """Exports read page by page from what is there at that moment."""
    return mock.patch.object(
        exports, "read_snapshot", return_value=contextlib.nullcontext("default")
    )
