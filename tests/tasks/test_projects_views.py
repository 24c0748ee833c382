"""The pages of projects, as managers, experts and strangers meet them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelops.accounts.models import Role, Team
from tasks.models import Batch, Project, Task
from tests.factories import (
    make_batch,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


@pytest.fixture
def xiu(team):
    return make_member(team, Role.EXPERT)


@pytest.fixture
def otto():
    return make_member(make_team(), Role.MANAGER)


@pytest.fixture
def project(team):
    return make_project(team, name="Birds", slug="birds")


def new_project(team, **over):
    return {
        "name": "Night birds",
        "item_type": "image",
        "purpose": "",
        "teams": [team.pk],
        "controls-TOTAL_FORMS": 1,
        "controls-INITIAL_FORMS": 0,
        "controls-0-type": "choice",
        "controls-0-title": "Which bird?",
        "controls-0-required": "on",
        "controls-0-classes": "Owl\nNightjar",
    } | over


def test_the_list_shows_own_projects_with_their_figures(client, mei, project):
    make_project(make_team(), name="Foreign")
    batch = make_batch(project)
    make_task(batch, state=Task.State.ACCEPTED)
    make_task(batch)
    client.force_login(mei)
    page = client.get(reverse("project_list")).content.decode()
    assert "Birds" in page
    assert "1 / 2" in page
    assert "Foreign" not in page


def test_sums_do_not_double_when_two_teams_open_a_project(client, mei, project):
    other = make_team()
    other.memberships.create(user=mei, role=Role.EXPERT)
    project.teams.add(other)
    for _ in range(2):
        batch = make_batch(project)
        make_task(batch, state=Task.State.ACCEPTED)
    client.force_login(mei)
    assert "2 / 2" in client.get(reverse("project_list")).content.decode()


def test_an_empty_list_tells_a_manager_what_to_do(client, mei):
    client.force_login(mei)
    page = client.get(reverse("project_list")).content.decode()
    assert "Create your first project" in page


def test_an_empty_list_offers_an_expert_nothing_to_create(client, xiu):
    client.force_login(xiu)
    assert "Create your first" not in client.get(reverse("project_list")).content.decode()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_annotators_and_reviewers_have_no_project_pages(client, team, project, role):
    client.force_login(make_member(team, role))
    assert client.get(reverse("project_list")).status_code == 404
    assert client.get(reverse("project_detail", args=["birds"])).status_code == 404


def test_an_unknown_filter_is_refused(client, mei):
    client.force_login(mei)
    assert client.get(reverse("project_list") + "?sort=name").status_code == 400


def test_a_project_is_made_in_one_form(client, mei, team):
    client.force_login(mei)
    response = client.post(reverse("project_create"), new_project(team))
    project = Project.objects.get()
    assert response.headers["Location"] == reverse("project_detail", args=["night-birds"])
    assert list(project.teams.all()) == [team]
    [control] = project.instruction_versions.get().label_schema["controls"]
    assert [option["key"] for option in control["options"]] == ["1", "2"]


def test_a_second_project_of_that_name_gets_its_own_short_name(client, mei, team):
    make_project(slug="night-birds")
    client.force_login(mei)
    client.post(reverse("project_create"), new_project(team))
    assert Project.objects.filter(slug="night-birds-2").exists()


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"slug": "Not a slug"}, "Enter a valid “slug”"),
        ({"teams": []}, "This field is required."),
        ({"item_type": "audio"}, "Select a valid choice"),
        ({"controls-0-title": ""}, "This field is required."),
        ({"controls-0-classes": "Owl\nowl"}, "Line 2"),
        ({"controls-0-type": "spans"}, "not on image items"),
        ({"controls-TOTAL_FORMS": ""}, "Ask at least one question."),
    ],
)
def test_a_mistake_is_shown_and_nothing_is_made(client, mei, team, over, sentence):
    client.force_login(mei)
    response = client.post(reverse("project_create"), new_project(team, **over))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Project.objects.exists()


def test_a_foreign_team_is_not_among_the_choices(client, mei, team):
    client.force_login(mei)
    foreign = make_team(name="Foreigners")
    assert "Foreigners" not in client.get(reverse("project_create")).content.decode()
    response = client.post(reverse("project_create"), new_project(team, teams=[foreign.pk]))
    assert response.status_code == 422


def test_a_vendor_alone_is_not_enough(client, mei, team):
    vendor = make_team(kind=Team.Kind.VENDOR)
    client.force_login(mei)
    response = client.post(reverse("project_create"), new_project(team, teams=[vendor.pk]))
    assert "at least one in-house team" in response.content.decode()


def test_another_question_is_added_without_scripts(client, mei, team):
    client.force_login(mei)
    typed = new_project(team, **{"controls-0-title": "Half done", "add_control": "1"})
    page = client.post(reverse("project_create"), typed)
    assert page.status_code == 200
    content = page.content.decode()
    assert 'value="Half done"' in content
    assert 'name="controls-1-title"' in content
    assert "is-invalid" not in content


def test_a_removed_question_stays_out_of_sight_when_another_is_wrong(client, mei, team):
    client.force_login(mei)
    removed = {"controls-1-title": "", "controls-1-DELETE": "on", "controls-TOTAL_FORMS": 2}
    response = client.post(reverse("project_create"), new_project(team, name="", **removed))
    assert response.status_code == 422
    assert response.content.decode().count("data-formset-row hidden") == 1


@pytest.mark.parametrize("role", [Role.EXPERT, Role.REVIEWER, Role.ANNOTATOR])
def test_only_managers_make_projects(client, team, role):
    client.force_login(make_member(team, role))
    assert client.get(reverse("project_create")).status_code == 404
    assert client.post(reverse("project_create"), new_project(team)).status_code == 404


def test_an_empty_project_lists_the_next_steps(client, mei, project):
    client.force_login(mei)
    page = client.get(reverse("project_detail", args=["birds"])).content.decode()
    assert "Four steps to running work" in page
    assert reverse("instruction_edit", args=["birds"]) in page


def test_a_running_project_shows_its_batches_instead(client, mei, project):
    make_instruction(project)
    batch = make_batch(project, name="Dusk")
    make_task(batch, make_item(project))
    client.force_login(mei)
    page = client.get(reverse("project_detail", args=["birds"])).content.decode()
    assert "Four steps" not in page
    assert "Dusk" in page
    assert "waiting: 1" in page


def test_an_expert_sees_the_project_without_managers_buttons(client, xiu, project):
    make_batch(project, state=Batch.State.DRAFT)
    client.force_login(xiu)
    page = client.get(reverse("project_detail", args=["birds"])).content.decode()
    assert reverse("batch_create", args=["birds"]) not in page
    assert reverse("project_edit", args=["birds"]) not in page


def test_strangers_find_no_project(client, otto, project):
    client.force_login(otto)
    for name in ("project_detail", "project_edit"):
        assert client.get(reverse(name, args=["birds"])).status_code == 404


def test_name_and_teams_can_be_changed(client, mei, team, project):
    vendor = make_team(kind=Team.Kind.VENDOR)
    client.force_login(mei)
    sent = {"name": "Owls", "purpose": "Night", "teams": [team.pk, vendor.pk]}
    assert client.post(reverse("project_edit", args=["birds"]), sent).status_code == 302
    project.refresh_from_db()
    assert (project.name, project.purpose, project.slug) == ("Owls", "Night", "birds")
    assert set(project.teams.all()) == {team, vendor}


def test_another_houses_team_keeps_its_access(client, mei, team, project):
    other_house = make_team(name="Other house")
    project.teams.add(other_house)
    client.force_login(mei)
    client.post(reverse("project_edit", args=["birds"]), {"name": "Owls", "teams": [team.pk]})
    assert set(project.teams.all()) == {team, other_house}


def test_a_manager_cannot_lock_everybody_out(client, mei, project):
    client.force_login(mei)
    response = client.post(reverse("project_edit", args=["birds"]), {"name": "Owls", "teams": []})
    assert response.status_code == 422


@pytest.mark.parametrize("name", ["project_list", "project_detail"])
def test_reading_pages_refuse_a_post(client, mei, project, name):
    client.force_login(mei)
    arguments = ["birds"] if name == "project_detail" else []
    assert client.post(reverse(name, args=arguments)).status_code == 405


def test_the_list_asks_the_same_questions_for_20_projects_as_for_10(client, mei, team):
    client.force_login(mei)
    counts = []
    for _ in range(2):
        for _ in range(10):
            make_batch(make_project(team))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("project_list"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
