"""Batches as a manager fills, starts, pauses and closes them."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.jobs.services import claim_job
from tasks.models import WORK_STATES, Assignment, Batch, InstructionVersion, Task
from tasks.services import batch_items, batches, overlaps, recounts
from tests.factories import (
    make_batch,
    make_item,
    make_project,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_published_project(make_team())


@pytest.fixture
def mei(project):
    return project.created_by


def new_batch(project, by, **over):
    over.setdefault("name", "Dusk")
    over.setdefault("teams", list(project.teams.all()))
    return batches.create_batch(project, by=by, **over)


def last_event(target):
    return Event.objects.about(target).first()


def test_a_new_batch_is_an_empty_draft_with_its_event(project, mei):
    batch = new_batch(
        project,
        mei,
        purpose=" The model misses birds at dusk. ",
        purpose_kind="model",
        target_metric="recall at dusk",
        target_baseline=Decimal("0.81"),
        accuracy_percent=95,
    )
    assert batch.state == Batch.State.DRAFT
    assert batch.purpose == "The model misses birds at dusk."
    assert batch.progress.task_count == 0
    assert last_event(batch).verb == "batch.created"
    after = last_event(batch).after
    assert after["teams"] == [str(project.teams.get())]
    assert (after["target_baseline"], after["target_value"]) == (0.81, None)
    assert (after["purpose_kind"], after["accuracy_percent"]) == ("model", 95)
    assert batch.target_change == "0.81 → ?"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("purpose_kind", "because"),
        ("target_baseline", Decimal("1000000")),
        ("accuracy_percent", 49),
        ("name", "a\x00b"),
        ("name", "x" * 121),
        ("overlap", 0),
        ("overlap", 51),
        ("overlap", "many"),
        ("review_percent", 101),
        ("priority", 7),
    ],
)
def test_a_wrong_field_is_named(project, mei, field, value):
    with pytest.raises(DomainError) as caught:
        new_batch(project, mei, **{field: value})
    assert caught.value.field == field
    assert not Batch.objects.exists()


def test_a_name_is_used_once_in_a_project(project, mei):
    new_batch(project, mei)
    with pytest.raises(DomainError) as caught:
        new_batch(project, mei)
    assert caught.value.code == "name_taken"


def test_a_team_without_the_project_cannot_get_its_batch(project, mei):
    with pytest.raises(DomainError) as caught:
        new_batch(project, mei, teams=[make_team()])
    assert caught.value.code == "team_without_access"


def test_items_become_tasks_with_one_open_slot_per_label(project, mei):
    items = [make_item(project) for _ in range(3)]
    batch = new_batch(project, mei, overlap=3)
    assert batch_items.add_items(batch, by=mei) == 3
    assert set(batch.tasks.values_list("item", flat=True)) == {item.pk for item in items}
    slots = Assignment.objects.filter(batch=batch, state="open", stage="annotate", round=1)
    assert sorted(slots.values_list("slot", flat=True)) == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert batch.progress.pending_count == 3
    assert last_event(batch).after == {"count": 3}


def test_adding_items_twice_changes_nothing(project, mei):
    make_item(project)
    batch = new_batch(project, mei)
    batch_items.add_items(batch, by=mei)
    make_item(project)
    assert batch_items.add_items(batch, by=mei) == 1
    assert batch_items.add_items(batch, by=mei) == 0
    assert Assignment.objects.count() == 4


def test_only_named_items_are_added_and_repeats_do_not_matter(project, mei):
    first, _other = make_item(project), make_item(project)
    batch = new_batch(project, mei)
    assert batch_items.add_items(batch, [first.pk, first.pk], by=mei) == 1


def test_another_projects_item_is_refused(project, mei):
    batch = new_batch(project, mei)
    foreign = make_item(make_project())
    with pytest.raises(DomainError) as caught:
        batch_items.add_items(batch, [foreign.pk], by=mei)
    assert caught.value.code == "unknown_item"
    assert not Task.objects.exists()


def test_many_items_go_in_by_chunks(project, mei, monkeypatch):
    monkeypatch.setattr(batch_items, "CHUNK", 4)
    for _ in range(10):
        make_item(project)
    batch = new_batch(project, mei, overlap=1)
    assert batch_items.add_items(batch, by=mei) == 10
    counts = [event.after["count"] for event in Event.objects.filter(verb="batch.items_added")]
    assert sorted(counts) == [2, 4, 4]


def test_items_without_batch_leaves_out_what_is_taken_up(project, mei):
    taken, free = make_item(project), make_item(project)
    make_task(make_batch(project), taken)
    assert list(batch_items.items_without_batch(project)) == [free]


def test_a_closed_batch_takes_no_items(project, mei):
    make_item(project)
    batch = make_batch(project, state=Batch.State.CLOSED)
    with pytest.raises(Conflict):
        batch_items.add_items(batch, by=mei)


def test_the_overlap_of_a_filled_batch_changes_by_a_job(project, mei):
    batch = new_batch(project, mei, overlap=2)
    assert batches.update_batch(batch, by=mei, overlap=1).adjusting is None
    batch_items.add_items(batch, [make_item(project).pk], by=mei)
    job = batches.update_batch(batch, by=mei, overlap=3).adjusting
    overlaps.run_adjusting(claim_job(job.pk))
    slots = Assignment.objects.filter(batch=batch, state=Assignment.State.OPEN)
    assert sorted(slots.values_list("slot", flat=True)) == [1, 2, 3]
    assert recounts.recount(batch) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"overlap_max": 3, "confidence_percent": None}, "confidence_percent"),
        ({"overlap_max": None, "confidence_percent": 80}, "overlap_max"),
        ({"overlap_max": 1, "confidence_percent": 80}, "overlap_max"),
        ({"language": "Portuguese"}, "language"),
        ({"min_level": 6}, "min_level"),
        ({"person_limit": 0}, "person_limit"),
    ],
)
def test_terms_that_make_no_sense_are_refused_by_field(project, mei, change, field):
    batch = new_batch(project, mei, overlap=2)
    with pytest.raises(DomainError) as caught:
        batches.update_batch(batch, by=mei, **change)
    assert caught.value.field == field


def test_a_change_keeps_before_and_after(project, mei):
    batch = new_batch(project, mei)
    batches.update_batch(batch, by=mei, priority=1, teams=[])
    event = last_event(batch)
    assert (event.before["priority"], event.after["priority"]) == (3, 1)
    assert event.after["teams"] == []


def test_state_and_project_are_no_ordinary_fields(project, mei):
    batch = new_batch(project, mei)
    with pytest.raises(DomainError) as caught:
        batches.update_batch(batch, by=mei, state="running")
    assert caught.value.code == "not_changeable"


def test_a_batch_starts_only_with_items_and_published_instructions(project, mei):
    batch = new_batch(project, mei)
    with pytest.raises(Conflict) as caught:
        batches.start_batch(batch, by=mei)
    assert caught.value.code == "no_items"
    InstructionVersion.objects.all().delete()
    with pytest.raises(Conflict) as caught:
        batches.start_batch(batch, by=mei)
    assert caught.value.code == "no_instructions"


def test_progress_counts_every_state_once(project):
    batch = make_batch(project)
    for state in WORK_STATES:
        make_task(batch, state=state)
    counted = batch.progress
    # What was excluded is not to be done.
    assert counted.task_count == len(WORK_STATES) - 1
    assert {getattr(counted, f"{state.value}_count") for state in WORK_STATES} == {1}


ARROWS = {
    ("draft", "start"): "running",
    ("running", "pause"): "paused",
    ("paused", "start"): "running",
    ("running", "close"): "closed",
    ("paused", "close"): "closed",
    ("closed", "start"): "running",
}
DOORS = {
    "start": batches.start_batch,
    "pause": batches.pause_batch,
    "close": batches.close_batch,
}


class BatchMachine(RuleBasedStateMachine):
    """Any order of buttons: the state follows the arrows, and each arrow leaves one event."""

    def __init__(self):
        super().__init__()
        project = make_published_project()
        self.by = project.created_by
        self.batch = make_batch(project, state=Batch.State.DRAFT)
        make_task(self.batch)
        self.state = "draft"
        self.moves = 0

    @rule(action=st.sampled_from(sorted(DOORS)))
    def press(self, action):
        expected = ARROWS.get((self.state, action))
        if expected is None:
            with pytest.raises(Conflict) as caught:
                DOORS[action](self.batch, by=self.by)
            assert caught.value.code == "wrong_state"
            return
        DOORS[action](self.batch, by=self.by)
        self.state = expected
        self.moves += 1

    @invariant()
    def the_row_agrees(self):
        stored = Batch.objects.get(pk=self.batch.pk)
        assert stored.state == self.state
        assert bool(stored.closed_at) == (self.state == "closed")
        assert bool(stored.started_at) == (self.moves > 0)
        assert Event.objects.about(stored).count() == self.moves
        assert Assignment.objects.filter(batch=stored, state="open").count() == 2


class TestBatchMachine(HypothesisTestCase, BatchMachine.TestCase):
    settings = settings(
        max_examples=15,
        stateful_step_count=12,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
