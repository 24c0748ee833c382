"""The quality sums: whatever happens to labels, they are what counting everything anew gives."""

import io
import json
import os
import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from labelops.accounts.models import Membership, Role
from labelops.errors import Conflict, DomainError
from reviews.models import (
    BatchDay,
    ClassRollup,
    Consensus,
    CountedTask,
    ItemRollup,
    Measurement,
    PairRollup,
    PersonRollup,
    ProjectClassRollup,
    ProjectPairRollup,
    Review,
    TaskChange,
    WorkDay,
)
from reviews.quality.agreement import report
from reviews.quality.confusion import label_confusion
from reviews.quality.contributions import MILLION
from reviews.services import consensus, desk, queue, rollup_recounts, rollups
from tasks.models import Annotation, Assignment, Task
from tasks.services import handout, results, withdrawals
from tasks.services.annotations import Clocks
from tasks.services.qualifications import set_level
from tests.factories import (
    make_annotation,
    make_batch,
    make_instruction,
    make_item,
    make_labeled_task,
    make_member,
    make_project,
    make_published_project,
    make_task,
    make_team,
)
from tests.tasks.labeling import answer

pytestmark = pytest.mark.django_db
STEPS = 400 if os.environ.get("LABELOPS_SOAK") else 60


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, overlap=3, review_percent=60)


class Desk:
    """People who label, take back, review and reject at random."""

    def __init__(self, batch, team, seed):
        self.random = random.Random(seed)
        self.batch = batch
        self.people = [make_member(team) for _number in range(4)]
        self.people += [make_member(team, Role.EXPERT)]
        self.reviewer = make_member(team, Role.EXPERT)
        for _number in range(12):
            make_task(batch)

    def step(self):
        self.random.choice(
            [self.label] * 8
            + [self.assess] * 2
            + [self.decide] * 2
            + [self.withdraw, self.void, self.exclude]
        )()

    def label(self):
        person = self.random.choice(self.people)
        given = handout.next_assignments(person, count=1).assignments
        if given:
            answer(given[0], person, self.random.choice(["robin", "wren", "wren"]))

    def withdraw(self):
        made = list(Annotation.objects.select_related("assignment", "author"))
        if made:
            chosen = self.random.choice(made)
            try:
                withdrawals.withdraw(chosen.assignment.public_id, by=chosen.author)
            except Conflict:
                return

    def assess(self):
        consensus.assess_waiting(rng=self.random)

    def decide(self):
        assignment = queue.next_review(self.reviewer, rng=self.random)
        if assignment:
            decision = self.random.choice(["accept", "fix", "reject"])
            over = {"answer": {"species": "robin"}} if decision == "fix" else {}
            reason = "" if decision == "accept" else "wrong_class"
            try:
                desk.decide(
                    assignment,
                    decision=decision,
                    by=self.reviewer,
                    request_id=uuid.uuid4(),
                    reason=reason,
                    **over,
                )
            except DomainError:
                return

    def void(self):
        measured = list(Measurement.objects.order_by("pk"))
        if measured:
            found = self.random.choice(measured)
            Measurement.objects.filter(pk=found.pk).update(is_void=not found.is_void)

    def exclude(self):
        if self.random.random() < 0.2:
            task = self.random.choice(list(Task.objects.exclude(state=Task.State.EXCLUDED)))
            results.exclude(results.lock_task(task.pk), by=self.reviewer, reason="bad data")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_course_of_events_leaves_the_sums_of_a_count_from_nothing(batch, team, seed):
    everyone = Desk(batch, team, seed)
    for number in range(STEPS):
        everyone.step()
        if number % 7 == 0:
            rollups.count_changes()
    rollups.count_changes()
    assert Annotation.objects.count() > 10
    assert Review.objects.exists()
    assert rollup_recounts.recount(batch) == []
    assert rollup_recounts.recount_project(batch.project) == []
    _compare_with_brute_force()


def _compare_with_brute_force():
    """The same figures by the plainest code, straight from the labels."""
    labels = [
        (row.task_id, row.author_id, row.answer["species"])
        for row in Annotation.objects.order_by("pk")
    ]
    exact = report(labels)
    item = ItemRollup.objects.aggregate(
        n=Sum("shared"), agreement=Sum("agreement"), sampled=Sum("sampled"), wrong=Sum("wrong")
    )
    assert item["n"] == exact.items
    assert item["agreement"] / MILLION / item["n"] == pytest.approx(exact.percent.value, abs=1e-6)
    assert _alpha() == pytest.approx(exact.alpha.value, abs=1e-5)
    sampled = Consensus.objects.filter(standing="sampled", task__annotations__isnull=False)
    assert item["sampled"] == sampled.distinct().count()
    assert item["wrong"] == sampled.filter(was_wrong=True).distinct().count()
    by_person = Counter(author for _task, author, _label in labels)
    summed = PersonRollup.objects.values_list("person").annotate(n=Sum("labels"))
    assert {person: n for person, n in summed if n} == by_person
    measured = Measurement.objects.filter(is_void=False)
    sums = PersonRollup.objects.aggregate(n=Sum("measured"), right=Sum("right"))
    assert (sums["n"], sums["right"]) == (measured.count(), measured.filter(is_right=True).count())
    found = label_confusion(labels)
    pairs = {
        (first, second): n
        for first, second, n in PairRollup.objects.filter(kind="people")
        .values_list("first", "second")
        .annotate(n=Sum("pairs"))
        if n
    }
    expected = {
        (first, second): found.pairs[row][row + column]
        for row, first in enumerate(found.classes)
        for column, second in enumerate(found.classes[row:])
        if found.pairs[row][row + column]
    }
    assert pairs == expected
    _compare_work()


def _compare_work():
    decided = Review.objects.standing()
    labels = Counter(Annotation.objects.values_list("author", flat=True))
    done = Counter({(person, "annotate"): n for person, n in labels.items()})
    done += Counter(decided.values_list("reviewer", "assignment__stage"))
    rows = WorkDay.objects.values_list("person", "stage").annotate(n=Sum("done"))
    assert {(person, stage): n for person, stage, n in rows if n} == done
    settled = Task.objects.filter(state="accepted").values_list("settled_at__date", flat=True)
    days = BatchDay.objects.filter(accepted__gt=0).values_list("day", "accepted")
    assert dict(days) == Counter(settled)


def _alpha():
    rows = ClassRollup.objects.values_list("label_class").annotate(
        n=Sum("pairable"), coincident=Sum("coincident")
    )
    counts = [n for _name, n, _coincident in rows]
    n = sum(counts)
    observed = n - sum(coincident for _name, _n, coincident in rows) / MILLION
    return 1 - observed / ((n * n - sum(count * count for count in counts)) / (n - 1))


def test_a_label_is_counted_before_its_task_is_complete(batch, team):
    task = make_task(batch)
    make_annotation(task, make_member(team), {"species": "wren"}, clocks=Clocks(active_ms=4_000))
    rollups.count_changes()
    row = PersonRollup.objects.get()
    assert (row.labels, row.shared, row.active_ms, row.team) == (1, 0, 4_000, team)
    assert ItemRollup.objects.get().items == 1
    assert not TaskChange.objects.exists()


def test_counting_again_changes_nothing(batch, team):
    task = make_labeled_task(batch, "wren", "robin", "wren")
    rollups.count_changes()
    before = _sums()
    TaskChange.objects.create(task=task, noted_at=timezone.now())
    assert rollups.count_changes() == 1
    assert _sums() == before


def test_a_count_that_is_killed_has_counted_nothing_or_everything(batch, monkeypatch):
    make_labeled_task(batch, "wren", "robin", "wren")

    def killed(_changes):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rollups, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            rollups.count_changes()
    assert not CountedTask.objects.exists()
    rollups.count_changes()
    assert rollup_recounts.recount(batch) == []


def test_a_person_stays_under_the_team_they_worked_for(batch, team):
    ana = make_member(team)
    task = make_task(batch)
    made = make_annotation(task, ana, {"species": "wren"})
    rollups.count_changes()
    Membership.objects.filter(user=ana).update(team=make_team(kind="vendor"))
    Annotation.objects.filter(pk=made.pk).update(state="accepted")
    rollups.count_changes()
    row = PersonRollup.objects.get()
    assert (row.team, row.accepted) == (team, 1)


def test_work_is_summed_by_day_person_team_level_and_stage(batch, team):
    house, ana = make_team(name="House"), make_member(team)
    set_level(batch.project, ana, level=2, by=make_member(house, Role.MANAGER), reason="exam")
    batch.project.teams.add(house)
    expert = make_member(house, Role.EXPERT)
    task = make_task(batch)
    made = make_annotation(
        task, ana, {"species": "wren"}, clocks=Clocks(active_ms=4_000, reading_ms=1_500)
    )
    review = Review.objects.create(
        assignment=Assignment.objects.create(
            task=task, batch=batch, stage="review", slot=1, state="submitted", annotator=expert
        ),
        task=task,
        reviewer=expert,
        decision="accept",
        dwell_ms=2_000,
        decided_at=datetime(2026, 3, 1, 23, 59, tzinfo=UTC),
    )
    evening = datetime(2026, 2, 28, 22, 0, tzinfo=UTC)
    Annotation.objects.filter(pk=made.pk).update(submitted_at=evening, state="accepted")
    Task.objects.filter(pk=task.pk).update(state="accepted", settled_at=review.decided_at)
    rollups.count_changes()
    columns = (
        "day",
        "person",
        "team",
        "level",
        "stage",
        "done",
        "timed",
        "active_ms",
        "reading_ms",
    )
    assert list(WorkDay.objects.order_by("day").values_list(*columns)) == [
        (date(2026, 2, 28), ana.pk, team.pk, 2, "annotate", 1, 1, 4_000, 1_500),
        (date(2026, 3, 1), expert.pk, house.pk, 0, "review", 1, 1, 2_000, 0),
    ]
    assert BatchDay.objects.values_list("day", "accepted").get() == (date(2026, 3, 1), 1)
    Review.objects.filter(pk=review.pk).update(withdrawn_at=timezone.now())
    Task.objects.filter(pk=task.pk).update(state="in_review", settled_at=None)
    rollups.count_changes()
    assert WorkDay.objects.get(stage="review").done == 0
    assert BatchDay.objects.get().accepted == 0


def test_shapes_and_spans_count_by_their_own_likeness(team):
    project = make_project(team, item_type="image")
    shapes = {"name": "objects", "title": "Objects", "type": "shapes", "labels": [{"value": "car"}]}
    make_instruction(project, label_schema={"controls": [shapes]})
    batch = make_batch(project, team, overlap=2)
    task = make_task(batch, make_item(project, data={}, width=50, height=50))
    for width in (10, 8):
        box = {"id": "a", "label": "car", "box": [0, 0, width, 10]}
        slot = task.assignments.filter(state="open").first()
        slot.state, slot.annotator = "submitted", make_member(team)
        slot.save()
        Annotation.objects.create(
            task=task,
            author=slot.annotator,
            assignment=slot,
            instruction_version=project.instruction_versions.get(),
            answer={"objects": [box]},
            submitted_at=timezone.now(),
        )
    rollups.count_changes()
    row = ItemRollup.objects.get()
    assert (row.shared, row.agreement) == (1, 800_000)
    assert not ClassRollup.objects.exists()


def test_gold_measures_and_is_no_work(batch, team):
    task = make_labeled_task(batch, "wren", "robin", "wren")
    Task.objects.filter(pk=task.pk).update(state=Task.State.GOLD)
    made = task.annotations.first()
    Measurement.objects.create(
        project=batch.project,
        person=made.author,
        annotation=made,
        source="gold",
        is_right=True,
        score=1,
        expected="wren",
        given="wren",
        measured_at=timezone.now(),
    )
    rollups.count_changes()
    assert PersonRollup.objects.aggregate(n=Sum("labels"), right=Sum("right")) == {
        "n": 0,
        "right": 1,
    }
    assert not ItemRollup.objects.exists()
    assert WorkDay.objects.aggregate(n=Sum("done"))["n"] == 3
    assert ClassRollup.objects.get(label_class="wren").measured == 1


def test_a_drift_is_named_and_mended(batch, capsys):
    make_labeled_task(batch, "wren", "robin", "wren")
    rollups.count_changes()
    assert _command()["drifted"] == 0
    ItemRollup.objects.update(items=7)
    with pytest.raises(SystemExit):
        _command()
    assert "items of item" in capsys.readouterr().err
    assert _command("--fix")["drifted"] == 1
    assert _command()["drifted"] == 0


def test_a_drift_of_the_whole_project_is_named_and_mended(batch, team, capsys):
    other = make_batch(batch.project, team, overlap=3)
    for within in (batch, other):
        make_labeled_task(within, "wren", "robin", "wren")
    rollups.count_changes()
    assert ProjectClassRollup.objects.filter(label_class="wren").aggregate(
        n=Sum("labels"), shared=Sum("shared")
    ) == {"n": 4, "shared": 2}
    assert set(ProjectPairRollup.objects.values_list("kind", "first", "second", "pairs")) == {
        ("people", "robin", "wren", 4),
        ("people", "wren", "wren", 2),
    }
    ProjectPairRollup.objects.update(pairs=7)
    ProjectClassRollup.objects.filter(label_class="robin").delete()
    with pytest.raises(SystemExit):
        _command()
    assert "The whole project: pairs of project pair" in capsys.readouterr().err
    assert _command("--fix")["drifted"] > 2
    assert _command()["drifted"] == 0
    assert ProjectPairRollup.objects.aggregate(n=Sum("pairs"))["n"] == 6


def test_what_waits_to_be_counted_is_no_drift(batch):
    make_labeled_task(batch, "wren", "robin", "wren")
    assert rollup_recounts.recount(batch) == []
    assert rollup_recounts.recount(batch, fix=True) != []
    assert ItemRollup.objects.get().items == 1
    rollups.count_changes()
    assert ItemRollup.objects.get().items == 1


def _command(*options):
    out = io.StringIO()
    call_command("recount_quality", *options, "--json", stdout=out)
    return json.loads(out.getvalue())


def _sums():
    return [
        list(model.objects.order_by("pk").values())
        for model in (*rollups.MODELS.values(), *rollups.PROJECT_MODELS.values())
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_many_counts_at_once_count_everything_once(batch):
    for _number in range(8):
        make_labeled_task(batch, "wren", "robin", "wren")

    def count(_number):
        try:
            return rollups.count_changes()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    rollups.count_changes()
    assert ItemRollup.objects.aggregate(n=Sum("items"))["n"] == 8
    # Its own connection for one look is not part of the test's database.
    with transaction.atomic():
        assert rollup_recounts.recount(batch) == []
