"""Editing the questions of a project."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from tasks.services import instructions
from tests.factories import (
    make_block,
    make_member,
    make_published_project,
    make_team,
)
from tests.tasks.test_schemas_forms import post_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_published_project(team, slug="birds")


@pytest.fixture
def page(client, team, project):
    client.force_login(make_member(team, Role.EXPERT))
    return client.get(reverse("schema_edit", args=["birds"]))


def as_sent(page):
    return post_of(page.context["formset"]) | {"seen": page.context["form"]["seen"].value()}


def send(client, sent):
    return client.post(reverse("schema_edit", args=["birds"]), sent)


def test_saving_begins_the_next_draft_and_keeps_keys_and_colours(client, page, project):
    sent = as_sent(page) | {"controls-0-classes": "Robin\nWren\nOwl"}
    assert send(client, sent).status_code == 302
    draft = instructions.draft_version(project)
    before = instructions.current_version(project).label_schema["controls"][0]["options"]
    after = draft.label_schema["controls"][0]["options"]
    assert draft.number == 2
    assert after[:2] == before
    assert (after[2]["value"], after[2]["key"]) == ("owl", "3")


def test_a_mistake_is_shown_at_its_question(client, page, project):
    response = send(client, as_sent(page) | {"controls-0-classes": "Robin\nRobin"})
    assert response.status_code == 422
    assert "Line 2" in response.content.decode()
    assert instructions.draft_version(project) is None


def test_somebody_elses_draft_is_not_overwritten(client, page, project):
    instructions.edit_draft(project, by=project.created_by, blocks=[make_block("Meanwhile")])
    response = send(client, as_sent(page))
    assert response.status_code == 422
    assert "Somebody else saved this draft" in response.content.decode()


def test_another_question_keeps_what_was_seen(client, page):
    response = send(client, as_sent(page) | {"add_control": "1"})
    assert response.status_code == 200
    assert len(response.context["formset"].forms) == 2
    assert response.context["form"]["seen"].value() == page.context["form"]["seen"].value()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_who_only_labels_has_no_such_page(client, team, project, role):
    client.force_login(make_member(team, role))
    assert client.get(reverse("schema_edit", args=["birds"])).status_code == 404


def test_strangers_have_no_such_page(client, project):
    client.force_login(make_member(make_team(), Role.EXPERT))
    assert send(client, {}).status_code == 404


def test_other_methods_are_refused(client, page):
    assert client.delete(reverse("schema_edit", args=["birds"])).status_code == 405
