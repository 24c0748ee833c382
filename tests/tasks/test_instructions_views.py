"""Writing, previewing and publishing instructions."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from labelops.accounts.models import Role
from tasks.models import InstructionVersion
from tasks.services import instructions
from tests.factories import make_instruction, make_member, make_project, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_project(team, slug="birds")


@pytest.fixture
def draft(project):
    return make_instruction(project, state=InstructionVersion.State.DRAFT)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


@pytest.fixture
def xiu(team):
    return make_member(team, Role.EXPERT)


def address(name, *arguments):
    return reverse(name, args=["birds", *arguments])


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_the_draft_is_saved_and_shown(client, mei, draft):
    client.force_login(mei)
    response = client.post(address("instruction_edit"), {"body": "# Rules\n\nLook."})
    assert response.headers["Location"] == address("instruction_detail", 1)
    page = client.get(response.headers["Location"]).content.decode()
    assert "<h2>Rules</h2>" in page


def test_the_preview_shows_text_and_questions_with_keys(client, mei, draft):
    client.force_login(mei)
    response = client.post(address("instruction_preview"), {"body": "**Look** <script>"})
    page = response.content.decode()
    assert "<strong>Look</strong> &lt;script&gt;" in page
    assert "Which bird?" in page
    assert "<kbd>1</kbd> Robin" in page
    assert "<html" not in page
    draft.refresh_from_db()
    assert draft.body == "Look closely."


def test_managers_are_told_that_an_expert_publishes(client, mei, draft):
    client.force_login(mei)
    page = client.get(address("instruction_list")).content.decode()
    assert "An expert must publish this." in page
    assert address("instruction_publish") not in page
    assert client.post(address("instruction_publish")).status_code == 404
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_an_expert_publishes_what_was_read(client, xiu, draft):
    client.force_login(xiu)
    form = client.get(address("instruction_detail", 1)).context["publish_form"]
    client.post(address("instruction_publish"), {"seen": form["seen"].value()})
    draft.refresh_from_db()
    assert (draft.state, draft.approver) == ("published", xiu)


def test_a_draft_that_changed_meanwhile_is_not_published(client, xiu, project, draft):
    client.force_login(xiu)
    form = client.get(address("instruction_detail", 1)).context["publish_form"]
    instructions.edit_draft(project, by=xiu, body="Changed")
    response = client.post(address("instruction_publish"), {"seen": form["seen"].value()})
    assert "Somebody else saved this draft" in said(response)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_nothing_to_publish_is_said(client, xiu, project):
    client.force_login(xiu)
    response = client.post(address("instruction_publish"))
    assert "no draft" in said(response)


def test_empty_instructions_lead_back_to_the_editor(client, xiu, project):
    make_instruction(project, state="draft", body="")
    client.force_login(xiu)
    response = client.post(address("instruction_publish"))
    assert response.headers["Location"] == address("instruction_edit")
    assert "Write the instructions first" in said(response)


def test_a_text_that_is_too_long_comes_back(client, mei, draft):
    client.force_login(mei)
    body = "x" * (instructions.BODY_LENGTH + 1)
    response = client.post(address("instruction_edit"), {"body": body})
    assert response.status_code == 422


def test_somebody_elses_text_is_kept(client, mei, project, draft):
    client.force_login(mei)
    seen = client.get(address("instruction_edit")).context["form"]["seen"].value()
    instructions.edit_draft(project, by=project.created_by, body="Theirs")
    response = client.post(address("instruction_edit"), {"body": "Mine", "seen": seen})
    assert response.status_code == 422
    assert "Mine" in response.content.decode()
    assert instructions.draft_version(project).body == "Theirs"


@pytest.mark.parametrize(
    "name", ["instruction_list", "instruction_edit", "instruction_preview", "instruction_publish"]
)
def test_strangers_find_nothing(client, draft, name):
    client.force_login(make_member(make_team(), Role.EXPERT))
    for method in (client.get, client.post):
        assert method(address(name)).status_code in {404, 405}


@pytest.mark.parametrize("name", ["instruction_preview", "instruction_publish"])
def test_changes_need_a_post(client, xiu, draft, name):
    client.force_login(xiu)
    assert client.get(address(name)).status_code == 405


def test_an_unknown_version_is_not_found(client, xiu, draft):
    client.force_login(xiu)
    assert client.get(address("instruction_detail", 9)).status_code == 404
