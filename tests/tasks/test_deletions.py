"""Items in the bin: handed out, shown, counted and exported nowhere, and back as they were."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from labelops.accounts.models import Role
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import JobStopped, claim_job, run_job
from reviews.models import PersonRollup, WorkDay
from reviews.services import rollups
from tasks.models import (
    Annotation,
    Assignment,
    Deletion,
    Draft,
    LabelClass,
    Question,
    Task,
)
from tasks.services import assignments, deletions, questions, results, withdrawals
from tasks.services.item_selection import Selection
from tasks.services.recounts import recount
from tests.factories import (
    make_annotation,
    make_batch,
    make_gold,
    make_gold_answer,
    make_image_item,
    make_item,
    make_labeled_task,
    make_member,
    make_project,
    make_published_project,
    make_task,
    make_team,
    settle,
)
from tests.tasks.imports import import_bytes
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db
REASON = "The customer withdrew these pictures."
TASK = (
    *("state", "held_state", "round", "labels_missing", "labels_complete_at", "result_answer"),
    *("result_source", "result_revision", "result_version", "settled_at", "stale_version"),
    "set_aside",
)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER, username="mei")


@pytest.fixture
def batch(project, team):
    return make_batch(project, team, overlap=2)


def selected(*items):
    return Selection(ids=tuple(str(item.public_id) for item in items))


def delete(project, *items, by):
    return deletions.delete(project, selected(*items), reason=REASON, by=by)


def picture(project):
    """All that a restore has to bring back: tasks, slots, classes of labels, counts."""
    slots = Assignment.objects.filter(batch__project=project).exclude(state="revoked")
    return {
        "tasks": list(Task.objects.filter(batch__project=project).values_list("pk", *TASK)),
        "slots": sorted(slots.values_list("task", "stage", "round", "slot", "state")),
        "classes": sorted(
            LabelClass.objects.filter(project=project).values_list(
                "task", "control", "value", "is_looked_through"
            )
        ),
        "counts": [found.progress for found in project.batches.order_by("pk")],
        "items": list(project.items.values_list("pk", flat=True)),
    }


def person_sums():
    columns = rollups.sum_columns("person")
    return sorted(PersonRollup.objects.values_list("person", *columns))


def test_tasks_of_every_state_leave_all_counts_and_come_back_as_they_were(
    project, batch, team, ana, bo, elena, mei
):
    make_task(batch)
    begun = make_task(batch)
    make_annotation(begun, ana, {"species": "wren"})
    make_labeled_task(batch, "robin", "wren", authors=[ana, bo])
    accepted = make_labeled_task(batch, "robin", "robin", authors=[ana, bo])
    settle(accepted, {"species": "robin"})
    LabelClass.objects.filter(task=accepted).update(is_looked_through=True)
    for move in (results.open_review, results.open_adjudication, results.exclude):
        results_of = results.lock_task(make_task(batch).pk)
        move(results_of, by=elena, reason="")
    asked = make_task(batch)
    results.hold(results.lock_task(asked.pk), by=ana, reason="")
    gold = make_gold(project)
    make_gold_answer(gold, batch, ana)
    Question.objects.create(
        project=project,
        item=asked.item,
        task=asked,
        assignment=asked.assignments.first(),
        instruction_version=project.instruction_versions.get(),
        asker=ana,
        text="?",
        asked_at=timezone.now(),
    )
    rollups.count_changes()
    before, sums = picture(project), person_sums()
    work = list(WorkDay.objects.values_list("person", "done"))
    assert work
    held = Assignment.objects.get(state="leased")

    deletion = delete(project, *project.items.all(), by=mei)

    assert (deletion.item_count, deletion.job) == (9, None)
    assert not project.items.exists()
    assert batch.progress.task_count == batch.progress.excluded_count == 0
    assert take(bo) == []
    assert recount(batch) == []
    assert not LabelClass.objects.exists()
    held.refresh_from_db()
    assert held.state == "revoked"
    rollups.count_changes()
    assert {number for row in person_sums() for number in row[1:]} == {0}
    # The work was done: its days, from which people are paid, stay.
    assert list(WorkDay.objects.values_list("person", "done")) == work

    deletions.restore(deletion, by=mei)

    rollups.count_changes()
    after = picture(project)
    before["slots"].remove((held.task_id, "annotate", 1, 1, "leased"))
    before["slots"] = sorted([*before["slots"], (held.task_id, "annotate", 1, 1, "open")])
    assert after == before
    assert person_sums() == sums
    assert recount(batch) == []


def test_a_lease_is_revoked_with_its_draft_and_a_late_answer_is_kept_but_not_counted(
    project, batch, ana, mei
):
    task = make_task(batch)
    [held] = take(ana)
    assignments.save_draft(held, {"species": "wren"}, by=ana)
    deletion = delete(project, task.item, by=mei)
    with pytest.raises(Conflict) as refused:
        answer(held, ana)
    assert refused.value.code == "lease_lost"
    assert Draft.objects.get().answer == {"species": "robin"}
    assert not Annotation.objects.exists()
    deletions.restore(deletion, by=mei)
    [again] = take(ana)
    assert again.task_id == task.pk


def test_an_answer_cannot_be_taken_back_while_its_item_is_in_the_bin(project, batch, ana, mei):
    task = make_task(batch)
    made = make_annotation(task, ana, {"species": "wren"})
    deletion = delete(project, task.item, by=mei)
    with pytest.raises(Conflict, match="taken back"):
        withdrawals.withdraw(made.assignment.public_id, by=ana)
    deletions.restore(deletion, by=mei)
    withdrawals.withdraw(made.assignment.public_id, by=ana)
    assert recount(batch) == []


def test_a_question_waits_in_the_bin_with_its_item(project, batch, ana, elena, mei):
    task = make_task(batch)
    [held] = take(ana)
    question = questions.ask(held, text="Which one?", by=ana)
    deletion = delete(project, task.item, by=mei)
    assert not project.questions.exists()
    with pytest.raises(Conflict) as refused:
        questions.answer(question, text="The left one.", by=elena)
    assert refused.value.code == "item_deleted"
    deletions.restore(deletion, by=mei)
    task.refresh_from_db()
    assert task.state == Task.State.ON_HOLD
    questions.answer(question, text="The left one.", by=elena)
    [again] = take(ana)
    assert again.task_id == task.pk
    assert recount(batch) == []


def test_many_items_are_a_job_that_goes_on_where_it_was_killed_and_may_be_undone_meanwhile(
    project, batch, mei, monkeypatch
):
    monkeypatch.setattr(deletions, "AT_ONCE", 2)
    monkeypatch.setattr(deletions, "CHUNK", 2)
    for _number in range(5):
        make_task(batch)
    before = picture(project)
    everything = Selection(last=project.items.latest("pk").pk)
    late = make_task(batch)
    deletion = deletions.delete(project, everything, reason=REASON, by=mei)
    assert project.items.count() == 6
    job = claim_job(deletion.job_id)
    calls = iter([None, JobStopped()])

    def killed(job):
        if stopped := next(calls):
            raise stopped

    monkeypatch.setattr(deletions, "save_progress", killed)
    with pytest.raises(JobStopped):
        deletions.run_deleting(job)
    assert project.items.count() == 4
    assert recount(batch) == []
    monkeypatch.undo()
    monkeypatch.setattr(deletions, "AT_ONCE", 2)
    monkeypatch.setattr(deletions, "CHUNK", 2)
    Job.objects.filter(pk=job.pk).update(state="queued")
    run_job(job.pk, deletions.run_deleting)
    assert list(project.items.all()) == [late.item]
    assert Deletion.objects.get().item_count == 5
    restored = deletions.restore(deletion, by=mei)
    run_job(restored.job_id, deletions.run_restoring)
    late_id = late.item_id
    assert [pk for pk in picture(project)["items"] if pk != late_id] == before["items"]
    assert recount(batch) == []
    with pytest.raises(Conflict) as refused:
        deletions.restore(deletion, by=mei)
    assert refused.value.code == "restored_already"
    # A repetition of the job that comes late deletes nothing any more.
    Job.objects.filter(pk=job.pk).update(state="queued", cursor={})
    run_job(job.pk, deletions.run_deleting)
    assert project.items.count() == 6


def test_what_is_refused(project, batch, mei):
    task = make_task(batch)
    with pytest.raises(DomainError) as refused:
        deletions.delete(project, selected(task.item), reason=" ", by=mei)
    assert refused.value.field == "reason"
    with pytest.raises(DomainError) as refused:
        deletions.delete(project, Selection(ids=(str(uuid.uuid4()),)), reason=REASON, by=mei)
    assert refused.value.code == "no_items"
    elsewhere = make_task(make_batch(make_published_project(), overlap=1))
    with pytest.raises(DomainError):
        delete(project, elsewhere.item, by=mei)


class Sequences(HypothesisTestCase):
    """Whatever is done in between: a deletion that is restored leaves everything as it was."""

    @settings(max_examples=10, deadline=None)
    @given(steps=st.lists(st.sampled_from(["label", "settle", "delete", "restore"]), max_size=6))
    def test_delete_and_restore_is_no_change(self, steps):
        team = make_team()
        project = make_published_project(team)
        batch = make_batch(project, team, overlap=2)
        mei = make_member(team, Role.MANAGER)
        people = [make_member(team) for _number in range(2)]
        for _number in range(2):
            make_task(batch)
        bin_ = []
        for number, step in enumerate(steps):
            standing = list(project.items.all())
            item = standing[number % len(standing)] if standing else None
            if step == "label":
                for held in take(people[number % 2]):
                    answer(held, people[number % 2])
            elif step == "settle" and item:
                task = Task.objects.get(item=item)
                if task.state != Task.State.ACCEPTED:
                    settle(task, {"species": "wren"})
            elif step == "delete" and item:
                before = picture(project)
                deletions.restore(delete(project, item, by=mei), by=mei)
                assert picture(project) == before
                bin_.append(delete(project, item, by=mei))
            elif step == "restore" and bin_:
                deletions.restore(bin_.pop(), by=mei)
            assert recount(batch) == []
            assert batch.progress.task_count == project.items.count()


def sent(client, project, **body):
    return client.post(reverse("item_delete", args=[project.slug]), body)


def test_a_manager_ticks_items_sees_what_it_touches_and_undoes_it(
    client, project, batch, team, ana, elena, mei
):
    made = make_image_item(project, external_id="picture")
    make_task(batch, made)
    task = make_task(batch)
    make_annotation(task, ana, {"species": "wren"})
    client.force_login(mei)
    media = reverse("item_media", args=[made.public_id, "preview"])
    assert client.get(media).status_code == 200
    nothing = sent(client, project)
    assert nothing.status_code == 302
    preview = sent(client, project, item=[made.public_id, task.item.public_id])
    touched = preview.context["touched"]
    assert (touched.items, touched.tasks, touched.labels, touched.leases) == (2, 2, 1, 0)
    assert project.items.count() == 2
    ticked = [str(made.public_id), str(task.item.public_id)]
    assert sent(client, project, item=ticked, reason="").status_code == 422
    done = sent(client, project, item=ticked, reason=REASON)
    shown = client.get(done.headers["Location"]).content.decode()
    assert "picture" in shown
    assert REASON in shown
    assert client.get(media).status_code == 404
    assert client.get(reverse("item_detail", args=[made.public_id])).status_code == 404
    assert REASON in client.get(reverse("item_bin", args=[project.slug])).content.decode()
    client.force_login(elena)
    assert client.get(done.headers["Location"]).status_code == 404
    client.force_login(mei)
    deletion = Deletion.objects.get()
    client.post(reverse("deletion_restore", args=[deletion.public_id]))
    assert client.get(media).status_code == 200
    assert project.items.count() == 2


def test_all_that_fit_the_filter_are_those_that_were_there_when_it_was_looked_at(
    client, project, batch, mei
):
    for name in ("a1", "a2", "b1"):
        make_task(batch, make_item(project, external_id=name))
    client.force_login(mei)
    preview = sent(client, project, all="1", q="a", batch=batch.pk, state="pending")
    assert preview.context["touched"].items == 2
    chosen = preview.context["selection"]
    make_task(batch, make_item(project, external_id="a3"))
    sent(client, project, all="1", q="a", last=chosen.last, reason=REASON)
    assert sorted(project.items.values_list("external_id", flat=True)) == ["a3", "b1"]
    for wrong in ({"item": "no-id"}, {"all": "1", "state": "none"}, {"all": "1", "last": "-1"}):
        assert sent(client, project, **wrong).status_code == 400
    foreign = make_item(make_project(slug="elsewhere"))
    assert sent(client, project, item=foreign.public_id, reason=REASON).status_code == 302
    assert foreign.project.items.exists()


@pytest.mark.parametrize("count", [2, 12])
def test_the_pages_cost_the_same_for_any_number_of_items(client, project, batch, mei, count):
    client.force_login(mei)
    for number in range(count):
        delete(project, make_task(batch).item, by=mei)
        make_task(batch, make_item(project, external_id=f"left{number}"))
    deletion = Deletion.objects.first()
    addresses = [
        reverse("item_bin", args=[project.slug]),
        reverse("deletion_detail", args=[deletion.public_id]),
        reverse("project_delete", args=[project.slug]),
    ]
    for address in addresses:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= 12, address
    with CaptureQueriesContext(connection) as captured:
        sent(client, project, all="1")
    assert len(captured) <= 16


def test_an_import_is_told_that_an_id_is_in_the_bin(project, mei):
    gone = make_item(project, external_id="gone")
    make_item(project, external_id="last")
    deletion = delete(project, gone, by=mei)
    content = b"external_id,text\nnew,one\ngone,two\nlast,three\n"
    job = import_bytes(project, content, mode="good_rows")
    codes = {problem["value"]: problem["code"] for problem in job.errors}
    assert codes == {"gone": "item_in_bin", "last": "duplicate_id"}
    deletions.restore(deletion, by=mei)
    assert project.items.count() == 3
