"""The commands review_queue and review: tables in, tables out, and what is wrong is named."""

import csv
import io
import json

import pytest
from django.core.management import call_command

from labelops.accounts.models import Role, User
from reviews.models import Consensus, Review
from tasks.models import Task
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


def build():
    team = make_team()
    project = make_published_project(team, slug="birds")
    batch = make_batch(project, team, overlap=2, review_percent=0)
    people = [make_member(team) for _number in range(2)]
    pairs = [("robin", "robin")] * 4 + [("wren", "wren")] * 3 + [("robin", "wren")] * 3
    return [make_labeled_task(batch, *pair, authors=people) for pair in pairs]


@pytest.fixture
def tasks(made):
    return made


def run(*arguments):
    out = io.StringIO()
    try:
        call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
        status = 0
    except SystemExit as stop:
        status = stop.code
    return json.loads(out.getvalue()) | {"status": status}


def queue(tmp_path, *arguments):
    output = tmp_path / "queue.csv"
    assert run("review_queue", "birds", "--output", str(output), *arguments)["status"] == 0
    with output.open(newline="") as stream:
        return list(csv.DictReader(stream))


def review(tmp_path, text, reviewer="judge"):
    file = tmp_path / "decisions.csv"
    file.write_text(text)
    return run("review", "birds", str(file), "--reviewer", reviewer)


def test_the_queue_has_every_task_once_the_likeliest_mistakes_first(tasks, tmp_path):
    rows = queue(tmp_path, "--no-random")
    assert [int(row["position"]) for row in rows] == list(range(1, 11))
    assert {row["item"] for row in rows} == {task.item.external_id for task in tasks}
    doubts = [float(row["p_wrong"]) for row in rows]
    assert doubts == sorted(doubts, reverse=True)
    assert all("tie" in row["reasons"] for row in rows[:3])


def test_every_fifth_place_is_left_to_chance(tasks, tmp_path):
    queue(tmp_path)
    unlikely = Consensus.objects.order_by("risk", "-task").first()
    Consensus.objects.filter(pk=unlikely.pk).update(draw=-1)
    rows = queue(tmp_path)
    assert len({row["item"] for row in rows}) == len(rows) == 10
    assert rows[4]["item"] == unlikely.task.item.external_id
    assert "drawn" in rows[4]["reasons"].split()


@pytest.mark.parametrize("method", ["auto", "vote", "dawid-skene"])
def test_each_method_doubts_its_own_label(tasks, tmp_path, method):
    rows = queue(tmp_path, "--no-random", "--method", method)
    assert {row["label"] for row in rows} == {"robin", "wren"}


def test_decisions_are_reviews_and_leave_the_queue(tasks, tmp_path):
    first, second = (row["item"] for row in queue(tmp_path, "--no-random")[:2])
    sent = review(tmp_path, f"item,label\n{first},wren\n{second},robin\n")
    assert sent["accepted"] + sent["fixed"] == 2
    assert sent["status"] == 0
    judge = User.objects.get(username="judge")
    assert not judge.is_active
    assert judge.memberships.get().role == Role.EXPERT
    assert set(Review.objects.values_list("reviewer", flat=True)) == {judge.pk}
    assert {row["item"] for row in queue(tmp_path)}.isdisjoint({first, second})
    assert Task.objects.get(item__external_id=first).result_answer == {"species": "wren"}


def test_the_same_decision_again_changes_nothing_another_one_replaces_it(tasks, tmp_path):
    item = queue(tmp_path, "--no-random")[0]["item"]
    review(tmp_path, f"item,label\n{item},wren\n")
    assert review(tmp_path, f"item,label\n{item},wren\n")["unchanged"] == 1
    assert Review.objects.count() == 1
    assert review(tmp_path, f"item,label\n{item},robin\n")["fixed"] == 1
    task = Task.objects.get(item__external_id=item)
    assert task.result_answer == {"species": "robin"}
    assert task.result_source == Task.Source.ADJUDICATION


def test_bad_rows_are_named_and_the_good_ones_count(tasks, tmp_path):
    item = queue(tmp_path, "--no-random")[0]["item"]
    sent = review(tmp_path, f"item,label\nnone such,wren\n{item},dodo\n{item},wren\n")
    assert sent["status"] == 1
    assert [(error["row"], error["field"], error["code"]) for error in sent["errors"]] == [
        (2, "item", "unknown_item"),
        (3, "label", "unknown_option"),
    ]
    assert "dodo" in sent["errors"][1]["message"]
    assert sent["accepted"] + sent["fixed"] == 1


def test_nobody_decides_what_they_labelled(tasks, tmp_path):
    queue(tmp_path)
    author = tasks[0].annotations.first().author
    item = tasks[0].item.external_id
    sent = review(tmp_path, f"item,label\n{item},wren\n", reviewer=author.username)
    assert sent["errors"][0]["code"] == "own_work"
    assert not Review.objects.exists()
