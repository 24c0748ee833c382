"""Makes labels by the million, or the sums that they leave; run inside Django by quality.py."""

import io
import random
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from bench import rows
from labelops.accounts.models import Role, User
from labelops.accounts.services import tokens
from reviews.jobs import compute_quality
from reviews.models import (
    ClassRollup,
    CountedTask,
    ItemRollup,
    PairRollup,
    PersonRollup,
    ProjectClassRollup,
    ProjectPairRollup,
    RollupState,
)
from reviews.quality.contributions import GROUPS, MILLION
from reviews.services.rollup_recounts import recount_project
from tasks.models import Batch, BatchTally, Project, Task

CLASSES = 10
PEOPLE = 200
PER_BATCH = 100_000
WEEKS_PER_BATCH = 3
PEOPLE_PER_BATCH = 50
OPEN = 1_000
NOTED = ("tasks_annotation", "tasks_task")
# The first one looks at the page; the second labels over the API, which experts may.
ROLES = {0: Role.MANAGER, 1: Role.EXPERT}


def sums(labels: int, seed: int) -> dict[str, Any]:
    """Rollups as so many labels leave them: a batch is 100,000 labels in 3 weeks by 50 people."""
    generator = random.Random(seed)
    project, people = _project("sums", PEOPLE)
    batches = Batch.objects.bulk_create(
        Batch(project=project, name=f"b{n}", state="running", created_by=people[0])
        for n in range(max(1, labels // PER_BATCH))
    )
    monday = date.today() - timedelta(days=date.today().weekday())
    for number, batch in enumerate(batches):
        last = monday - timedelta(weeks=(len(batches) - 1 - number) // 2)
        for week in (last - timedelta(weeks=back) for back in range(WEEKS_PER_BATCH)):
            _fill_week(batch, week, people, generator)
    recount_project(project, fix=True)
    RollupState.objects.update(counted_at=timezone.now())
    rows.execute("VACUUM ANALYZE")
    models = (
        *(ItemRollup, ClassRollup, PersonRollup, PairRollup),
        *(ProjectClassRollup, ProjectPairRollup),
    )
    return {
        "slug": project.slug,
        "session": rows.open_session(people[0]),
        "batch": f"?batch={batches[0].pk}",
        "rows": {model.__name__: model.objects.count() for model in models},
    }


def _fill_week(batch: Batch, week: date, people: list[User], generator: random.Random) -> None:
    made = PER_BATCH // WEEKS_PER_BATCH
    items = made // 2 // GROUPS
    ItemRollup.objects.bulk_create(
        ItemRollup(
            batch=batch,
            week=week,
            group=group,
            items=items,
            shared=items,
            agreement=int(0.85 * items * MILLION),
            squares=int(0.85 * items * MILLION),
            assessed=items,
            sampled=items // 20,
            wrong=items // 200,
        )
        for group in range(GROUPS)
    )
    ClassRollup.objects.bulk_create(
        ClassRollup(
            batch=batch,
            week=week,
            group=group,
            label_class=f"c{place}",
            labels=2 * items // CLASSES,
            shared=items // CLASSES,
            pairable=2 * items // CLASSES,
            coincident=int(1.7 * items // CLASSES * MILLION),
            agreement=int(0.85 * items // CLASSES * MILLION),
            squares=int(0.85 * items // CLASSES * MILLION),
            measured=items // 100,
            right=items // 110,
        )
        for group in range(GROUPS)
        for place in range(CLASSES)
    )
    own = generator.sample(people, PEOPLE_PER_BATCH)
    team = batch.project.teams.get()
    PersonRollup.objects.bulk_create(
        PersonRollup(
            batch=batch,
            week=week,
            person=person,
            team=team,
            labels=(each := made // len(own)),
            shared=each,
            agreement=int(generator.uniform(0.7, 0.95) * each * MILLION),
            squares=int(0.8 * each * MILLION),
            accepted=each // 2,
            measured=each // 20,
            right=each // 22,
            timed=each,
            active_ms=5_000 * each,
        )
        for person in own
    )
    PairRollup.objects.bulk_create(
        PairRollup(
            batch=batch,
            week=week,
            kind=kind,
            first=f"c{first}",
            second=f"c{second}",
            pairs=made // 10 if first == second else made // 1_000,
        )
        for kind in PairRollup.Kind.values
        for first in range(CLASSES)
        for second in range(CLASSES)
        if kind == "label" or first <= second
    )


def labels(count: int, seed: int) -> dict[str, Any]:
    """A project of so many labels, two an item, and a batch that is still open."""
    project, people = _project("labels", 20)
    done = rows.make_batch(project, "done", overlap=2, review_percent=0)
    opened = rows.make_batch(project, "open", overlap=1, review_percent=0)
    with untriggered():
        rows.execute("SELECT setseed(%s)", [(seed % 1000) / 1000])
        _fill(done, count // 2, people)
        rows.insert_tasks(opened, OPEN, labels_missing=1)
        rows.insert_slots(opened, 1)
    rows.execute("VACUUM ANALYZE")
    BatchTally.objects.create(batch=done, accepted_count=count // 2, annotation_count=count)
    BatchTally.objects.create(batch=opened, pending_count=OPEN)
    _token, secret = tokens.create_token(people[1], name="bench", scope="write", days=1)
    return {"slug": project.slug, "session": rows.open_session(people[0]), "token": secret}


@contextmanager
def untriggered() -> Iterator[None]:
    """Nothing is noted of the rows that are made meanwhile."""
    for table in NOTED:
        rows.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in NOTED:
        rows.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _fill(batch: Batch, count: int, people: list[User]) -> None:
    """Accepted tasks of two answers each, nine of ten of them right."""
    rows.insert_tasks(
        batch,
        count,
        state="'accepted'",
        result_answer=f"jsonb_build_object('bird', 'c' || mod(item.id, {CLASSES}))",
        result_source="'vote'",
    )
    rows.insert_slots(
        batch,
        2,
        state="'submitted'",
        annotator_id=f"{people[0].pk} + mod(task.id * 7 + n * 3, {len(people)})",
    )
    wrong = f"mod(task.item_id + 1 + floor(random() * {CLASSES - 1})::int, {CLASSES})"
    label = f"CASE WHEN random() < 0.9 THEN mod(task.item_id, {CLASSES}) ELSE {wrong} END"
    rows.insert_annotations(
        batch,
        answer=f"jsonb_build_object('bird', 'c' || ({label}))",
        state="'submitted'",
        active_ms="(2000 + 8000 * random())::int",
        submitted_at="now() - random() * interval '60 days'",
    )


def from_nothing(slug: str) -> dict[str, Any]:
    """Seconds of the figures alone, and of all sums with what each task added to them."""
    started = time.monotonic()
    call_command("quality", slug, "--json", stdout=io.StringIO())
    figures = time.monotonic() - started
    started = time.monotonic()
    call_command("recount_quality", slug, "--fix", "--json", stdout=io.StringIO())
    recounted = time.monotonic() - started
    for project in Project.objects.filter(slug=slug):
        RollupState.objects.update_or_create(
            project=project, defaults={"counted_at": timezone.now()}
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT pg_total_relation_size('reviews_countedtask')")
        size = cursor.fetchone()[0]
    return {
        "figures, s": round(figures, 1),
        "all sums, s": round(recounted, 1),
        "counted tasks": CountedTask.objects.count(),
        "counted tasks, MB": round(size / 1_000_000),
        "peak memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_000,
    }


def keep_busy(slug: str, times: int) -> int:
    """Ask for the figures of a project so many times."""
    project = Project.objects.get(slug=slug)
    for _number in range(times):
        compute_quality.delay(project.pk)
    return times


def seen(slug: str) -> dict[str, Any]:
    """What tells that a label has arrived: the task, the person, the dashboard."""
    own = {"batch__project__slug": slug}
    accepted = Task.objects.filter(batch__name="open", state="accepted", **own)
    reviewed = Task.objects.filter(batch__name="open", state="in_review", **own)
    person = PersonRollup.objects.filter(person__username="labels-1", **own)
    items = ItemRollup.objects.filter(**own)
    return {
        "task": accepted.count() + reviewed.count(),
        "person": person.aggregate(n=Sum("labels"))["n"],
        "dashboard": items.aggregate(n=Sum("items"))["n"],
    }


def _project(name: str, count: int) -> tuple[Project, list[User]]:
    roles = [ROLES.get(number, Role.ANNOTATOR) for number in range(count)]
    team, people = rows.make_people(name, roles)
    classes = [f"c{number}" for number in range(CLASSES)]
    return rows.make_project(name, team, people[0], classes), people
