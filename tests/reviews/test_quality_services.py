"""The figures of a project, stored and kept up to date."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.models import Consensus, QualitySnapshot, Review
from reviews.services import consensus, figures, quality
from reviews.services.figures import project_figures
from tasks.models import Annotation, Assignment, Stage, Task
from tests.factories import (
    CHOICE_SCHEMA,
    make_annotation,
    make_batch,
    make_instruction,
    make_labeled_task,
    make_member,
    make_project,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch():
    team = make_team()
    project = make_published_project(team)
    return make_batch(project, team, overlap=2, review_percent=0)


@pytest.fixture
def pair(batch):
    team = batch.teams.get()
    return make_member(team, username="ana"), make_member(team, username="bo", is_simulated=True)


def reviewed(task, decision, answer=None):
    """An expert's decision on a task, as the desk stores it."""
    version = task.batch.project.instruction_versions.get()
    expert = make_member(task.batch.teams.get(), "expert")
    slot = Assignment.objects.create(
        task=task,
        batch=task.batch,
        stage=Stage.REVIEW,
        slot=1,
        state=Assignment.State.SUBMITTED,
        annotator=expert,
        instruction_version=version,
    )
    return Review.objects.create(
        assignment=slot,
        task=task,
        reviewer=expert,
        decision=decision,
        answer=answer,
        decided_at=timezone.now(),
    )


def drawn(batch, pair):
    task = make_labeled_task(batch, "wren", "wren", authors=pair)
    consensus.assess(task.pk)
    return task


def test_every_figure_has_its_n_and_its_interval(batch, pair):
    for _number in range(3):
        make_labeled_task(batch, "wren", "wren", authors=pair)
    make_labeled_task(batch, "wren", "robin", authors=pair)
    [control] = project_figures(batch.project)["controls"]
    assert control["figures"]["percent"]["value"] == 0.75
    for figure in control["figures"].values():
        assert figure["n"] == 4
    assert control["figures"]["percent"]["low"] <= 0.75 <= control["figures"]["percent"]["high"]


def test_what_is_not_defined_is_none_and_neither_0_nor_1(batch, pair):
    make_labeled_task(batch, "wren", "wren", authors=pair)
    figures = project_figures(batch.project)
    assert figures["controls"][0]["figures"]["alpha"]["value"] is None
    assert figures["error_rate"]["value"] is None
    assert figures["error_rate"]["n"] == 0


def test_a_project_without_labels_has_empty_figures(batch):
    figures = project_figures(batch.project)
    assert figures["annotation_count"] == 0
    assert figures["annotators"] == []
    assert figures["confusion"] is None
    assert len(figures["days"]) == 14


def test_a_project_without_instructions_has_no_questions():
    assert project_figures(make_project())["controls"] == []


def test_people_are_listed_with_what_became_of_their_labels(batch, pair):
    ana, _bo = pair
    make_labeled_task(batch, "wren", "wren", authors=pair)
    make_labeled_task(batch, "wren", "robin", authors=pair)
    first, second = Annotation.objects.filter(author=ana)
    Annotation.objects.filter(pk=first.pk).update(state="accepted", active_ms=2_000)
    Annotation.objects.filter(pk=second.pk).update(state="rejected", active_ms=4_000)
    rows = {row["username"]: row for row in project_figures(batch.project)["annotators"]}
    assert rows["ana"]["labels"] == 2
    assert (rows["ana"]["accepted"], rows["ana"]["rejected"]) == (1, 1)
    assert rows["ana"]["median_seconds"] == 3.0
    assert (rows["ana"]["is_simulated"], rows["bo"]["is_simulated"]) == (False, True)


def test_mix_ups_are_counted_by_pairs_of_labels(batch, pair):
    make_labeled_task(batch, "wren", "robin", authors=pair)
    make_labeled_task(batch, "robin", "wren", authors=pair)
    found = project_figures(batch.project)["confusion"]
    assert found["most"] == [["robin", "wren", 2]]
    assert found["pairs"] == [[0, 2], [2, 0]]


def test_labels_and_decisions_are_counted_by_day(batch, pair):
    task = make_labeled_task(batch, "wren", "wren", authors=pair)
    old = timezone.now() - timedelta(days=3)
    Annotation.objects.filter(task=task, author=pair[0]).update(submitted_at=old)
    reviewed(task, Review.Decision.ACCEPT, {"species": "wren"})
    days = {day["day"]: day for day in project_figures(batch.project)["days"]}
    today = timezone.now().date().isoformat()
    assert (days[today]["labels"], days[today]["decisions"]) == (1, 1)
    assert days[old.date().isoformat()]["labels"] == 1


def test_the_error_rate_speaks_of_the_random_sample_alone(batch, pair):
    right, wrong, doubtful, _undecided = (drawn(batch, pair) for _number in range(4))
    standing = Consensus.Standing
    for task, state, was_wrong in (
        (right, standing.SAMPLED, False),
        (wrong, standing.SAMPLED, True),
        (doubtful, standing.DECIDED, True),
    ):
        Consensus.objects.filter(task=task).update(standing=state, was_wrong=was_wrong)
    rate = project_figures(batch.project)["error_rate"]
    assert (rate["value"], rate["n"], rate["size"]) == (0.5, 2, 4)
    assert 0 < rate["low"] < rate["value"] < rate["high"] <= 1


def test_an_escalation_is_no_verdict_on_the_label(batch, pair):
    reviewed(drawn(batch, pair), Review.Decision.ESCALATE)
    assert project_figures(batch.project)["error_rate"]["n"] == 0


def test_computing_twice_keeps_one_snapshot(batch, pair):
    make_labeled_task(batch, "wren", "wren", authors=pair)
    first = quality.compute_snapshot(batch.project)
    second = quality.compute_snapshot(batch.project)
    assert first.figures == second.figures
    assert second.computed_at > first.computed_at
    assert QualitySnapshot.objects.count() == 1


def test_only_projects_where_something_happened_are_computed_again(batch, pair):
    assert quality.refresh_outdated() == 0
    task = make_labeled_task(batch, "wren", "wren", authors=pair)
    assert quality.refresh_outdated() == 1
    assert quality.refresh_outdated() == 0
    reviewed(task, Review.Decision.ACCEPT, {"species": "wren"})
    assert quality.refresh_outdated() == 1


def test_boxes_have_f1_and_iou():
    team = make_team()
    project = make_project(team, item_type="image")
    shapes = {"name": "objects", "title": "Objects", "type": "shapes", "labels": [{"value": "car"}]}
    version = make_instruction(project, label_schema={"controls": [shapes]})
    task = make_labeled_task_with_boxes(project, team, version)
    [control] = project_figures(project)["controls"]
    assert control["figures"]["f1"]["value"] == 1.0
    assert control["figures"]["mean_iou"]["value"] == pytest.approx(0.9)
    assert control["figures"]["f1"]["n"] == 1
    assert task.annotations.count() == 2


def make_labeled_task_with_boxes(project, team, version):
    batch = make_batch(project, team, overlap=2)
    task = Task.objects.create(batch=batch, item=project.items.create(external_id="i"))
    for number, width in enumerate((10, 9), start=1):
        author = make_member(team)
        slot = Assignment.objects.create(
            task=task, batch=batch, slot=number, state="submitted", annotator=author
        )
        box = {"id": "a", "label": "car", "box": [0, 0, width, 10]}
        Annotation.objects.create(
            task=task,
            author=author,
            assignment=slot,
            instruction_version=version,
            answer={"objects": [box]},
            submitted_at=timezone.now(),
        )
    return task


def test_spans_are_measured_against_the_length_of_their_text():
    team = make_team()
    project = make_project(team, item_type="text")
    spans = {"name": "names", "title": "Names", "type": "spans", "labels": [{"value": "PER"}]}
    make_instruction(project, label_schema={"controls": [spans]})
    task = make_task(make_batch(project, team, overlap=2))
    span = {"id": "a", "label": "PER", "start": 0, "end": 3}
    for end in (3, 7):
        make_annotation(task, make_member(team), {"names": [span | {"end": end}]})
    [control] = project_figures(project)["controls"]
    assert control["figures"]["alpha_u"]["n"] == 1
    assert control["figures"]["exact_f1"]["value"] == 0


def test_each_option_of_a_multiple_choice_has_its_alpha(batch, pair):
    [species] = CHOICE_SCHEMA["controls"]
    multiple = {"controls": [species | {"multiple": True}]}
    batch.project.instruction_versions.update(label_schema=multiple)
    for first, second in ((["wren"], ["wren", "robin"]), (["robin"], ["robin"])):
        make_labeled_task(batch, first, second, authors=pair)
    [control] = project_figures(batch.project)["controls"]
    assert control["figures"]["percent"]["value"] == 0.75
    assert (control["options"]["wren"]["value"], control["options"]["wren"]["n"]) == (1, 2)


@pytest.mark.parametrize("state", ["draft", "in_approval", "withdrawn"])
def test_only_the_published_schema_is_counted_by(batch, pair, state):
    make_labeled_task(batch, "wren", "wren", authors=pair)
    renamed = {"controls": [CHOICE_SCHEMA["controls"][0] | {"name": "bird"}]}
    make_instruction(batch.project, number=2, state=state, label_schema=renamed)
    assert project_figures(batch.project)["controls"][0]["name"] == "species"


def test_columns_of_classes_give_the_figures_of_the_answers(batch, pair, monkeypatch):
    rating = {"name": "sure", "title": "Sure?", "type": "rating", "min": 1, "max": 3}
    rating |= {"ordinal": True, "required": False}
    schema = {"controls": [CHOICE_SCHEMA["controls"][0], rating]}
    batch.project.instruction_versions.update(label_schema=schema)
    for labels in (("wren", "wren"), ("robin", "wren"), ("robin", "robin")):
        make_labeled_task(batch, *labels, authors=pair)
    for number, made in enumerate(Annotation.objects.order_by("pk")):
        answer = made.answer | ({"sure": number % 3 + 1} if number else {})
        active_ms = 1_000 * number if number % 2 else None
        Annotation.objects.filter(pk=made.pk).update(answer=answer, active_ms=active_ms)
    columns = project_figures(batch.project)
    monkeypatch.setattr(figures, "is_all_classes", lambda _schema: False)
    assert columns == project_figures(batch.project)


def test_figures_that_take_long_are_computed_less_often(batch, pair):
    make_labeled_task(batch, "wren", "wren", authors=pair)
    quality.refresh_outdated()
    make_labeled_task(batch, "wren", "robin", authors=pair)
    QualitySnapshot.objects.update(seconds=60)
    assert quality.refresh_outdated() == 0
    QualitySnapshot.objects.update(computed_at=timezone.now() - timedelta(minutes=21))
    assert quality.refresh_outdated() == 1
