"""Projects and their lists over HTTP."""

import pytest
from django.urls import reverse

from labelops import lists
from labelops.accounts.models import Role
from tasks.models import Project
from tests.factories import (
    CHOICE_SCHEMA,
    make_instruction,
    make_member,
    make_project,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def new_project(**over):
    return {
        "name": "Birds",
        "slug": "birds",
        "item_type": "image",
        "label_schema": CHOICE_SCHEMA,
        "teams": ["House"],
    } | over


def post(client, body):
    return client.post(reverse("api_projects"), body, content_type="application/json")


def test_a_project_is_made_and_found_again(client, mei):
    response = post(client, new_project(body="Look."))
    assert response.status_code == 201, response.json()
    found = client.get(reverse("api_project", args=["birds"])).json()
    assert found == response.json()
    assert found["teams"] == ["House"]
    assert found["published_version"] is None


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\x00"}, None),
        ({"slug": "a b"}, "slug"),
        ({"item_type": "audio"}, "item_type"),
        ({"label_schema": {"controls": []}}, "label_schema.controls"),
        ({"label_schema": 5}, "label_schema"),
        ({"teams": []}, "teams"),
        ({"teams": ["Foreign"]}, "teams"),
        ({"created_by": 1}, "created_by"),
        ({"id": 1}, "id"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(client, mei, over, field):
    make_team(name="Foreign")
    response = post(client, new_project(**over))
    assert response.status_code == 400
    if field:
        assert response.json()["field"] == field
    assert response.json()["message"]
    assert not Project.objects.exists()


@pytest.mark.parametrize("body", [[], "x", 5, None])
def test_a_body_that_is_no_object_is_refused(client, mei, body):
    assert post(client, body).status_code == 400


def test_a_taken_slug_is_refused(client, mei):
    make_project(slug="birds")
    assert post(client, new_project()).json()["code"] == "slug_taken"


def test_experts_may_read_but_not_make(client, team):
    project = make_project(team)
    make_instruction(project, number=3)
    client.force_login(make_member(team, Role.EXPERT))
    assert post(client, new_project()).status_code == 403
    [found] = client.get(reverse("api_projects")).json()["results"]
    assert (found["slug"], found["published_version"]) == (project.slug, 3)


def test_annotators_and_strangers_find_nothing(client, team):
    project = make_project(team)
    client.force_login(make_member(team, Role.ANNOTATOR))
    assert client.get(reverse("api_projects")).status_code == 404
    client.force_login(make_member(make_team(), Role.MANAGER))
    assert client.get(reverse("api_projects")).json()["results"] == []
    assert client.get(reverse("api_project", args=[project.slug])).status_code == 404


def test_the_cursor_leads_through_all_pages(client, mei, team, monkeypatch):
    monkeypatch.setitem(lists.keyset_page.__kwdefaults__, "size", 2)
    slugs = [make_project(team).slug for _ in range(5)]
    address, found = reverse("api_projects"), []
    while address:
        page = client.get(address).json()
        found += [row["slug"] for row in page["results"]]
        address = page["next"]
    assert found == slugs


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?cursor=abc", "bad_cursor"),
        ("?cursor=NQ:1abc:xyz", "bad_cursor"),
        ("?ordering=name", "unknown_parameter"),
        ("?created_by__password__startswith=a", "unknown_parameter"),
        ("?cursor=a&cursor=b", "repeated_parameter"),
    ],
)
def test_forged_cursors_and_unknown_parameters_are_refused(client, mei, query, code):
    response = client.get(reverse("api_projects") + query)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_anonymous_programs_are_told_to_log_in(client):
    assert client.get(reverse("api_projects")).status_code == 401
