"""A person's work is taken out as a whole: nothing knows of it any more, until it is put back."""

import json
import random
import uuid
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.errors import Conflict, DomainError, NotAllowed
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from reviews.models import Consensus, PersonRollup, WorkDay
from reviews.reports.withdrawals import figures
from reviews.services import consensus, person_withdrawals, queue, rollup_recounts, rollups
from reviews.services.figures import count_classes, project_figures
from reviews.services.outcomes import round_annotations
from reviews.services.person_withdrawals import Fate
from tasks.models import Annotation, Assignment, Batch, Task
from tasks.services import eligibility, handout, overlaps, withdrawals
from tasks.services.recounts import recount
from tests.factories import (
    make_annotation,
    make_batch,
    make_gold,
    make_gold_answer,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    make_team,
    settle,
)
from tests.reviews.deciding import decide
from tests.tasks.labeling import answer, take
from tests.tasks.test_export_choices import ANNOTATIONS
from tests.tasks.test_export_service import exported

pytestmark = pytest.mark.django_db
AGO = timedelta(days=1)
State = Task.State


@pytest.fixture
def house():
    """Ana, whose work is in question, Bo and Cleo beside her, and Mei, who manages."""
    team = make_team()
    project = make_published_project(team)
    people = {name: make_member(team) for name in ("ana", "bo", "cleo")}
    return SimpleNamespace(
        team=team, project=project, mei=make_member(team, Role.MANAGER), **people
    )


def begin(house, **over):
    over = {"since": timezone.now() - AGO, "reason": "Too fast to be true", "by": house.mei} | over
    return person_withdrawals.withdraw(house.project, house.ana, **over)


def finish(job, work):
    run_job(job.pk, work)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.message


def take_out(house, **over):
    found = begin(house, **over)
    finish(found.job, person_withdrawals.run_withdrawal)
    return found


def put_back(found, by):
    finish(person_withdrawals.undo(found, by=by), person_withdrawals.run_undo)
    found.refresh_from_db()


def counts(found):
    return {figure.name: figure.count for figure in figures(found) if figure.count}


def assert_exact(*batches):
    rollups.count_changes()
    for batch in batches:
        assert recount(batch) == []
        assert rollup_recounts.recount(batch) == []
        assert rollup_recounts.recount_project(batch.project) == []


def picture(task):
    task.refresh_from_db()
    return task.state, task.result_answer, task.result_source, task.labels_missing, task.round


def test_every_fate_and_back_again(house):
    """One task of each fate; what went out comes back exactly."""
    batch = make_batch(house.project, house.team, overlap=2)
    pairs = {"authors": [house.ana, house.bo]}
    accepted = make_labeled_task(batch, "robin", "robin", **pairs)
    reviewed = make_labeled_task(batch, "robin", "wren", **pairs)
    decided = make_labeled_task(batch, "robin", "wren", **pairs)
    consensus.assess_waiting()
    settle(decided, {"species": "wren"})
    alone = make_task(batch)
    make_annotation(alone, house.ana, {"species": "wren"})
    excluded = make_labeled_task(batch, "wren", "wren", **pairs)
    Task.objects.filter(pk=excluded.pk).update(state=State.EXCLUDED, labels_complete_at=None)
    recount(batch, fix=True)
    make_gold_answer(make_gold(house.project), batch, house.ana, "wren")
    work = [accepted, reviewed, decided, alone, excluded]
    before = [picture(task) for task in work]
    expert = make_member(house.team, Role.EXPERT)
    since = timezone.now() - AGO
    fates = person_withdrawals.answers_since(house.project, house.ana, since, timezone.now())
    assert sorted(fates.values_list("fate", flat=True)) == sorted(
        [Fate.ACCEPTED, Fate.REVIEWED, Fate.DECIDED, Fate.LABELING, Fate.ASIDE, Fate.GOLD]
    )
    held = queue.next_review(expert, is_required=True)

    found = take_out(house)

    assert_exact(batch)
    assert [picture(task)[0] for task in work] == [
        *(State.LABELING, State.LABELING, State.ACCEPTED, State.PENDING, State.EXCLUDED)
    ]
    assert picture(accepted)[1:4] == (None, "", 1)
    assert picture(decided) == before[2]
    held.refresh_from_db()
    assert held.state == Assignment.State.REVOKED
    assert not queue.waiting(expert).exists()
    # Kept, with a reason that its author reads, and paid; but not among the answers that stand.
    taken = Annotation.everything.get(task=accepted, author=house.ana)
    assert (taken.state, taken.assignment.comment) == ("withdrawn", "Too fast to be true")
    assert not Annotation.objects.filter(pk=taken.pk).exists()
    assert batch.tallies.get(person=house.ana).annotation_count == 6
    assert sum(WorkDay.objects.filter(person=house.ana).values_list("done", flat=True)) == 6
    made = sum(PersonRollup.objects.filter(person=house.ana).values_list("labels", flat=True))
    assert made == 1
    assert counts(found) == {"": 4, "accepted": 1, "waiting": 3, "aside": 1}

    # Never for her again, for others at once.
    assert not take(house.ana, count=5)[1:]
    assert eligibility.anybody_left(accepted)
    [given] = take(house.cleo)
    assert given.task_id in {accepted.pk, reviewed.pk, alone.pk}
    answer(given, house.cleo)
    assert counts(found)["relabeled"] == 1

    put_back(found, house.mei)

    consensus.assess_waiting()
    assert_exact(batch)
    assert counts(found) == {"": 4, "accepted": 1, "back": 3, "kept_out": 1}
    for task, was in zip(work, before, strict=True):
        if task.pk != given.task_id:
            assert picture(task) == was
    assert not person_withdrawals.can_undo(found)
    with pytest.raises(Conflict):
        person_withdrawals.undo(found, by=house.mei)


def test_every_reader_leaves_it_out(house):
    """Votes, figures, exports and frozen labels know of the others' answers alone."""
    batch = make_batch(house.project, house.team, overlap=2)
    tasks = [
        make_labeled_task(batch, "robin", "wren", authors=[house.ana, house.bo])
        for _number in range(2)
    ]
    consensus.assess_waiting()
    take_out(house)
    assert count_classes(house.project.pk) == {"species": {"wren": 2}}
    assert {row["id"] for row in project_figures(house.project)["annotators"]} == {house.bo.pk}
    for given in take(house.cleo, count=2):
        answer(given, house.cleo, "wren")
    consensus.assess_waiting()
    for task in tasks:
        assert picture(task)[:2] == (State.ACCEPTED, {"species": "wren"})
        found = Consensus.objects.get(task=task)
        assert (found.annotation_count, found.is_tie, found.agreement) == (2, False, 1)
        assert {made.author for made in round_annotations(task)} == {house.bo, house.cleo}
    by_labels, _transfer = exported(house.project, "jsonl")
    assert [json.loads(line)["annotations"] for line in by_labels.splitlines()] == [2, 2]
    by_people, _transfer = exported(house.project, "jsonl", choice=ANNOTATIONS)
    answers = [json.loads(line)["answer"] for line in by_people.splitlines()]
    assert answers == [{"species": "wren"}] * 4


def test_what_is_refused(house):
    batch = make_batch(house.project, house.team, overlap=1)
    with pytest.raises(DomainError) as refused:
        begin(house)
    assert refused.value.code == "nothing_to_withdraw"
    make_annotation(make_task(batch), house.ana, {"species": "wren"})
    with pytest.raises(NotAllowed):
        begin(house, by=house.ana)
    for wrong in ({"since": timezone.now() + AGO}, {"reason": " "}, {"reason": "x" * 501}):
        with pytest.raises(DomainError):
            begin(house, **wrong)
    found = begin(house)
    with pytest.raises(Conflict) as running:
        begin(house)
    assert running.value.code == "still_running"
    for step in (person_withdrawals.undo, person_withdrawals.go_on):
        with pytest.raises(NotAllowed):
            step(found, by=house.ana)
        with pytest.raises(Conflict):
            step(found, by=house.mei)


def test_an_interrupted_withdrawal_goes_on_where_it_was(house, monkeypatch):
    """Stopped after its first chunk it can be taken up again, or what went out put back."""
    monkeypatch.setattr(person_withdrawals, "CHUNK", 2)
    batch = make_batch(house.project, house.team, overlap=1)
    for _number in range(5):
        make_annotation(make_task(batch), house.ana, {"species": "wren"})
    consensus.assess_waiting()
    found = begin(house)
    save, calls = person_withdrawals.save_progress, []

    def save_and_cancel(job):
        calls.append(save(job))
        if len(calls) == 1:
            cancel_job(job, by=house.mei)

    monkeypatch.setattr(person_withdrawals, "save_progress", save_and_cancel)
    run_job(found.job_id, person_withdrawals.run_withdrawal)
    found.refresh_from_db()
    assert (found.job.state, counts(found)["waiting"]) == (Job.State.CANCELLED, 2)
    assert_exact(batch)
    job = person_withdrawals.go_on(found, by=house.mei)
    finish(job, person_withdrawals.run_withdrawal)
    found.refresh_from_db()
    assert counts(found)["waiting"] == 5
    put_back(found, house.mei)
    consensus.assess_waiting()
    assert counts(found)["back"] == 5
    assert batch.tasks.filter(state=State.ACCEPTED).count() == 5
    assert_exact(batch)


def test_a_late_answer_and_a_repeated_request_bring_nothing_back(house):
    """What was stored is told again as it was; an old lease of the task opens no new one."""
    batch = make_batch(house.project, house.team, overlap=1)
    make_task(batch)
    [given] = take(house.ana)
    key = {"request_id": uuid.uuid4()}
    answer(given, house.ana, **key)
    old = Assignment.objects.get(pk=given.pk)
    take_out(house)
    assert answer(given, house.ana, **key).is_replay
    old.pk, old.public_id, old.request_id = None, uuid.uuid4(), None
    old.state = Assignment.State.RELEASED
    old.save()
    with pytest.raises(Conflict) as lost:
        answer(old, house.ana)
    assert lost.value.code == "lease_lost"
    assert take(house.ana) == []
    assert_exact(batch)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_steps_keeps_every_count(house, seed):
    """People label, undo, decide and ask for more labels while work goes out and comes back."""
    rng = random.Random(seed)
    batch = make_batch(house.project, house.team, overlap=rng.choice([1, 2, 3]), review_percent=30)
    for _number in range(6):
        make_task(batch)
    crew = [house.ana, house.bo, house.cleo, make_member(house.team)]
    expert = make_member(house.team, Role.EXPERT)
    found = []

    def label():
        who = rng.choice(crew)
        for given in take(who, count=rng.choice([1, 2])):
            answer(given, who, rng.choice(["robin", "wren"]))

    def lease():
        take(rng.choice(crew))

    def take_back():
        mine = Assignment.objects.filter(state="submitted", stage="annotate").last()
        if mine and mine.pk in withdrawals.withdrawable([mine]):
            withdrawals.withdraw(mine.public_id, by=mine.annotator)

    def judge():
        if held := queue.next_review(expert):
            way = rng.choice(["fix", "reject"])
            # A fix that changes nothing is refused.
            with suppress(DomainError):
                decide(held, way, answer={"species": "robin"} if way == "fix" else None)

    def adjust():
        Batch.objects.filter(pk=batch.pk).update(overlap=rng.choice([1, 2, 3]))
        overlaps.adjust(list(batch.tasks.values_list("pk", flat=True)), by=house.mei)

    def remove():
        with suppress(DomainError):
            found.append(take_out(house))

    def restore():
        if found and person_withdrawals.can_undo(found[-1]):
            put_back(found[-1], house.mei)

    steps = [label] * 5 + [lease, take_back, judge, adjust, remove, restore]
    for _step in range(32):
        rng.choice(steps)()
        consensus.assess_waiting(rng=rng)
        assert recount(batch) == []
    assert_exact(batch)
    assert found
    taken = Annotation.everything.filter(state="withdrawn").values("task")
    again = handout.next_assignments(house.ana, count=10).assignments
    assert not {row.task_id for row in again} & {row["task"] for row in taken}
