"""What became of each item, at the thresholds of the evaluation."""

import pytest

from datasets.models import Evaluation
from datasets.services.outcomes import outcomes_of
from tasks.models import Task
from tests.datasets.evaluating import evaluate_labels, make_evaluation, make_match
from tests.datasets.freezing import freeze, make_label
from tests.factories import make_model_version, make_prediction

pytestmark = pytest.mark.django_db


def counts(evaluation):
    found = outcomes_of(evaluation)
    return dict(zip(found.item_ids.tolist(), found.failure_counts.tolist(), strict=True))


def test_a_class_is_right_or_wrong_and_what_has_no_prediction_is_left_out(project, batch):
    items = [make_label(batch, label).item for label in ("robin", "wren", "wren")]
    model = make_model_version(project)
    for item in items[:2]:
        make_prediction(model, item, "robin")
    version = freeze(project)
    evaluation = evaluate_labels(version, model, dict.fromkeys(items[:2], "robin"))
    assert counts(evaluation) == {items[0].pk: 0, items[1].pk: 1}


def test_what_cannot_be_decided_is_left_out(project, batch):
    right, doubtful, unclear = [make_label(batch).item for _ in range(3)]
    Task.objects.filter(item=unclear).update(result_answer={"_undecidable": "too dark"})
    model = make_model_version(project)
    for item in (right, unclear):
        make_prediction(model, item)
    make_prediction(model, doubtful, answer={"_undecidable": "too dark"})
    evaluation = evaluate_labels(freeze(project), model, {right: "robin"})
    assert counts(evaluation) == {right.pk: 0}


def test_a_pair_below_the_thresholds_falls_apart(project, batch):
    pairs, empty = [make_label(batch).item for _ in range(2)]
    model = make_model_version(project)
    for item in (pairs, empty):
        make_prediction(model, item)
    evaluation = make_evaluation(
        freeze(project), model, kind=Evaluation.Kind.OBJECTS, score_bar=0.5, overlap_bar=0.5
    )
    make_match(evaluation, pairs, "robin", "robin", overlap=0.8)
    make_match(evaluation, pairs, "robin", "wren", overlap=0.8)
    make_match(evaluation, pairs, "robin", "robin", overlap=0.3)
    make_match(evaluation, pairs, "robin", "robin", overlap=0.8, score=0.2)
    make_match(evaluation, pairs, "robin")
    make_match(evaluation, pairs, predicted="wren")
    make_match(evaluation, pairs, predicted="wren", score=0.2)
    # Right, wrong class, missed and false, missed, missed, false, and one too unsure to count.
    assert counts(evaluation) == {pairs.pk: 6, empty.pk: 0}
