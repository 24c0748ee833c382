"""Projects as a manager makes and changes them."""

import pytest

from labelops.accounts.models import Role, Team
from labelops.audit.models import Event
from labelops.errors import DomainError
from tasks.models import InstructionVersion, Project
from tasks.services import checks, projects
from tests.factories import CHOICE_SCHEMA, make_batch, make_member, make_project, make_team
from tests.pseudo_locale import pseudo

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


def new_project(by, *teams, **over):
    values = {
        "name": "Birds",
        "slug": "birds",
        "item_type": "image",
        "label_schema": CHOICE_SCHEMA,
        "teams": teams,
        "by": by,
    }
    return projects.create_project(**(values | over))


def test_a_project_begins_with_draft_version_one(team, mei):
    project = new_project(mei, team, purpose="Count birds.", body="Look.")
    version = project.instruction_versions.get()
    assert (version.number, version.state) == (1, "draft")
    assert [block["body"] for block in version.blocks] == ["Look."]
    event = Event.objects.about(project).get()
    assert (event.verb, event.actor, event.after["teams"]) == ("project.created", mei, [team.name])


def test_a_taken_short_name_is_refused_by_field(team, mei):
    new_project(mei, team)
    with pytest.raises(DomainError) as caught:
        new_project(mei, team)
    assert (caught.value.code, caught.value.field) == ("slug_taken", "slug")


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "\x00"), ("slug", "a b"), ("item_type", "audio")],
)
def test_a_wrong_field_is_named_and_nothing_is_made(team, mei, field, value):
    with pytest.raises(DomainError) as caught:
        new_project(mei, team, **{field: value})
    assert caught.value.field == field
    assert not Project.objects.exists()


def test_a_wrong_schema_names_its_place(team, mei):
    schema = {"controls": [{"name": "mood", "type": "ratign"}]}
    with pytest.raises(DomainError) as caught:
        new_project(mei, team, label_schema=schema)
    assert caught.value.field == "label_schema.controls[0].type"
    assert "rating" in caught.value.hint
    assert not InstructionVersion.objects.exists()


def test_the_hint_speaks_the_language_that_is_active(monkeypatch):
    monkeypatch.setattr(checks, "_", pseudo)
    with pytest.raises(DomainError) as caught:
        checks.check_schema({"controls": [{"name": "mood", "type": "ratign"}]}, "text")
    assert caught.value.hint == pseudo("Did you mean {word}?").format(word='"rating"')


def test_a_change_is_logged_with_before_and_after(team, mei):
    project = new_project(mei, team)
    projects.update_project(project, by=mei, name="Owls")
    event = Event.objects.about(project).first()
    assert (event.before["name"], event.after["name"]) == ("Birds", "Owls")


def test_slug_and_item_type_stay(team, mei):
    project = new_project(mei, team)
    with pytest.raises(DomainError) as caught:
        projects.update_project(project, by=mei, item_type="text")
    assert caught.value.field == "item_type"


def test_a_team_that_loses_the_project_loses_its_batches(team, mei):
    vendor = make_team(kind=Team.Kind.VENDOR)
    project = make_project(team, vendor)
    batch = make_batch(project, team, vendor)
    elsewhere = make_batch(make_project(vendor), vendor)
    projects.update_project(project, by=mei, teams=[team])
    assert list(batch.teams.all()) == [team]
    assert list(elsewhere.teams.all()) == [vendor]


def test_managers_grant_own_in_house_teams_and_active_vendors(team, mei):
    vendor = make_team(kind=Team.Kind.VENDOR)
    make_team(kind=Team.Kind.VENDOR, is_active=False)
    make_team()
    assert set(projects.grantable_teams(mei)) == {team, vendor}


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER, Role.EXPERT])
def test_others_grant_nothing(team, role):
    assert not projects.grantable_teams(make_member(team, role)).exists()


def test_a_vendor_manager_grants_nothing():
    vendor = make_team(kind=Team.Kind.VENDOR)
    assert not projects.grantable_teams(make_member(vendor, Role.MANAGER)).exists()


def test_a_foreign_team_cannot_be_granted(team, mei):
    with pytest.raises(DomainError) as caught:
        projects.check_granted_teams([team, make_team()], by=mei)
    assert caught.value.code == "no_such_team"


def test_a_project_needs_an_in_house_team(mei):
    with pytest.raises(DomainError) as caught:
        projects.check_granted_teams([make_team(kind=Team.Kind.VENDOR)], by=mei)
    assert caught.value.code == "no_in_house_team"
