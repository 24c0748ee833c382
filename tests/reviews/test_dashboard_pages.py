"""The quality page: what it shows under each filter, what its figures open, and at what cost."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.models import CountedTask, Measurement, TaskChange
from reviews.services import consensus, quality, rollups, sampling
from tasks.models import Annotation, Question, Task
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def batch(team):
    project = make_published_project(team, slug="birds")
    return make_batch(project, team, name="Spring", overlap=2, review_percent=0)


@pytest.fixture
def pair(team):
    return make_member(team, username="ana", name="Ana"), make_member(team, username="bo")


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def labeled(batch, pair, *labels):
    task = make_labeled_task(batch, *labels, authors=pair)
    consensus.assess(task.pk)
    return task


def decided(task, *, was_wrong):
    """An expert has decided a task of the random order."""
    task = Task.objects.get(pk=task.pk)
    sampling.note_decision(task, was_wrong=was_wrong)


def page(client, query="", name="quality"):
    return client.get(reverse(name, args=["birds"]) + query)


def shown(client, query=""):
    rollups.count_changes()
    return page(client, query).context["page"]


def section(dashboard, key):
    return next((found for found in dashboard.sections if found.key == key), None)


def items(client, query):
    response = page(client, f"?{query}", "quality_items")
    assert response.status_code == 200, query
    return [row.task for row in response.context["page"].rows]


def test_the_head_has_agreement_alpha_and_accuracy_of_the_random_sample(client, mei, batch, pair):
    tasks = [labeled(batch, pair, "wren", "wren") for _number in range(3)]
    tasks.append(labeled(batch, pair, "robin", "robin"))
    labeled(batch, pair, "wren", "robin")
    for number, task in enumerate(tasks):
        decided(task, was_wrong=number == 0)
    found = shown(client)
    assert found.agreement.value == pytest.approx(80)
    assert found.agreement.low < 80 < found.agreement.high
    assert found.agreement.is_few
    figures = quality.compute_snapshot(batch.project).figures["controls"][0]["figures"]
    assert found.alpha.value == pytest.approx(figures["alpha"]["value"])
    assert found.alpha.low <= found.alpha.value <= found.alpha.high
    rate = quality.compute_snapshot(batch.project).figures["error_rate"]
    if rate["value"] is not None:
        assert found.accuracy.value == pytest.approx(100 * (1 - rate["value"]))


def test_few_items_show_their_interval_first(client, mei, batch, pair):
    labeled(batch, pair, "wren", "wren")
    rollups.count_changes()
    text = page(client).content.decode()
    assert "20.7–100.0 %" in text
    assert "· few" in text


def test_each_table_has_its_rows_and_they_open_their_items(client, mei, batch, pair, team):
    split = labeled(batch, pair, "wren", "robin")
    same = labeled(batch, pair, "wren", "wren")
    found = shown(client)
    rows = {
        (table.key, row.name): row for table in [found.weeks, *found.sections] for row in table.rows
    }
    week = found.weeks.rows[0].name
    assert set(rows) == {
        ("weeks", week),
        ("batches", "Spring"),
        ("classes", "Robin"),
        ("classes", "Wren"),
        ("teams", "House"),
        ("annotators", "Ana"),
        ("annotators", "bo"),
    }
    for key, row in rows.items():
        expected = [split] if key == ("classes", "Robin") else [split, same]
        assert items(client, row.query) == expected, key
        assert items(client, row.agreement.query) == [split], key
    assert rows["classes", "Wren"].count == 3
    assert rows["annotators", "Ana"].agreement.value == pytest.approx(50)


def test_measured_answers_are_the_accuracy_of_people_and_classes(client, mei, batch, pair):
    right, wrong = labeled(batch, pair, "wren", "wren"), labeled(batch, pair, "robin", "wren")
    for task in (right, wrong):
        made = task.annotations.get(author=pair[0])
        Measurement.objects.create(
            project=batch.project,
            person=pair[0],
            annotation=made,
            source="audit",
            is_right=task == right,
            score=1,
            expected="wren",
            given=made.answer["species"],
            measured_at=timezone.now(),
        )
    found = shown(client)
    ana = next(row for row in section(found, "annotators").rows if row.name == "Ana")
    assert ana.accuracy.value == pytest.approx(50)
    assert ana.accuracy.counted == "2 answers"
    assert items(client, ana.accuracy.query) == [right, wrong]
    wren = next(row for row in section(found, "classes").rows if row.name == "Wren")
    assert items(client, wren.accuracy.query) == [right, wrong]
    assert items(client, f"measured=wrong&annotator={pair[0].pk}") == [wrong]


def test_filters_narrow_every_table(client, mei, batch, pair, team):
    labeled(batch, pair, "wren", "wren")
    other = make_batch(batch.project, team, name="Autumn", overlap=2)
    old = labeled(other, pair, "wren", "robin")
    Annotation.objects.filter(task=old).update(submitted_at=timezone.now() - timedelta(weeks=8))
    TaskChange.objects.create(task=old, noted_at=timezone.now())
    assert shown(client).item_count == 2
    assert shown(client, f"?batch={other.pk}").agreement.value == 0
    assert shown(client, "?weeks=4").agreement.value == 100
    assert section(shown(client, "?label=robin"), "annotators") is None
    of_team = shown(client, f"?team={team.pk}")
    assert (of_team.agreement.value, of_team.alpha.value) == (pytest.approx(50), None)
    assert section(of_team, "classes") is None
    assert items(client, f"batch={other.pk}&weeks=4") == []
    week = CountedTask.objects.get(task=old).week
    assert items(client, f"week={week.isoformat()}") == [old]


def test_tables_are_sorted_as_asked_and_what_is_not_defined_comes_last(client, mei, batch, pair):
    labeled(batch, pair, "wren", "wren")
    labeled(batch, pair, "wren", "robin")
    names = [row.name for row in section(shown(client, "?sort=-name"), "classes").rows]
    assert names == ["Wren", "Robin"]
    names = [row.name for row in section(shown(client, "?sort=agreement"), "classes").rows]
    assert names == ["Robin", "Wren"]
    assert 'aria-sort="ascending"' in page(client, "?sort=agreement").content.decode()


def test_answers_are_held_against_the_accepted_label(client, mei, batch, pair):
    task = labeled(batch, pair, "wren", "wren")
    split = labeled(batch, pair, "wren", "robin")
    rollups.count_changes()
    people, label = page(client).context["confusions"]
    assert [[cell.count for cell in row.cells] for row in people.rows] == [[0, 1], [1, 1]]
    assert [[cell.count for cell in row.cells] for row in label.rows] == [[2]]
    assert items(client, label.rows[0].cells[0].query) == [task]
    assert items(client, people.rows[0].cells[1].query) == [split]


def test_open_questions_have_their_ages(client, mei, batch, pair):
    task = labeled(batch, pair, "wren", "wren")
    made = task.annotations.first()
    for hours in (1, 3, 10):
        Question.objects.create(
            project=batch.project,
            item=task.item,
            task=task,
            assignment=made.assignment,
            instruction_version=made.instruction_version,
            asker=pair[0],
            text=f"Asked {hours} hours ago?",
            asked_at=timezone.now() - timedelta(hours=hours),
        )
    rollups.count_changes()
    found = page(client).context["questions"]
    assert (found.count, round(found.median_hours)) == (3, 3)
    assert "Asked 10 hours ago?" in page(client).content.decode()


def test_the_page_says_when_the_count_is_behind(client, mei, batch, pair):
    labeled(batch, pair, "wren", "wren")
    rollups.count_changes()
    assert "up to date" in page(client).content.decode()
    task = labeled(batch, pair, "wren", "robin")
    TaskChange.objects.filter(task=task).update(noted_at=timezone.now() - timedelta(minutes=3))
    assert "later labels are being counted" in page(client).content.decode()


def test_the_page_asks_the_same_questions_whatever_there_is(client, mei, batch, team):
    counts = []
    for _round in range(2):
        for _number in range(5):
            labeled(batch, (), "wren", "robin")
        labeled(make_batch(batch.project, team, overlap=2), (), "wren", "wren")
        rollups.count_changes()
        quality.compute_snapshot(batch.project)
        with CaptureQueriesContext(connection) as queries:
            text = page(client).content.decode()
        counts.append(len(queries))
        assert "style=" not in text
    assert counts[0] == counts[1]
    # None of them reads a label.
    assert not any("tasks_annotation" in query["sql"] for query in queries)


@pytest.mark.parametrize(
    "query",
    ["?batch=x", "?batch=999999", "?team=999999", "?label=dodo", "?weeks=3", "?sort=age", "?x=1"],
)
def test_what_is_not_a_filter_of_the_page_is_refused(client, mei, batch, query):
    assert page(client, query).status_code == 400


def test_a_vendor_and_a_class_exclude_each_other(client, mei, batch, pair, team):
    labeled(batch, pair, "wren", "wren")
    rollups.count_changes()
    response = page(client, f"?team={team.pk}&label=wren")
    assert response.status_code == 400
    assert "Choose a vendor or a class" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        *("week=soon", "measured=some", "batch=0", "weeks=5", "expected=x"),
        *(
            "day=soon",
            "day=9999-12-31",
            "settled=0",
            "labeled=2",
            "shared=x",
            "planned=yes",
            "holder=0",
        ),
    ],
)
def test_what_is_not_a_filter_of_the_items_is_refused(client, mei, batch, query):
    assert page(client, f"?{query}", "quality_items").status_code == 400


def test_the_chart_is_drawn_in_every_language_and_speaks_in_it(client, batch, pair, mei):
    mei.language = "de"
    mei.save()
    for said in ("wren", "robin", "wren"):
        labeled(batch, pair, "wren", said)
    rollups.count_changes()
    drawn = page(client).content.decode()
    places = re.findall(r'<circle class="chart-dot" cx="([^"]+)" cy="([^"]+)" r="3"><title>', drawn)
    assert [len(re.findall(r"^\d+\.\d+$", number)) for number in places[0]] == [1, 1]
    assert "66,7 %" in re.findall(r"<title>([^<]+66.7 %[^<]+)</title>", drawn)[0]
