"""Training the built-in model: what it needs, kills and cancels, and items that come later."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import HEARTBEAT_LIMIT, cancel_job, run_job
from reviews.baseline import learner
from reviews.baseline.report_card import ReportCard
from reviews.baseline.trained import Trained
from reviews.models import ModelTraining
from reviews.reports.model_training import card_of, lesson
from reviews.services import built_in_predictions, model_training, training_labels
from tasks.models import Annotation, InstructionVersion, Item, ModelVersion, Prediction, Task
from tests.factories import (
    CHOICE_SCHEMA,
    make_annotation,
    make_image_item,
    make_item,
    make_task,
    make_user,
)
from tests.reviews.built_in import make_accepted, make_labeled_batch, train, words_of

pytestmark = pytest.mark.django_db
ENOUGH = {"robin": 30, "wren": 25}
BIRD = CHOICE_SCHEMA["controls"][0]


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def batch():
    return make_labeled_batch(ENOUGH)


def said(project):
    """What the newest version says, by item."""
    version = ModelVersion.everything.filter(project=project).first()
    fields = ("item__external_id", "label", "score", "scores", "is_trained_on", "novelty")
    rows = Prediction.objects.filter(model_version=version).order_by("item__external_id")
    return list(rows.values_list(*fields))


def test_a_training_learns_and_says_something_of_every_item(batch):
    project = batch.project
    unlabeled = make_item(project, data={"text": words_of("wren", 900)})
    strange = make_item(project, data={"text": "Ganz anders: §§§ 12345 quux"})
    empty = make_item(project, data={"text": ""})
    training = train(project)
    version, job = training.model_version, training.job
    assert (job.state, job.message) == (Job.State.DONE, "")
    assert (version.name, version.version, version.origin) == ("built-in", "1", "built_in")
    assert version in ModelVersion.objects.all()
    assert (job.done_count, job.total_count, job.result["unreadable"]) == (58, 58, 1)
    learned = Prediction.objects.filter(model_version=version, is_trained_on=True)
    assert (training.label_count, learned.count()) == (55, 55)
    found = {row.item_id: row for row in Prediction.objects.filter(model_version=version)}
    assert empty.pk not in found
    judged = found[unlabeled.pk]
    assert (judged.answer, judged.label, judged.is_trained_on) == (
        {"species": "wren"},
        "wren",
        False,
    )
    assert judged.score == max(judged.scores.values())
    assert sum(judged.scores.values()) == pytest.approx(1, abs=1e-5)
    assert found[strange.pk].novelty > 0.9 > judged.novelty
    card = ReportCard.read(training.report)
    assert (card.labels, card.compared, card.too_few) == (55, 0, {})
    assert card.right >= 50


def test_a_second_training_is_held_against_the_first(batch):
    first = train(batch.project).model_version
    make_accepted(batch, {"robin": 10, "wren": 5}, first=100)
    training = train(batch.project)
    card = ReportCard.read(training.report)
    assert (training.model_version.version, training.model_version.parent) == ("2", first)
    # The new items were not there when the first version was trained.
    assert (card.labels, card.compared) == (70, 55)


@pytest.mark.parametrize(
    ("counts", "code", "words"),
    [
        ({"robin": 25, "wren": 24}, "too_few_labels", "Label 1 more item."),
        ({"robin": 50, "wren": 4}, "too_few_classes", "Label more of: wren (4)."),
        ({"robin": 50}, "too_few_classes", "Label items of another class."),
    ],
)
def test_too_little_is_refused_and_told_what_is_missing(counts, code, words):
    with pytest.raises(DomainError) as refused:
        train(make_labeled_batch(counts).project)
    assert (refused.value.code, str(refused.value.hint)) == (code, words)
    assert not ModelTraining.objects.exists()


def test_labels_of_classes_that_are_left_out_count_as_labels():
    batch = make_labeled_batch({"robin": 23, "wren": 27})
    tit = {"value": "tit", "title": "Tit"}
    schema = {"controls": [BIRD | {"options": [*BIRD["options"], tit]}]}
    InstructionVersion.objects.filter(project=batch.project).update(label_schema=schema)
    few = batch.tasks.filter(result_answer__species="wren").values_list("pk", flat=True)[:4]
    Task.objects.filter(pk__in=list(few)).update(result_answer={"species": "tit"})
    training = train(batch.project)
    assert (training.job.state, training.label_count) == (Job.State.DONE, 46)
    assert ReportCard.read(training.report).too_few == {"tit": 4}


def test_what_it_does_not_learn_from(batch):
    tasks = list(Task.objects.filter(batch=batch)[:5])
    version = InstructionVersion.objects.get(project=batch.project)
    doubtful = {"stale_version": version}
    for task, change in zip(
        tasks,
        [
            {"state": Task.State.IN_REVIEW},
            {"result_answer": {"_undecidable": "too dark"}},
            {"result_answer": {"species": "dodo"}},
            doubtful,
            {"result_source": Task.Source.VOTE},
        ],
        strict=True,
    ):
        Task.objects.filter(pk=task.pk).update(**change)
    # Only a model has answered the last one, by vote.
    control = training_labels.learned_control(batch.project)
    found = training_labels.training_labels(batch.project, control).of_items
    assert len(found) == 50
    assert not {task.item_id for task in tasks} & set(found)
    make_annotation(make_task(batch), make_user(), {"species": "wren"})
    Annotation.objects.update(task=tasks[4])
    assert tasks[4].item_id in training_labels.training_labels(batch.project, control).of_items


SIZE = BIRD | {"name": "size", "title": "How large?"}
NOTE = {"name": "note", "type": "text", "title": "Note", "required": True}


@pytest.mark.parametrize(
    ("controls", "learned"),
    [
        ([BIRD], "species"),
        ([BIRD | {"required": False}, SIZE | {"required": False}], "no_single_choice"),
        ([BIRD | {"required": False}, SIZE], "size"),
        ([BIRD, SIZE], "answer_incomplete"),
        ([BIRD, NOTE], "answer_incomplete"),
        ([BIRD, NOTE | {"required": False}], "species"),
        ([BIRD | {"multiple": True}], "no_single_choice"),
    ],
)
def test_which_question_is_learned(batch, controls, learned):
    """The only single choice, or the first required one; a sentence where it cannot stand alone."""
    version = InstructionVersion.objects.get(project=batch.project)
    InstructionVersion.objects.filter(pk=version.pk).update(label_schema={"controls": controls})
    try:
        found = training_labels.learned_control(batch.project)["name"]
    except DomainError as refused:
        found = refused.code
    assert found == learned


def test_of_several_questions_one_is_answered(batch):
    """Then a class is not all that is asked for; the list behind the card knows it all the same."""
    version = InstructionVersion.objects.get(project=batch.project)
    controls = [SIZE | {"required": False}, BIRD]
    InstructionVersion.objects.filter(pk=version.pk).update(label_schema={"controls": controls})
    training = train(batch.project)
    found = Prediction.objects.filter(model_version=training.model_version)
    assert set(found.values_list("label", flat=True)) == {""}
    named = {row["name"]: row["named"] for row in training.report["classes"]}
    card = card_of(training.model_version)
    assert {name: lesson(card, name).count() for name in named} == named


def test_one_training_at_a_time(batch):
    model_training.start(batch.project, by=batch.project.created_by)
    with pytest.raises(Conflict) as refused:
        model_training.start(batch.project, by=batch.project.created_by)
    assert refused.value.code == "still_running"


def test_a_training_that_is_killed_again_and_again_comes_to_the_same(batch, monkeypatch):
    for number in range(7):
        make_item(batch.project, data={"text": words_of("wren", 900 + number)})
    monkeypatch.setattr(built_in_predictions, "CHUNK", 3)
    monkeypatch.setattr(model_training, "ROWS_AT_ONCE", 25)
    card = train(batch.project).report
    uninterrupted = said(batch.project)
    training = model_training.start(batch.project, by=batch.project.created_by)
    # While it learns, while it stores what it learned, and behind the first items of the others.
    places = [(learner, "learn", 0), (model_training, "keep_judgements", 1)]
    for home, name, calls in [*places, (model_training, "keep_judgements", 4)]:
        with monkeypatch.context() as patch:
            patch.setattr(home, name, _dying(getattr(home, name), calls))
            with pytest.raises(Killed):
                run_job(training.job_id, model_training.run_training)
        assert ModelVersion.objects.filter(project=batch.project).count() == 1
        silent_since = timezone.now() - 2 * HEARTBEAT_LIMIT
        Job.objects.filter(pk=training.job_id).update(heartbeat_at=silent_since)
    assert 55 < len(said(batch.project)) < len(uninterrupted)
    run_job(training.job_id, model_training.run_training)
    training.refresh_from_db()
    assert training.model_version.version == "2"
    assert said(batch.project) == uninterrupted
    assert training.report == card | {"compared": 55}


def _dying(whole, calls_left):
    """The function, in a process that is killed after so many calls of it."""

    def dying(*given, **named):
        nonlocal calls_left
        if not calls_left:
            raise Killed
        calls_left -= 1
        return whole(*given, **named)

    return dying


def test_a_cancelled_training_leaves_nothing(batch, monkeypatch):
    """Cancelled while it predicts, and again while it learns."""
    for moment in ("judge", "study"):
        home = built_in_predictions if moment == "judge" else model_training
        make_item(batch.project)
        training = model_training.start(batch.project, by=batch.project.created_by)
        whole = getattr(home, moment)

        def cancelling(*given, whole=whole, training=training, **named):
            cancel_job(training.job, by=batch.project.created_by)
            return whole(*given, **named)

        with monkeypatch.context() as patch:
            patch.setattr(home, moment, cancelling)
            run_job(training.job_id, model_training.run_training)
        assert Job.objects.get(pk=training.job_id).state == Job.State.CANCELLED
        assert not ModelVersion.objects.exists()
        model_training.drop_abandoned()
        assert not ModelVersion.everything.exists()
        assert not Prediction.objects.exists()
    assert train(batch.project).model_version.version == "1"


def test_items_that_come_later_are_predicted(batch, monkeypatch):
    training = train(batch.project)
    late = make_item(batch.project, data={"text": words_of("robin", 901)})
    make_item(batch.project, data={})
    assert built_in_predictions.predict_later() == 1
    found = Prediction.objects.get(model_version=training.model_version, item=late)
    assert (found.label, found.is_trained_on) == ("robin", False)
    assert built_in_predictions.predict_later() == 0
    # A while later no import can be under way that adds items below.
    later = timezone.now() + 2 * built_in_predictions.SETTLED
    built_in_predictions.predict_later(now=later)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        assert built_in_predictions.predict_later(now=later) == 0
    assert len(statements) == 1
    # Of many, a part at a time: the place is kept only as far as somebody has looked.
    monkeypatch.setattr(built_in_predictions, "CHUNK", 1)
    monkeypatch.setattr(built_in_predictions, "CHUNKS_AT_ONCE", 1)
    make_item(batch.project), make_item(batch.project)
    assert [built_in_predictions.predict_later(now=later) for _time in range(3)] == [1, 1, 0]
    ModelVersion.objects.update(stopped_at=later, stopped_by=batch.project.created_by)
    make_item(batch.project)
    assert built_in_predictions.predict_later() == 0


def test_a_changed_question_stops_the_sweep(batch):
    train(batch.project)
    version = InstructionVersion.objects.get(project=batch.project)
    schema = version.label_schema
    schema["controls"][0]["options"][1]["value"] = "crow"
    InstructionVersion.objects.filter(pk=version.pk).update(label_schema=schema)
    make_item(batch.project)
    assert built_in_predictions.predict_later() == 0


def test_pictures_are_learned_and_broken_ones_counted():
    batch = make_labeled_batch({"robin": 1})
    project = batch.project
    project.item_type = "image"
    project.save()
    chance = np.random.default_rng(1)
    for number in range(52):
        color = (200 + chance.integers(40), 40, 40) if number % 2 else (40, 40, 200)
        item = make_image_item(project, (20, 20), color=tuple(map(int, color)), data={})
        task = make_task(batch, item, state=Task.State.ACCEPTED)
        label = "robin" if number % 2 else "wren"
        Task.objects.filter(pk=task.pk).update(
            result_answer={"species": label}, result_source="review"
        )
    Item.objects.filter(pk=item.pk).update(media_key="items/gone")
    training = train(project)
    card = ReportCard.read(training.report)
    assert (training.job.state, card.labels, card.right, card.unreadable) == ("done", 51, 51, 2)
    assert Trained.from_bytes(bytes(training.weights)).rarity is None
