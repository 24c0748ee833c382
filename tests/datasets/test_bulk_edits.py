"""One act on many items: what it changes, what it leaves alone and why, and taking it back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from datasets.models import BulkEdit, BulkEditRow
from datasets.services import bulk_edits
from datasets.services.edit_facts import Why
from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError, NotAllowed
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from reviews.models import Consensus, Review
from reviews.services import queue
from tasks.models import Assignment, ItemTag, LabelClass, Question, Stage, Task
from tasks.services import questions, slots
from tasks.services.recounts import recount
from tests.factories import (
    make_accepted_tasks,
    make_batch,
    make_gold,
    make_item,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
ROBIN, WREN = {"species": "robin"}, {"species": "wren"}
State = BulkEditRow.State


def build():
    """Six labels that the vote accepted, and whoever may edit them."""
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team, overlap=1)
    tasks = make_accepted_tasks(batch, 6, answer=ROBIN, author=make_member(team))
    people = {role: make_member(team, role) for role in (Role.EXPERT, Role.MANAGER)}
    return {"team": team, "project": project, "batch": batch, "tasks": tasks, **people}


@pytest.fixture
def expert(made):
    return made[Role.EXPERT]


@pytest.fixture
def tasks(made):
    return made["tasks"]


def edited(made, act, items, *, by=None, objects=(), **wishes):
    """An edit that has run to its end."""
    wishes = {"reason": "They look wrong."} | wishes
    meant = {item.pk: list(objects) for item in items}
    by = by or made[Role.EXPERT]
    edit = bulk_edits.start(made["project"], meant, act=act, wishes=wishes, source={}, by=by)
    run_job(edit.job_id, bulk_edits.run)
    return BulkEdit.objects.get(pk=edit.pk)


def taken_back(edit, by):
    job = bulk_edits.undo(edit, by=by)
    run_job(job.pk, bulk_edits.run_undo)
    assert Job.objects.get(pk=job.pk).state == "done"
    return BulkEdit.objects.get(pk=edit.pk)


def rows(edit):
    return [(row.state, row.note) for row in edit.rows.order_by("pk")]


def items(tasks):
    return [task.item for task in tasks]


def world():
    """All that an edit may change and its undoing has to put back, but the count of revisions."""
    fields = ("pk", "state", "round", "result_answer", "result_source", "labels_missing")
    tasks = list(Task.objects.order_by("pk").values_list(*fields))
    open_rows = Assignment.objects.filter(state__in=["open", "leased", "parked"])
    classes = LabelClass.objects.order_by("task", "value").values_list("task", "value")
    doubts = Consensus.objects.order_by("task").values_list("standing", "was_wrong")
    return tasks, list(open_rows.values_list("task", "stage")), list(classes), list(doubts)


def test_labels_are_fixed_by_reviews_and_come_back_as_they_were(made, tasks, expert):
    before, counted = world(), recount(made["batch"])
    edit = edited(made, "fix", items(tasks[:3]), label="species:wren")
    assert rows(edit) == [(State.DONE, "")] * 3
    found = Task.objects.filter(pk__in=[task.pk for task in tasks[:3]])
    assert {(task.result_answer["species"], task.result_source) for task in found} == {
        ("wren", "review")
    }
    review = Review.objects.filter(task=tasks[0]).get()
    assert (review.decision, review.reviewer, review.comment) == ("fix", expert, "They look wrong.")
    assert Event.objects.about(edit).get().after["items"] == 3
    assert rows(edited(made, "fix", items(tasks[:1]), label="species:wren")) == [
        (State.LEFT, Why.SAME)
    ]
    taken_back(edit, expert)
    assert rows(edit) == [(State.UNDONE, "")] * 3
    assert world() == before
    assert recount(made["batch"]) == counted


def test_a_fix_that_is_taken_back_leaves_no_look_that_nobody_asked_for(made, tasks, expert):
    # What had waited was a blind second look, not a slot for whoever takes it.
    slots.open_slots(tasks[0], stage=Stage.REVIEW, round=1, after=1)
    edit = edited(made, "fix", items(tasks[:1]), label="species:wren")
    taken_back(edit, expert)
    assert rows(edit) == [(State.UNDONE, "")]
    assert not tasks[0].assignments.filter(state="open", slot=1).exists()


def test_a_late_undo_of_a_fix_is_a_new_decision_and_spares_what_was_decided_since(
    made, tasks, expert
):
    edit = edited(made, "fix", items(tasks[:2]), label="species:wren")
    Review.objects.update(decided_at=timezone.now() - timedelta(hours=1))
    again = edited(made, "fix", items(tasks[1:2]), label="species:robin")
    assert rows(again) == [(State.DONE, "")]
    taken_back(edit, expert)
    assert rows(edit) == [(State.UNDONE, ""), (State.KEPT, Why.TOUCHED)]
    first = Task.objects.get(pk=tasks[0].pk)
    assert (first.result_answer, first.result_source) == (ROBIN, "adjudication")


def test_what_cannot_be_edited_is_left_alone_and_says_why(made, tasks, expert):
    batch, project = made["batch"], made["project"]
    reviewed = queue.next_review(expert).task
    measuring, decided, foreign = [task for task in tasks if task.pk != reviewed.pk][:3]
    make_gold(project, item=measuring.item)
    unlabelled = make_task(batch)
    named = [measuring.item, reviewed.item, unlabelled.item, make_item(project)]
    expected = [Why.GOLD, Why.BEING_REVIEWED, Why.NO_LABEL, Why.NO_LABEL]
    other = make_member(made["team"], Role.EXPERT)
    for act in ("fix", "relabel"):
        edit = edited(made, act, named, by=other, label="species:wren")
        assert [note for _state, note in rows(edit)] == expected
    # An expert's word is not put to the vote again; nobody decides their own work.
    edited(made, "fix", [decided.item], label="species:wren", by=other)
    assert rows(edited(made, "relabel", [decided.item])) == [(State.LEFT, Why.BY_EXPERT)]
    author = foreign.annotations.get().author
    made["team"].memberships.filter(user=author).update(role=Role.EXPERT)
    own = edited(made, "fix", [foreign.item], by=author, label="species:wren")
    assert rows(own) == [(State.LEFT, Why.OWN_WORK)]
    with pytest.raises(NotAllowed):
        edited(made, "fix", named, by=made[Role.MANAGER], label="species:wren")
    for wrong in ({"label": "species:owl"}, {"label": ""}):
        with pytest.raises(DomainError):
            edited(made, "fix", named, **wrong)
    with pytest.raises(DomainError):
        edited(made, "exclude", named, reason=" ")
    with pytest.raises(DomainError):
        edited(made, "tag", [], tag="odd")


def test_labels_made_anew_come_back_while_nobody_has_begun(made, tasks, expert):
    before = world()
    edit = edited(made, "relabel", items(tasks[:2]), by=made[Role.MANAGER])
    sent = Task.objects.get(pk=tasks[0].pk)
    assert (sent.state, sent.round, sent.result_answer) == ("pending", 2, ROBIN)
    slot = sent.assignments.get(round=2)
    assert slot.rework_note["comment"] == "They look wrong."
    assert slot.offered_to is not None
    begun = Task.objects.get(pk=tasks[1].pk).assignments.get(round=2)
    now = timezone.now()
    Assignment.objects.filter(pk=begun.pk).update(
        state="leased", annotator=expert, leased_at=now, leased_until=now + timedelta(hours=1)
    )
    taken_back(edit, expert)
    assert rows(edit) == [(State.UNDONE, ""), (State.KEPT, Why.TOUCHED)]
    assert world()[0][0] == before[0][0]
    with pytest.raises(Conflict):
        bulk_edits.undo(edit, by=expert)


def test_items_are_excluded_in_every_batch_and_put_back_into_their_states(made, tasks, expert):
    team, project = made["team"], made["project"]
    second = make_batch(project, team, overlap=1)
    waiting = make_task(second, tasks[0].item)
    with transaction.atomic():
        queue.open_look(tasks[1])
    before, counted = world(), [recount(batch) for batch in (made["batch"], second)]
    edit = edited(made, "exclude", items(tasks[:2]))
    assert set(Task.objects.filter(item__in=items(tasks[:2])).values_list("state", flat=True)) == {
        "excluded"
    }
    assert rows(edited(made, "exclude", items(tasks[:1]))) == [(State.LEFT, Why.SAME)]
    taken_back(edit, expert)
    assert rows(edit) == [(State.UNDONE, "")] * 2
    after = world()
    # What was being labeled begins anew; the look that nobody had asked for is gone.
    assert after[2:] == before[2:]
    assert [task[:2] for task in after[0]] == [task[:2] for task in before[0]]
    assert Task.objects.get(pk=waiting.pk).round == 2
    assert [recount(batch) for batch in (made["batch"], second)] == counted


def test_one_question_is_asked_about_all_and_closed_again(made, tasks, expert):
    loose = make_item(made["project"])
    edit = edited(made, "question", [*items(tasks[:3]), loose], text="Are these puppets?")
    assert rows(edit) == [(State.DONE, "")] * 3 + [(State.LEFT, Why.NO_BATCH)]
    question = Question.objects.get()
    assert (question.item, question.others.count()) == (tasks[0].item, 2)
    taken_back(edit, expert)
    question.refresh_from_db()
    assert question.state == "closed"
    other = edited(made, "question", items(tasks[:2]), text="And these?")
    questions.answer(Question.objects.get(state="asked"), text="Yes.", by=expert)
    taken_back(other, expert)
    assert rows(other) == [(State.KEPT, Why.ANSWERED)] * 2


def test_tags_are_put_on_and_taken_off_and_each_is_told_once(made, tasks, expert):
    edited(made, "tag", items(tasks[:1]), tag="odd")
    edit = edited(made, "tag", items(tasks[:3]), tag="  odd ")
    assert rows(edit) == [(State.LEFT, Why.SAME)] + [(State.DONE, "")] * 2
    assert Event.objects.filter(verb="item.tagged").count() == 3
    off = edited(made, "untag", items(tasks[1:3]), tag="odd")
    taken_back(edit, expert)
    assert rows(edit)[1:] == [(State.KEPT, Why.TOUCHED)] * 2
    taken_back(off, expert)
    assert set(ItemTag.objects.values_list("item", flat=True)) == {
        task.item_id for task in tasks[:3]
    }


def test_a_killed_or_stopped_edit_goes_on_and_does_nothing_twice(made, tasks, expert, monkeypatch):
    act = bulk_edits.ACTS["relabel"]
    small = replace(act, chunk=2)
    monkeypatch.setitem(bulk_edits.ACTS, "relabel", small)
    meant = {task.item_id: [] for task in tasks}
    edit = bulk_edits.start(
        made["project"], meant, act="relabel", wishes={"reason": "Anew."}, source={}, by=expert
    )
    calls = []

    def dies(*arguments):
        calls.append(arguments)
        act.do(*arguments)
        if len(calls) == 2:
            raise RuntimeError("killed")

    monkeypatch.setitem(bulk_edits.ACTS, "relabel", replace(small, do=dies))
    with pytest.raises(RuntimeError):
        run_job(edit.job_id, bulk_edits.run)
    assert [state for state, _note in rows(edit)] == ["done"] * 2 + ["waiting"] * 4
    monkeypatch.setitem(bulk_edits.ACTS, "relabel", small)
    edit.refresh_from_db()
    job = bulk_edits.go_on(edit, by=expert)
    run_job(job.pk, bulk_edits.run)
    run_job(job.pk, bulk_edits.run)
    assert set(rows(edit)) == {(State.DONE, "")}
    assert set(Task.objects.values_list("round", flat=True)) == {2}
