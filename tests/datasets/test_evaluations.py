"""Evaluations: what is matched and counted, a break in between, the sets behind the figures."""

import numpy as np
import pytest

from datasets.analysis.comparing import CHANGES
from datasets.analysis.confusion import Histogram, class_counts
from datasets.analysis.judged_parts import Bars
from datasets.models import Comparison, Evaluation
from datasets.services import comparisons, evaluation_runs, evaluations, slice_search
from datasets.services.comparisons import comparison_of, others_of, tally_of
from datasets.services.evaluations import EvaluationWish, keep_bars
from datasets.services.item_set_kinds import read_item_set
from datasets.services.item_sets import members_of
from datasets.services.outcomes import outcomes_of
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from tests.datasets.freezing import freeze, make_label
from tests.factories import make_model_version, make_prediction, make_published_project
from tests.tasks.imports import Killed, as_if_silent

pytestmark = pytest.mark.django_db
BOXES = {
    "controls": [
        {
            "type": "shapes",
            "name": "boxes",
            "title": "Boxes",
            "tools": ["box"],
            "labels": [{"value": "car", "title": "Car"}, {"value": "bus", "title": "Bus"}],
        }
    ]
}


def begin(version, model, **wish):
    by = version.project.created_by
    return evaluations.start(version.project, EvaluationWish(version, model, **wish), by=by)


def finish(evaluation):
    run_job(evaluation.job_id, evaluation_runs.run)
    return Evaluation.objects.get(pk=evaluation.pk)


def evaluate(version, model, **wish):
    return finish(begin(version, model, **wish))


def shape(name, label, x, width=40):
    return {"id": name, "label": label, "box": [x, 0, width, 40]}


@pytest.fixture
def boxes(team, project, batch):
    """Four pictures with two models: (labels, first model, second model)."""
    version = project.instruction_versions.get(state="published")
    version.label_schema = BOXES
    type(version).objects.filter(pk=version.pk).update(label_schema=BOXES)
    dice = np.random.default_rng(1)
    first, second = make_model_version(project), make_model_version(project)
    for number in range(12):
        labels = [shape(f"t{at}", ["car", "bus"][at % 2], 100 * at) for at in range(number % 4)]
        task = make_label(batch, name=f"p{number:02}")
        type(task).objects.filter(pk=task.pk).update(result_answer={"boxes": labels})
        for model in (first, second):
            if number == 11 and model == second:
                continue
            said = [
                shape(
                    f"s{at}", dice.choice(["car", "bus"]), x["box"][0] + int(dice.integers(0, 30))
                )
                for at, x in enumerate(labels)
                if dice.random() < 0.8
            ]
            said += [shape("far", "car", 700)] * int(number % 3 == 0)
            scores = {f"boxes.{at}": float(dice.integers(1, 20)) / 20 for at in range(len(said))}
            item = task.item
            make_prediction(model, item, "", answer={"boxes": said}, scores=scores, score=None)
    return freeze(project), first, second


def test_matches_figures_and_sets_agree_also_after_a_break(boxes, monkeypatch):
    version, first, second = boxes
    monkeypatch.setattr(evaluation_runs, "CHUNK", 5)
    whole = evaluate(version, first)
    broken = begin(version, second)
    once, insert = [], evaluation_runs.insert_rows

    def killed_in_the_second_chunk(*arguments):
        insert(*arguments)
        once.append(1)
        if len(once) == 2:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(evaluation_runs, "insert_rows", killed_in_the_second_chunk)
        with pytest.raises(Killed):
            run_job(broken.job_id, evaluation_runs.run)
    as_if_silent(broken.job_id)
    gone_on, again = finish(broken), evaluate(version, second)
    for name in ("histogram", "report", "classes", "item_count", "unpredicted_count"):
        assert getattr(gone_on, name) == getattr(again, name)
    assert (again.item_count, again.unpredicted_count, whole.unpredicted_count) == (12, 1, 0)
    assert gone_on.job.done_count == gone_on.job.total_count == 12
    # Once more it does nothing.
    count = gone_on.matches.count()
    evaluation_runs.run(Job.objects.get(pk=broken.job_id))
    assert gone_on.matches.count() == count == again.matches.count()
    for bars in (Bars(0, 10), Bars(40, 15)):
        keep_bars(whole, bars, by=version.project.created_by)
        histogram = Histogram.unpacked(bytes(whole.histogram))
        cells = histogram.cells(*bars)
        for truth, predicted, count in zip(*(column.tolist() for column in cells), strict=True):
            given = {"truth": whole.class_of(truth), "predicted": whole.class_of(predicted)}
            found = members(whole, **given)
            assert len(found) == count
        counts = class_counts(cells, 2)
        assert len(members(whole, outcome="right")) == sum(one.right for one in counts)
        for name, one in zip(whole.classes, counts, strict=True):
            for outcome in ("right", "missed", "false"):
                found = members(whole, outcome=outcome, truth=name)
                assert len(found) == getattr(one, outcome)
        wrong = {member.item_id for member in members(whole, outcome="wrong")}
        outcomes = outcomes_of(whole)
        assert wrong == set(outcomes.item_ids[outcomes.is_failing].tolist())


def members(evaluation, **given):
    given = {"set": "cell", "evaluation": str(evaluation.pk), **given}
    item_set = read_item_set(evaluation.project, given)
    found = [member for chunk in members_of(item_set) for member in chunk]
    assert in_pages(item_set) == found
    assert item_set.count() == len(found)
    return found


def in_pages(item_set):
    """The members by pages of two."""
    paged, cursor = [], ""
    while True:
        page = item_set.page(cursor, 2)
        paged += page.rows
        if not (cursor := page.next_cursor):
            return paged


def test_two_models_are_compared_on_what_both_saw(boxes, monkeypatch):
    version, *models = boxes
    monkeypatch.setattr(evaluation_runs, "CHUNK", 2)
    before, after = (evaluate(version, model) for model in models)
    assert others_of(before) == [after]
    assert comparison_of(before, after).is_whole
    keep_bars(after, Bars(30, 12), by=version.project.created_by)
    first, second = (outcomes_of(one) for one in (before, after))
    was = dict(zip(first.item_ids.tolist(), first.is_failing.tolist(), strict=True))
    now = dict(zip(second.item_ids.tolist(), second.is_failing.tolist(), strict=True))
    given = {"set": "compared", "before": str(before.pk), "after": str(after.pk)}
    # Six parts, and a look counts four: at other thresholds both are counted anew.
    monkeypatch.setattr(comparisons, "PARTS_A_LOOK", 4)
    with pytest.raises(DomainError, match="not compared to the end"):
        read_item_set(version.project, given | {"change": "fixed"})
    assert comparison_of(before, after).is_whole
    tally = tally_of(comparison_of(before, after))
    for at, pair in enumerate(((True, True), (False, True), (True, False), (False, False))):
        wanted = [item for item in now if (was[item], now[item]) == pair]
        compared = read_item_set(version.project, given | {"change": CHANGES[at]})
        assert [member.item_id for member in in_pages(compared)] == wanted
        assert compared.count() == tally.labels[0, at] == len(wanted)
        for name in before.classes:
            of_class = read_item_set(
                version.project, given | {"change": CHANGES[at], "label": name}
            )
            found = [member.item_id for member in in_pages(of_class)]
            assert len(set(found)) == len(found) == of_class.count()
            assert set(found) <= set(labels_of(version, name))
    call_otherwise(version.project, "car", "Cable car")
    for asked in (
        given | {"change": "fixed", "label": "car"},
        {"set": "cell", "evaluation": str(after.pk), "outcome": "missed", "truth": "car"},
    ):
        assert "“Car”" in read_item_set(version.project, asked).title
    assert Comparison.objects.count() == 1
    # 0, 1, 2, 3 labels a picture, three times; of the last picture one model said nothing.
    totals = dict(zip(before.classes, tally.labels[1:].sum(axis=1).tolist(), strict=True))
    assert totals == {"car": 12 - 2, "bus": 6 - 1}


def call_otherwise(project, value, title):
    """Another question has a class of the same value."""
    published = project.instruction_versions.filter(state="published")
    options = [{"value": value, "title": title}]
    other = {"type": "choice", "name": "lift", "title": "Lift", "options": options}
    published.update(label_schema={"controls": [*BOXES["controls"], other]})


def labels_of(version, name):
    rows = version.entries.values_list("item", "answer")
    return [item for item, said in rows if name in {one["label"] for one in said["boxes"]}]


def test_classes_are_evaluated_without_what_taught_the_model(project, batch):
    model = make_model_version(project)
    said = ["robin", "robin", "wren", None, "wren"]
    for number, name in enumerate(said):
        task = make_label(batch, "robin" if number < 4 else "wren")
        if name:
            make_prediction(model, task.item, name, is_trained_on=number < 2)
    version = freeze(project)
    with_all = evaluate(version, model)
    assert (with_all.item_count, with_all.unpredicted_count, with_all.trained_on_count) == (5, 1, 2)
    without = evaluate(version, model, leaves_out_trained=True)
    assert (without.item_count, without.matches.count(), without.trained_on_count) == (3, 2, 2)
    assert len(outcomes_of(without).item_ids) == 2
    assert len(members(with_all, truth="robin", predicted="wren")) == 1
    with pytest.raises(DomainError, match="same dataset version"):
        comparison_of(with_all, evaluate(freeze(project), model))
    by, stale = project.created_by, Evaluation.objects.get(pk=without.pk)
    search = slice_search.start(without, by=by)
    with pytest.raises(Conflict, match="Stop that first"):
        evaluations.delete(without, by=by)
    cancel_job(search.job, by=by)
    evaluations.delete(without, by=by)
    for too_late in (evaluations.delete, slice_search.start):
        with pytest.raises(Conflict, match="deleted this meanwhile"):
            too_late(stale, by=by)
    verbs = list(Event.objects.about(version).values_list("verb", flat=True))
    assert verbs.count("evaluation.deleted") == 1


def test_an_evaluation_is_refused_or_cancelled_with_a_sentence(project, batch, team):
    make_label(batch)
    version, model = freeze(project), make_model_version(project)
    with pytest.raises(DomainError, match="predicted nothing"):
        begin(version, model)
    make_prediction(model, version.entries.get().item)
    other = make_published_project(team, slug="other")
    for wish, sentence in (
        ({"split": "none"}, "no split"),
        ({"control": "none"}, "no such question"),
    ):
        with pytest.raises(DomainError, match=sentence):
            begin(version, model, **wish)
    with pytest.raises(DomainError, match="of this project"):
        begin(version, make_model_version(other))
    running = begin(version, model)
    with pytest.raises(Conflict, match="already"):
        begin(version, model)
    with pytest.raises(Conflict, match="not finished"):
        keep_bars(running, Bars(50, 10), by=project.created_by)
    with pytest.raises(Conflict, match="Cancel"):
        evaluations.delete(running, by=project.created_by)
    run_job(running.job_id, evaluation_runs.run)
    gone = begin(version, model)
    Evaluation.objects.filter(pk=gone.pk).update(control="gone")
    run_job(gone.job_id, evaluation_runs.run)
    gone.job.refresh_from_db()
    assert (gone.job.state, gone.job.message[:12]) == (Job.State.FAILED, "The question")
    stopped = begin(version, model)
    cancel_job(stopped.job, by=project.created_by)
    run_job(stopped.job_id, evaluation_runs.run)
    stopped.refresh_from_db()
    assert stopped.job.state == Job.State.CANCELLED
    assert not stopped.matches.exists()
    for given, sentence in (
        ({"truth": "none"}, "no such class"),
        ({"outcome": "none"}, "no such outcome"),
        ({"truth": "robin", "score": "2"}, "from 0 to 1"),
        ({"truth": "robin", "evaluation": "x"}, "no finished evaluation"),
        ({"truth": "robin", "evaluation": str(stopped.pk)}, "no finished evaluation"),
        ({}, "Name a class"),
    ):
        with pytest.raises(DomainError, match=sentence):
            read_item_set(project, {"set": "cell", "evaluation": str(running.pk), **given})
    same = {"set": "compared", "before": str(running.pk), "after": str(running.pk)}
    for over, sentence in (({}, "no such change"), ({"change": "fixed", "label": "x"}, "class")):
        with pytest.raises(DomainError, match=sentence):
            read_item_set(project, same | over)
    found = read_item_set(project, {"set": "cell", "evaluation": str(running.pk), "truth": "robin"})
    with pytest.raises(DomainError, match="page marker"):
        found.page("forged", 10)
