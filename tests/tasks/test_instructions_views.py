"""Reading versions, handing a draft in, publishing it, going through labels in doubt."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from labelops.accounts.models import Role
from tasks.models import InstructionVersion
from tasks.services import instructions
from tests.factories import make_block, make_instruction, make_member, make_project, make_team

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


def reworded(project, by, body):
    [block] = instructions.newest_version(project).blocks
    return instructions.edit_draft(project, by=by, blocks=[{**block, "body": body}])


def test_a_version_shows_its_parts_and_questions_with_keys(client, mei, project):
    make_instruction(project, body="# Rules\n\n**Look** <script>")
    client.force_login(mei)
    page = client.get(address("instruction_detail", 1)).content.decode()
    assert "<h2>Rules</h2>" in page
    assert "<strong>Look</strong> &lt;script&gt;" in page
    assert "Which bird?" in page
    assert "<kbd>1</kbd> Robin" in page
    assert "Which bird?" in client.get(address("instruction_print", 1)).content.decode()


def test_managers_are_told_that_an_expert_publishes(client, mei, draft):
    client.force_login(mei)
    page = client.get(address("instruction_approval")).content.decode()
    assert "An expert must publish this." in page
    assert address("instruction_publish") not in page
    assert client.post(address("instruction_publish")).status_code == 404
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_an_expert_publishes_what_was_read(client, xiu, draft):
    client.force_login(xiu)
    form = client.get(address("instruction_approval")).context["publish_form"]
    client.post(address("instruction_publish"), {"seen": form["seen"].value()})
    draft.refresh_from_db()
    assert (draft.state, draft.approver) == ("published", xiu)


def test_a_draft_that_changed_meanwhile_is_not_published(client, xiu, project, draft):
    client.force_login(xiu)
    form = client.get(address("instruction_approval")).context["publish_form"]
    instructions.edit_draft(project, by=xiu, blocks=[make_block("Changed")])
    response = client.post(address("instruction_publish"), {"seen": form["seen"].value()})
    assert "Somebody else saved this draft" in said(response)
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize("name", ["instruction_publish", "instruction_approval"])
def test_nothing_to_publish_is_said(client, xiu, project, name):
    client.force_login(xiu)
    assert "no draft" in said(client.post(address(name)))


def test_empty_instructions_are_not_published(client, xiu, project):
    make_instruction(project, state="draft", body="")
    client.force_login(xiu)
    response = client.post(address("instruction_publish"))
    assert response.headers["Location"] == address("instruction_approval")
    assert "Write the instructions first" in said(response)


def test_changes_are_named_handed_in_and_published_by_another(client, mei, xiu, team, project):
    make_instruction(project)
    draft = reworded(project, mei, "Look twice.")
    [block] = draft.blocks
    client.force_login(mei)
    page = client.get(address("instruction_approval"))
    assert "<ins>twice</ins>" in page.content.decode()
    seen = page.context["form"]["seen"].value()
    assert client.post(address("instruction_approval"), {"seen": seen}).status_code == 422
    chosen = {"seen": seen, f"change-{block['id']}": "clarifying"}
    assert client.post(address("instruction_approval"), chosen).status_code == 302
    client.force_login(xiu)
    page = client.get(address("instruction_approval"))
    assert "within a shift" in page.content.decode()
    client.post(
        address("instruction_publish"), {"seen": page.context["publish_form"]["seen"].value()}
    )
    draft.refresh_from_db()
    assert (draft.state, draft.author, draft.approver) == ("published", mei, xiu)
    assert "<ins>twice</ins>" in client.get(address("instruction_diff", 2)).content.decode()
    assert "No label is in doubt" in client.get(address("instruction_stale", 2)).content.decode()


def test_a_version_is_sent_back_and_withdrawn(client, mei, xiu, project):
    first = make_instruction(project)
    draft = reworded(project, mei, "Look twice.")
    client.force_login(mei)
    changes = {f"change-{draft.blocks[0]['id']}": "editorial"}
    client.post(address("instruction_approval"), changes)
    client.force_login(xiu)
    client.post(address("instruction_send_back"), {"reason": "Shorter, please"})
    draft.refresh_from_db()
    assert draft.state == "draft"
    client.post(address("instruction_approval"), changes)
    client.post(address("instruction_publish"))
    client.post(address("instruction_withdraw", 2), {"reason": "A mistake"})
    draft.refresh_from_db()
    first.refresh_from_db()
    assert (draft.state, first.state) == ("withdrawn", "published")


@pytest.mark.parametrize("name", ["instruction_list", "instruction_edit", "instruction_approval"])
def test_strangers_find_nothing(client, draft, name):
    client.force_login(make_member(make_team(), Role.EXPERT))
    assert client.get(address(name)).status_code == 404


@pytest.mark.parametrize("name", ["block_add", "instruction_publish", "instruction_send_back"])
def test_changes_need_a_post(client, xiu, draft, name):
    client.force_login(xiu)
    assert client.get(address(name)).status_code == 405


def test_an_unknown_version_is_not_found(client, xiu, draft):
    client.force_login(xiu)
    assert client.get(address("instruction_detail", 9)).status_code == 404
