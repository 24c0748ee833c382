"""What people see of a model that earns it class by class, and what is put on record of it."""

import copy
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.errors import DomainError
from tasks.models import Annotation, Batch, ModelVersion, Task
from tasks.services import batches, grid, model_grants, suggestions
from tests.factories import (
    CHOICE_SCHEMA,
    make_batch,
    make_grant,
    make_instruction,
    make_item,
    make_model_version,
    make_prediction,
    make_project,
)
from tests.factories import make_task as make_any_task
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    """The usual question with a third class."""
    made = make_project(team)
    schema = copy.deepcopy(CHOICE_SCHEMA)
    schema["controls"][0]["options"].append(
        {"value": "eagle", "title": "Eagle", "color": "#e03131"}
    )
    make_instruction(made, label_schema=schema)
    return made


def earning(project, team, **over):
    return make_batch(project, team, suggestions="earned", overlap=1, **over)


def make_task(batch, version, label, *, blind=False):
    """A task that chance keeps back, or not, with a prediction."""
    rolls = iter(uuid.uuid4, None)
    public_id = next(
        roll for roll in rolls if suggestions.is_blind(Task(public_id=roll), batch) == blind
    )
    task = make_any_task(batch, make_item(batch.project), public_id=public_id)
    prediction = make_prediction(version, task.item, label)
    prediction.created_at -= timedelta(hours=1)
    prediction.save()
    return task


def seen(row):
    shown = suggestions.visible(row)
    return shown and shown["mode"]


def test_each_class_is_shown_as_far_as_its_level_went_when_the_lease_began(project, team, ana):
    batch, version = earning(project, team), make_model_version(project)
    make_grant(version, "robin", level=2)
    make_grant(version, "wren", level=1)
    for label in ("robin", "wren", "eagle", "robin"):
        make_task(batch, version, label, blind=label == "robin" and batch.tasks.count() == 3)
    rows = take(ana, count=4)
    assert [seen(row) for row in rows] == ["shown", "after", None, None]
    # What is earned or lost meanwhile changes neither the open page nor the record.
    for label, level in (("robin", 0), ("wren", 2), ("eagle", 2)):
        make_grant(version, label, level=level)
    assert [seen(row) for row in take(ana, count=4)] == ["shown", "after", None, None]
    for row in rows:
        answer(row, ana)
    modes = Annotation.objects.order_by("pk").values_list("suggestion_mode", "suggestion_changed")
    assert [*modes] == [("shown", False), ("after", True), ("", None), ("blind", False)]
    for label in ("robin", "wren", "eagle"):
        make_task(batch, version, label)
    assert [seen(row) for row in take(ana, count=3)] == [None, "shown", "shown"]


@pytest.mark.parametrize("mode", ["shown", "earned"])
def test_a_stopped_version_and_one_that_answered_itself_suggest_nothing(project, team, ana, mode):
    batch = make_batch(project, team, suggestions=mode, blind_percent=20, overlap=2)
    version = make_model_version(project)
    make_grant(version, "robin", level=2)
    first = make_task(batch, version, "robin")
    [held] = take(ana)
    assert seen(held) == "shown"
    model_grants.stop(version, by=project.created_by, reason="wrong labels", redo=False)
    [held] = take(ana)
    assert (held.task_id, seen(held)) == (first.pk, None)
    assert answer(held, ana).annotation.suggestion_mode == "shown"
    make_task(batch, version, "robin")
    [held] = take(ana)
    assert answer(held, ana).annotation.suggestion_mode == ""
    model_grants.resume(version, by=project.created_by, reason="")
    make_grant(version, "robin", level=3)
    spoken = make_task(batch, version, "robin")
    [own] = take(version.user, batch=batch.pk) or [spoken.assignments.first()]
    own.state, own.annotator, own.leased_at = "leased", version.user, timezone.now()
    own.leased_until = timezone.now() + timedelta(minutes=5)
    own.instruction_version = project.instruction_versions.get()
    own.save()
    answer(own, version.user)
    [held] = take(ana)
    assert (held.task_id, seen(held)) == (spoken.pk, None)
    assert answer(held, ana).annotation.suggestion_mode == ""


def test_a_version_in_training_suggests_nothing_to_who_began_before_its_end(project, team, ana):
    batch = make_batch(project, team, suggestions="shown", overlap=1, blind_percent=0)
    version = make_model_version(project, is_ready=False)
    make_task(batch, version, "robin")
    [row] = take(ana)
    assert seen(row) is None
    ModelVersion.everything.update(ready_at=timezone.now())
    assert seen(take(ana)[0]) is None
    answer(row, ana)
    assert Annotation.objects.get(assignment=row).suggestion is None
    make_task(batch, version, "wren")
    assert seen(take(ana)[0]) == "shown"


def test_a_version_proved_to_sway_comes_after_the_answer(project, team, ana):
    batch, version = earning(project, team), make_model_version(project)
    make_grant(version, "robin", level=4)
    ModelVersion.objects.update(sways_since=timezone.now())
    make_task(batch, version, "robin")
    [held] = take(ana)
    assert answer(held, ana).annotation.suggestion_mode == "after"


def test_the_newest_version_that_has_earned_something_speaks(project, team, ana):
    batch = earning(project, team)
    older, newer = make_model_version(project), make_model_version(project)
    make_grant(older, "robin", level=2)
    make_prediction(newer, make_task(batch, older, "robin").item, "wren")
    [held] = take(ana)
    assert suggestions.visible(held)["answer"] == {"species": "robin"}


def test_a_grid_holds_what_may_be_shown_first_and_nothing_else(project, team, ana):
    batch, version = earning(project, team), make_model_version(project)
    make_grant(version, "robin", level=2)
    make_grant(version, "wren", level=1)
    first = make_task(batch, version, "robin")
    make_task(batch, version, "robin", blind=True)
    make_task(batch, version, "wren")
    make_task(batch, version, "eagle")
    page = grid.next_page(ana, batch.pk)
    assert (page.value, [row.task_id for row in page.assignments]) == ("robin", [first.pk])
    for value in ("wren", "eagle"):
        assert grid.next_page(ana, batch.pk, value=value).assignments == []


def test_a_batch_whose_suggestions_are_earned_keeps_a_fifth_back(project, team):
    batch = make_batch(project, team, suggestions="shown", blind_percent=0)
    with pytest.raises(DomainError) as caught:
        batches.update_batch(batch, by=project.created_by, suggestions="earned")
    assert caught.value.field == "blind_percent"
    made = batches.update_batch(
        batch, by=project.created_by, suggestions="earned", blind_percent=20
    )
    assert made.suggestions == Batch.Suggestions.EARNED
