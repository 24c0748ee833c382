"""A model that predicts classes is one more voice in the consensus and in the queue, but once."""

import random

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from reviews.models import Consensus, InferenceModel, QueueMark
from reviews.quality.judgement import BLENDED, MODEL
from reviews.reports.reasons import sentences
from reviews.services import consensus, fitted_models, inference, model_voices
from tasks.models import Annotation, ModelGrant, ModelVersion, Prediction, Task
from tasks.services import model_grants
from tasks.services.predictions import Judgement, keep_judgements
from tests.factories import (
    CHOICE_SCHEMA,
    make_batch,
    make_grant,
    make_labeled_task,
    make_member,
    make_model_version,
    make_prediction,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db
SIZE = 30
OTHER = {"robin": "wren", "wren": "robin"}


def build():
    """Tasks of two labels, three of four right, none assessed; and what is true of each."""
    team = make_team()
    batch = make_batch(make_published_project(team), team, overlap=2, review_percent=0)
    people = [make_member(team) for _number in range(4)]
    dice, crowd = random.Random(5), []
    for number in range(SIZE):
        true = "robin" if number % 2 else "wren"
        said = [true if dice.random() < 0.75 else OTHER[true] for _label in range(2)]
        task = make_labeled_task(batch, *said, authors=dice.sample(people, 2))
        crowd.append((task, true))
    return {"batch": batch, "people": people, "crowd": crowd}


@pytest.fixture
def batch(made):
    return made["batch"]


@pytest.fixture
def people(made):
    return made["people"]


@pytest.fixture
def crowd(made):
    return made["crowd"]


def knowing(batch, crowd, right=SIZE - 2, **over):
    """A version that is right of all but two."""
    version = make_model_version(batch.project)
    for number, (task, true) in enumerate(crowd):
        label = true if number < right else OTHER[true]
        scores = {label: 0.9, OTHER[label]: 0.1}
        make_prediction(version, task.item, label, scores=scores, **over)
    return version


def wrong(crowd):
    stored = dict(Consensus.objects.values_list("task", "answer"))
    return sum(stored[task.pk]["species"] != true for task, true in crowd)


def test_a_refit_hears_a_model_that_is_often_right(
    batch, crowd, client, django_assert_max_num_queries
):
    consensus.assess_waiting()
    inference.refit(batch.project)
    by_people = wrong(crowd)
    assert not QueueMark.objects.filter(value=model_voices.DIFFERS).exists()
    version = knowing(batch, crowd)
    inference.refit(batch.project)
    # Nothing is proved of it yet: it says where people look, and outvotes nobody.
    agreed = Consensus.objects.filter(is_tie=False)
    assert not any(row.answer != row.voted for row in agreed)
    assert agreed.order_by("-risk").first().reasons[0]["code"] == model_voices.DIFFERS
    for label in OTHER:
        make_grant(version, label, level=ModelGrant.Level.SECOND_READER)
    assert model_voices.changed_since(batch.project, InferenceModel.objects.get().fitted_at)
    inference.refit(batch.project)
    assert any(row.answer != row.voted for row in agreed.all())
    assert wrong(crowd) < by_people
    kept = InferenceModel.objects.get()
    assert kept.model_version == version
    assert kept.index[0]["voice"]["labels"] == 2 * SIZE
    assert set(Consensus.objects.values_list("method", flat=True)) == {BLENDED}
    # What it says against the vote is a reason, by which the queue can be narrowed.
    marked = QueueMark.objects.filter(value=model_voices.DIFFERS).values("consensus")
    objected = Consensus.objects.filter(pk__in=marked)
    assert objected
    assert any(row.reasons[1:] for row in objected)
    for row in objected:
        params = row.reasons[0]["params"]
        assert params["label"] == OTHER[row.voted["species"]]
        assert sentences(row.reasons)[0].startswith(f"the model is for {params['label']} (")
    client.force_login(make_member(batch.teams.get(), Role.EXPERT))
    page = reverse("model_voice", args=[batch.project.slug, version.pk])
    with django_assert_max_num_queries(16):
        shown = client.get(page).content.decode()
    assert f"measured on {2 * SIZE} labels" in shown
    assert f"in {len(objected)} task" in shown
    assert 'value="model_differs"' in shown
    Consensus.objects.filter(pk=objected[0].pk).update(standing="decided", was_wrong=True)
    assert "100 % (20–100), 1 of 1" in client.get(page).content.decode()
    Consensus.objects.filter(pk=objected[0].pk).update(standing="undecided", was_wrong=None)
    stored = list(Consensus.objects.order_by("pk").values("reasons", "p_wrong", "answer"))
    assert inference.refit(batch.project).changed == 0
    assert list(Consensus.objects.order_by("pk").values("reasons", "p_wrong", "answer")) == stored


def test_a_model_that_guesses_changes_nothing(batch, crowd, client):
    consensus.assess_waiting()
    inference.refit(batch.project)
    fields = ("pk", "answer", "p_wrong", "risk", "method", "reasons")
    before = list(Consensus.objects.order_by("pk").values_list(*fields))
    version, dice = make_model_version(batch.project), random.Random(9)
    for task, _true in crowd:
        make_prediction(version, task.item, dice.choice(["robin", "wren"]), score=0.99)
    inference.refit(batch.project)
    assert list(Consensus.objects.order_by("pk").values_list(*fields)) == before
    assert fitted_models.stored(batch.project_id).model_version_id is None
    client.force_login(make_member(batch.teams.get(), Role.MANAGER))
    shown = client.get(reverse("model_voice", args=[batch.project.slug, version.pk]))
    assert "people’s labels are foretold no better with its word" in shown.content.decode()


def test_a_task_is_assessed_with_the_models_word_in_one_statement_more(
    batch, people, crowd, django_assert_num_queries
):
    consensus.assess_waiting()
    version = knowing(batch, crowd)
    inference.refit(batch.project)
    known = fitted_models.stored(batch.project_id)
    assert known.model_version_id == version.pk
    before = consensus.assess(make_labeled_task(batch, "robin", "robin", authors=people[:2]).pk)
    assert (before.method, before.reasons) == (MODEL, [])
    task = make_labeled_task(batch, "robin", "robin", authors=people[:2])
    make_prediction(version, task.item, "wren", scores={"robin": 0.02, "wren": 0.98})
    with django_assert_num_queries(1):
        shifts = model_voices.shifts_on(task, known.models, version.pk, CHOICE_SCHEMA)
    assert set(shifts) == {"species"}
    with django_assert_num_queries(0):
        assert model_voices.shifts_on(task, known.models, None, CHOICE_SCHEMA) == {}
    Task.objects.filter(pk=task.pk).update(is_suggestion_hidden=True)
    assert model_voices.shifts_on(task, known.models, version.pk, CHOICE_SCHEMA) == {}
    Task.objects.filter(pk=task.pk).update(is_suggestion_hidden=False)
    made = consensus.assess(task.pk)
    assert (made.method, made.reasons[0]["code"]) == (BLENDED, "model_differs")
    assert made.p_wrong > before.p_wrong


def test_what_a_model_says_or_its_stop_asks_for_a_new_fit(batch, people, crowd):
    version = knowing(batch, crowd)
    consensus.assess_waiting()

    def refits():
        InferenceModel.objects.update(seconds=0)
        return inference.refit_outdated()

    assert (refits(), refits()) == (1, 0)
    said = Judgement(crowd[0][0].item_id, {"species": "robin"}, "robin", 0.7, None)
    keep_judgements(version, [said], by=None)
    assert (refits(), refits()) == (1, 0)
    # Stopped, it is heard no more, and the next fit forgets it.
    model_grants.stop(version, by=batch.created_by, reason="It mixes them up.", redo=False)
    task = make_labeled_task(batch, "robin", "robin", authors=people[:2])
    make_prediction(version, task.item, "wren", scores={"wren": 1})
    assert consensus.assess(task.pk).method == MODEL
    assert refits() == 1
    assert not QueueMark.objects.filter(value=model_voices.DIFFERS).exists()
    assert InferenceModel.objects.get().model_version is None


def test_one_voice_never_counts_twice(batch, people, crowd):
    """Who saw a suggestion, or is the model, has its voice; so has an item that taught it."""
    consensus.assess_waiting()
    version = knowing(batch, crowd)

    def heard():
        return inference.refit(batch.project).fits["species", None].shift.any(axis=1)

    assert heard().all()
    first, second, third = (task for task, _true in crowd[:3])
    Annotation.objects.filter(pk=first.annotations.first().pk).update(suggestion_mode="shown")
    Annotation.objects.filter(pk=second.annotations.first().pk).update(suggestion_mode="blind")
    Annotation.objects.filter(pk=third.annotations.first().pk).update(author=version.user)
    Prediction.objects.filter(item=crowd[3][0].item).update(is_trained_on=True)
    assert [index for index, is_heard in enumerate(heard()) if not is_heard] == [0, 2, 3]
    assert first.consensus.method == MODEL
    # What is trained here predicts its own items out of fold.
    ModelVersion.objects.update(origin=ModelVersion.Origin.BUILT_IN)
    assert [index for index, is_heard in enumerate(heard()) if not is_heard] == [0, 2]
    known = fitted_models.stored(batch.project_id)
    assert model_voices.shifts_on(first, known.models, version.pk, CHOICE_SCHEMA) == {}
    assert model_voices.shifts_on(second, known.models, version.pk, CHOICE_SCHEMA)
