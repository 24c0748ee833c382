"""The quality page, the items behind its figures, and the same over HTTP."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelops.accounts.models import Role
from reviews import jobs
from reviews.models import QualitySnapshot
from reviews.services import consensus, quality, rollups
from tasks.models import Task
from tests.factories import (
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
def team():
    return make_team()


@pytest.fixture
def batch(team):
    project = make_published_project(team, slug="birds")
    return make_batch(project, team, overlap=2, review_percent=0)


@pytest.fixture
def pair(team):
    ana = make_member(team, username="ana", name="Ana")
    return ana, make_member(team, username="bo", is_simulated=True)


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


@pytest.fixture
def xiu(client, team):
    xiu = make_member(team, Role.EXPERT)
    client.force_login(xiu)
    return xiu


def labeled(batch, pair, *labels):
    task = make_labeled_task(batch, *labels, authors=pair)
    consensus.assess(task.pk)
    return task


def computed(batch):
    rollups.count_changes()
    return quality.compute_snapshot(batch.project)


def page(client, name="quality", query=""):
    return client.get(reverse(name, args=["birds"]) + query)


def found(response):
    return [row.task for row in response.context["page"].rows]


def test_without_figures_the_page_says_what_to_do(client, mei, batch):
    response = page(client)
    assert "No figures have been computed yet" in response.content.decode()
    assert reverse("quality_refresh", args=["birds"]) in response.content.decode()


def test_the_page_shows_figures_with_n_and_interval(client, mei, batch, pair):
    for _number in range(4):
        labeled(batch, pair, "wren", "wren")
    labeled(batch, pair, "wren", "robin")
    computed(batch)
    shown = page(client).content.decode()
    assert "Mean agreement" in shown
    assert "0.80" in shown
    assert "n = 5 items" in shown
    assert "not defined" in shown
    assert "few items" in shown
    assert "style=" not in shown


def test_the_options_of_a_multiple_choice_are_shown_one_by_one(client, mei, batch, pair):
    task = labeled(batch, pair, "wren", "robin")
    versions = batch.project.instruction_versions
    [species] = versions.get().label_schema["controls"]
    versions.update(label_schema={"controls": [species | {"multiple": True}]})
    task.annotations.update(answer={"species": ["wren", "robin"]})
    computed(batch)
    shown = page(client).content.decode()
    assert "Agreement by MASI" in shown
    assert "Alpha of “wren”" in shown


def test_people_and_mix_ups_lead_to_their_items(client, mei, batch, pair):
    task = labeled(batch, pair, "wren", "robin")
    labeled(batch, pair, "wren", "wren")
    computed(batch)
    shown = page(client).content.decode()
    items = reverse("quality_items", args=["birds"])
    assert f"{items}?annotator={pair[0].pk}" in shown
    query = "?control=species&label_a=robin&label_b=wren"
    assert f"{items}{query.replace('&', '&amp;')}" in shown
    response = page(client, "quality_items", query)
    assert found(response) == [task]
    assert "one answered “robin”, somebody else “wren”" in response.content.decode()


def test_a_manager_reads_names_and_an_expert_pseudonyms(client, team, batch, pair):
    labeled(batch, pair, "wren", "wren")
    computed(batch)
    client.force_login(make_member(team, Role.MANAGER))
    shown = page(client).content.decode()
    assert ">Ana<" in shown
    assert "simulated" in shown
    client.force_login(make_member(team, Role.EXPERT))
    shown = page(client).content.decode()
    assert ">Ana<" not in shown
    assert pair[0].pseudonym in shown
    shown = page(client, "quality_items", f"?annotator={pair[0].pk}").content.decode()
    assert "Ana" not in shown
    assert pair[0].pseudonym in shown


def test_items_are_found_by_each_filter(client, mei, batch, pair):
    split, same = labeled(batch, pair, "wren", "robin"), labeled(batch, pair, "wren", "wren")
    open_task = make_task(batch)
    assert found(page(client, "quality_items")) == [split, same, open_task]
    for query, expected in {
        f"?annotator={pair[0].pk}": [split, same],
        "?label_a=wren": [split, same],
        "?label_a=wren&label_b=wren": [same],
        "?label_a=wren&label_b=robin": [split],
        "?state=accepted": [same],
        "?state=pending": [open_task],
        "?disagreement=1": [split],
        "?tie=1": [split],
        "?tie=1&state=accepted": [],
    }.items():
        assert found(page(client, "quality_items", query)) == expected, query


def test_who_may_still_label_learns_no_answer_of_an_unfinished_task(client, xiu, batch, pair):
    task = labeled(batch, pair, "wren", "robin")
    Task.objects.filter(pk=task.pk).update(state=Task.State.REWORK)
    for query in ("?label_a=wren", "?tie=1", f"?annotator={pair[0].pk}"):
        assert found(page(client, "quality_items", query)) == []
    [row] = page(client, "quality_items", "?state=rework").context["page"].rows
    assert (row.agreement, row.is_tie) == (None, False)


def test_a_class_of_an_earlier_version_is_still_a_filter(client, mei, batch, pair):
    task = labeled(batch, pair, "wren", "robin")
    computed(batch)
    snapshot = QualitySnapshot.objects.get()
    snapshot.figures["class_counts"]["species"]["crow"] = 1
    snapshot.save()
    assert found(page(client, "quality_items", "?label_a=crow")) == []
    assert found(page(client, "quality_items", "?label_a=robin")) == [task]


@pytest.mark.parametrize(
    "query",
    [
        "?sort=doubt",
        "?answer__species=wren",
        "?state=sleeping",
        "?annotator=x",
        "?annotator=99999999",
        "?annotator=99999999999999999999999",
        "?annotator=²",
        "?tie=yes",
        "?disagreement=0",
        "?label_a=dodo",
        "?label_a=%00",
        "?label_b=wren",
        "?control=species",
        "?control=other&label_a=wren",
        "?label_a=wren&label_a=robin",
        "?cursor=5",
    ],
)
def test_what_is_not_a_filter_is_refused_with_a_sentence(client, mei, batch, query):
    response = page(client, "quality_items", query)
    assert response.status_code == 400
    assert "This did not work" in response.content.decode()


def test_another_projects_annotator_is_no_filter(client, mei, batch, team):
    other = make_batch(make_project(team), team)
    make_instruction(other.project)
    task = make_labeled_task(other, "wren", "wren")
    author = task.annotations.first().author
    assert page(client, "quality_items", f"?annotator={author.pk}").status_code == 400


def test_a_refresh_queues_the_job(
    client, mei, batch, monkeypatch, django_capture_on_commit_callbacks
):
    queued = []
    monkeypatch.setattr(
        jobs.compute_quality, "apply_async", lambda args, **options: queued.append(args)
    )
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("quality_refresh", args=["birds"]), follow=True)
    assert queued == [(batch.project.pk,)]
    assert "are being computed" in response.content.decode()


@pytest.mark.parametrize("who", ["stranger", "annotator", "reviewer", "vendor"])
def test_strangers_and_labelers_find_nothing(client, team, batch, who):
    people = {
        "stranger": (make_team(), Role.MANAGER),
        "annotator": (team, Role.ANNOTATOR),
        "reviewer": (team, Role.REVIEWER),
        "vendor": (make_team(kind="vendor"), Role.MANAGER),
    }
    batch.project.teams.add(*[people["vendor"][0]])
    client.force_login(make_member(*people[who]))
    assert page(client).status_code == 404
    assert page(client, "quality_items").status_code == 404
    assert page(client, "api_quality").status_code == 404
    assert client.post(reverse("quality_refresh", args=["birds"])).status_code == 404


@pytest.mark.parametrize("name", ["quality", "quality_items", "api_quality"])
def test_pages_are_only_read(client, mei, batch, name):
    assert client.post(reverse(name, args=["birds"])).status_code == 405


def test_a_refresh_is_only_posted(client, mei, batch):
    assert page(client, "quality_refresh").status_code == 405


def test_unknown_parameters_of_the_page_are_refused(client, mei, batch):
    assert page(client, query="?days=30").status_code == 400
    assert page(client, "api_quality", "?days=30").status_code == 400


def test_both_pages_ask_the_same_questions_for_20_rows_as_for_10(client, mei, batch):
    counts = []
    for _ in range(2):
        for _ in range(10):
            labeled(batch, (), "wren", "robin")
        computed(batch)
        for name, query in (("quality", ""), ("quality_items", "?disagreement=1")):
            with CaptureQueriesContext(connection) as queries:
                page(client, name, query)
            counts.append((name, len(queries)))
    assert counts[:2] == counts[2:]


def test_the_api_answers_null_before_anything_was_computed(client, mei, batch):
    assert page(client, "api_quality").json() == {
        "project": "birds",
        "computed_at": None,
        "figures": None,
    }


def test_the_api_answers_the_stored_figures(client, mei, batch, pair):
    labeled(batch, pair, "wren", "robin")
    snapshot = computed(batch)
    answer = page(client, "api_quality").json()
    assert answer["computed_at"] == snapshot.computed_at.isoformat().replace("+00:00", "Z")
    assert answer["figures"]["agreement"]["percent"]["value"] == 0
    assert answer["figures"]["consensus"]["ties"] == 1
    assert answer["figures"]["estimated_error_rate"]["value"] is None
    assert {row["name"] for row in answer["figures"]["annotators"]} == {"Ana", "bo"}


def test_the_api_hides_names_from_experts(client, xiu, batch, pair):
    labeled(batch, pair, "wren", "robin")
    computed(batch)
    rows = page(client, "api_quality").json()["figures"]["annotators"]
    assert {row["name"] for row in rows} == {person.pseudonym for person in pair}
    assert {row["username"] for row in rows} == {None}
