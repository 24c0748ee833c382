"""What became of each item, at the thresholds of the evaluation."""

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from datasets.models import Evaluation
from datasets.services import evaluation_runs, evaluations
from datasets.services.evaluations import EvaluationWish
from datasets.services.outcomes import judged_matches, outcomes_of
from labelops.jobs.services import run_job
from tasks.models import Task
from tests.datasets.evaluating import make_evaluation, make_match, store_outcomes
from tests.datasets.freezing import freeze, make_label
from tests.factories import make_model_version, make_prediction

pytestmark = pytest.mark.django_db


def counts(evaluation):
    found = outcomes_of(evaluation)
    return dict(zip(found.item_ids.tolist(), found.failure_counts.tolist(), strict=True))


def evaluate(version, model, **wish):
    by = version.project.created_by
    begun = evaluations.start(version.project, EvaluationWish(version, model, **wish), by=by)
    run_job(begun.job_id, evaluation_runs.run)
    return Evaluation.objects.get(pk=begun.pk)


def test_an_item_is_right_wrong_or_was_not_judged_and_no_match_is_read(project, batch, monkeypatch):
    labels = ("robin", "wren", "wren", "robin", "robin", "robin")
    items = [make_label(batch, label).item for label in labels]
    right, wrong, _unknown, unclear, doubtful, taught = items
    Task.objects.filter(item=unclear).update(result_answer={"_undecidable": "too dark"})
    model = make_model_version(project)
    for item in (right, wrong, unclear):
        make_prediction(model, item, "robin")
    make_prediction(model, doubtful, answer={"_undecidable": "too dark"})
    make_prediction(model, taught, "robin", is_trained_on=True)
    # A part an item: they are read by one statement all the same.
    monkeypatch.setattr(evaluation_runs, "CHUNK", 1)
    version = freeze(project)
    found = evaluate(version, model, leaves_out_trained=True)
    with CaptureQueriesContext(connection) as asked:
        assert counts(found) == {right.pk: 0, wrong.pk: 1}
    [statement] = [query["sql"] for query in asked.captured_queries]
    assert "datasets_match" not in statement
    assert counts(evaluate(version, model)) == {right.pk: 0, wrong.pk: 1, taught.pk: 0}


def test_a_pair_below_the_thresholds_falls_apart(project, batch):
    pairs, sure = [make_label(batch).item for _ in range(2)]
    model = make_model_version(project)
    for item in (pairs, sure):
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
    make_match(evaluation, sure, "robin", "robin", overlap=0.5, score=None)
    store_outcomes(evaluation)
    # Right, wrong class, missed and false, missed, missed, false, and one too unsure to count.
    assert counts(evaluation) == {pairs.pk: 6, sure.pk: 0}
    # The database says the same of its matches.
    asked = judged_matches(evaluation).order_by().values("item").annotate(sum=Sum("wrong"))
    assert dict(asked.values_list("item", "sum")) == counts(evaluation)
