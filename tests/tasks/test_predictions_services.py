"""Taking predictions in, showing them as the batch says, and recording what was seen."""

import json

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from labelops.accounts.models import User
from labelops.audit.models import Event
from labelops.errors import DomainError
from tasks.formats.records import Row
from tasks.models import Annotation, Batch, ModelVersion, Prediction
from tasks.services import batches, predictions, suggestions, withdrawals
from tests.factories import (
    CHOICE_SCHEMA,
    make_batch,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_published_project,
    make_task,
    make_team,
    make_user,
)
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db


def rows(*fields):
    return [Row(number + 1, row) for number, row in enumerate(fields)]


def predict(project, item, label="robin", *, version="1", score=0.9):
    model = predictions.get_model_version(
        project, name="yolo", version=version, by=project.created_by
    )
    row = {"item": item.external_id, "answer": {"species": label}, "score": score}
    counts, problems = predictions.take_predictions(model, rows(row), by=project.created_by)
    assert problems == []
    return counts


def suggesting(project, team, mode="shown", blind_percent=0, **over):
    return make_batch(
        project, team, suggestions=mode, blind_percent=blind_percent, overlap=1, **over
    )


def test_a_model_version_is_one_user_of_kind_model(project):
    make = lambda: predictions.get_model_version(  # noqa: E731
        project, name="yolo", version="1", by=project.created_by
    )
    first, again = make(), make()
    assert first == again
    assert first.user.kind == User.Kind.MODEL
    assert not first.user.has_usable_password()
    assert Event.objects.filter(verb="model_version.created").count() == 1


def test_the_same_prediction_again_changes_nothing_and_another_replaces_it(project):
    item = make_item(project)
    assert predict(project, item)["added"] == 1
    stamp = Prediction.objects.get().created_at
    assert predict(project, item)["unchanged"] == 1
    assert Prediction.objects.get().created_at == stamp
    assert predict(project, item, "wren")["replaced"] == 1
    assert Prediction.objects.get().answer == {"species": "wren"}
    assert Event.objects.filter(verb="predictions.imported").count() == 2


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ({"answer": {}}, "item", "missing_field"),
        ({"item": "here"}, "answer", "missing_field"),
        ({"item": "gone", "answer": {"species": "robin"}}, "item", "unknown_item"),
        ({"item": ["x"], "answer": {"species": "robin"}}, "item", "unknown_item"),
        ({"item": "here", "answer": {"species": "crow"}}, "answer.species", "unknown_option"),
        ({"item": "here", "answer": 3}, "answer", None),
        ({"item": "here", "answer": {"species": "robin"}, "x": 1}, "x", "unknown_field"),
        ({"item": "here", "answer": {"species": "robin"}, "score": 2}, "score", None),
        ({"item": "here", "answer": {"species": "robin"}, "score": True}, "score", None),
        ({"item": "here", "answer": {"species": "robin"}, "scores": []}, "scores", None),
        (
            {"item": "here", "answer": {"species": "robin"}, "scores": {"crow": 0.1}},
            "scores.crow",
            "unknown_class",
        ),
        (
            {"item": "here", "answer": {"species": "robin"}, "scores": {"robin": "x"}},
            "scores.robin",
            "not_a_probability",
        ),
    ],
)
def test_a_wrong_row_is_named_and_the_others_are_stored(project, row, field, code):
    make_item(project, external_id="here")
    make_item(project, external_id="good")
    model = predictions.get_model_version(project, name="m", version="1", by=project.created_by)
    good = {"item": "good", "answer": {"species": "wren"}}
    counts, problems = predictions.take_predictions(model, rows(good, row), by=project.created_by)
    [problem] = problems
    assert (problem.row, problem.field) == (2, field)
    assert code in (None, problem.code)
    assert counts["added"] == Prediction.objects.count() == 1


def test_scores_name_shapes_and_spans_by_their_places(project):
    words = {"name": "names", "type": "spans", "labels": [{"value": "PER", "title": "Person"}]}
    schema = {"controls": [*CHOICE_SCHEMA["controls"], words]}
    project.instruction_versions.update(label_schema=schema)
    item = make_item(project, external_id="here")
    model = predictions.get_model_version(project, name="m", version="1", by=project.created_by)
    answer = {"species": "robin", "names": [{"label": "PER", "start": 0, "end": 1}]}
    row = {"item": item.external_id, "answer": answer}
    for scores, code in (
        ({"names.0": 0.97, "robin": 0.6}, None),
        ({"names.1": 0.97}, "unknown_object"),
        ({"names.x": 0.97}, "unknown_object"),
        ({"other.0": 0.97}, "unknown_class"),
    ):
        taken = rows({**row, "scores": scores})
        _counts, problems = predictions.take_predictions(model, taken, by=project.created_by)
        assert [problem.code for problem in problems] == ([code] if code else [])
    assert Prediction.objects.get().scores == {"names.0": 0.97, "robin": 0.6}


def import_file(project, tmp_path, capsys, *lines):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    status = 0
    try:
        call_command(
            "import_predictions", project.slug, str(path), model="m", model_version="1", json=True
        )
    except SystemExit as ended:
        status = ended.code
    return status, json.loads(capsys.readouterr().out)


def test_the_command_takes_a_file_and_names_file_row_and_field(project, tmp_path, capsys):
    make_item(project, external_id="a")
    good = {"item": "a", "answer": {"species": "robin"}, "score": 0.5, "scores": {"robin": 0.5}}
    assert import_file(project, tmp_path, capsys, good)[0] == 0
    status, told = import_file(project, tmp_path, capsys, good, {"item": "b", "answer": {}})
    assert status == 1
    assert (told["added"], told["unchanged"], told["error_count"]) == (0, 1, 1)
    [error] = told["errors"]
    assert (error["file"], error["row"], error["field"]) == ("rows.jsonl", 2, "item")


def test_the_command_makes_no_model_where_there_are_no_rules(team, tmp_path, capsys):
    status, told = import_file(make_project(team), tmp_path, capsys, {"item": "a", "answer": {}})
    assert status == 1
    assert told["errors"][0]["code"] == "no_instructions"
    assert not ModelVersion.objects.exists()


def test_a_shown_suggestion_is_recorded_with_whether_it_was_followed(project, team, ana):
    batch = suggesting(project, team)
    for _number in range(2):
        predict(project, make_task(batch).item)
    for value, changed in (("robin", False), ("wren", True)):
        [held] = take(ana)
        assert suggestions.visible(held) == {
            "mode": "shown",
            "answer": {"species": "robin"},
            "score": 0.9,
        }
        stored = answer(held, ana, value).annotation
        stored.refresh_from_db()
        assert stored.suggestion.item == held.task.item
        assert (stored.suggestion_mode, stored.suggestion_changed) == ("shown", changed)


@pytest.mark.parametrize(("mode", "blind"), [("hidden", 0), ("shown", 100), ("after", 100)])
def test_what_is_hidden_is_not_told(project, team, ana, mode, blind):
    batch = suggesting(project, team, mode, blind)
    predict(project, make_task(batch).item)
    [held] = take(ana)
    assert suggestions.visible(held) is None
    stored = answer(held, ana, "wren").annotation
    is_blind = mode != "hidden"
    assert stored.suggestion_mode == ("blind" if is_blind else "")
    assert stored.suggestion_changed is (True if is_blind else None)
    assert (stored.suggestion_id is not None) == is_blind


def test_a_suggestion_newer_than_the_lease_was_never_seen(project, team, ana):
    task = make_task(suggesting(project, team))
    [held] = take(ana)
    predict(project, task.item)
    stored = answer(held, ana).annotation
    assert (stored.suggestion_mode, stored.suggestion_id) == ("", None)


def test_the_newest_version_is_the_default_and_the_batch_may_name_another(project, team, ana):
    newest, named = suggesting(project, team), suggesting(project, team)
    for batch in (newest, named):
        item = make_task(batch).item
        predict(project, item, "robin", version="1")
        predict(project, item, "wren", version="2")
    first = ModelVersion.objects.get(version="1")
    batches.update_batch(named, by=project.created_by, suggestion_model=first)
    [held] = take(ana, batch=newest.pk)
    assert suggestions.visible(held)["answer"] == {"species": "wren"}
    [held] = take(ana, batch=named.pk)
    assert suggestions.visible(held)["answer"] == {"species": "robin"}


def test_a_suggestion_that_breaks_the_rules_of_the_lease_is_none(project, team, ana):
    task = make_task(suggesting(project, team))
    predict(project, task.item)
    Prediction.objects.update(answer={"species": "dodo"})
    [held] = take(ana)
    assert suggestions.visible(held) is None
    assert answer(held, ana).annotation.suggestion_mode == ""


def test_taking_an_answer_back_and_changing_it_records_anew(project, team, ana):
    predict(project, make_task(suggesting(project, team, "after")).item)
    [held] = take(ana)
    assert suggestions.visible(held)["mode"] == "after"
    answer(held, ana, "wren")
    withdrawals.withdraw(held.public_id, by=ana)
    stored = answer(held, ana, "robin").annotation
    assert (stored.suggestion_mode, stored.suggestion_changed) == ("after", False)
    assert Annotation.objects.count() == 1


def test_a_batch_takes_only_a_model_of_its_own_project(project, team):
    other = make_published_project(team)
    foreign = predictions.get_model_version(other, name="m", version="1", by=make_user())
    with pytest.raises(DomainError) as caught:
        batches.update_batch(
            make_batch(project, team), by=project.created_by, suggestion_model=foreign
        )
    assert caught.value.field == "suggestion_model"


class BlindShare(TestCase):
    """The share that keeps its suggestion hidden grows with the percentage, task by task."""

    def setUp(self):
        team = make_team()
        project = make_project(team)
        make_instruction(project)
        self.batch = make_batch(project, team)
        self.tasks = [make_task(self.batch) for _number in range(40)]

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 100), st.integers(0, 100))
    def test_more_percent_keep_back_more_and_the_same_ones(self, one, other):
        def kept(percent):
            batch = Batch(blind_percent=percent)
            return {task.pk for task in self.tasks if suggestions.is_blind(task, batch)}

        low, high = sorted((one, other))
        assert kept(low) <= kept(high)
        assert kept(0) == set()
        assert len(kept(100)) == len(self.tasks)


def test_the_form_keeps_the_policy(client, project, team):
    manager = make_member(team, "manager")
    predict(project, make_item(project))
    batch = make_batch(project, team)
    client.force_login(manager)
    model = ModelVersion.objects.get()
    sent = {
        "name": "Birds",
        "priority": 3,
        "overlap": 1,
        "review_percent": 0,
        "teams": [team.pk],
        "suggestions": "shown",
        "suggestion_model": model.pk,
        "blind_percent": 35,
    }
    assert client.post(f"/batches/{batch.pk}/edit/", sent).status_code == 302
    batch.refresh_from_db()
    assert (batch.suggestions, batch.suggestion_model, batch.blind_percent) == ("shown", model, 35)
