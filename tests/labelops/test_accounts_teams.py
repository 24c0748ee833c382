"""Teams and their people: who sees whom, who may do what, and what is never left without a head."""

import pytest

from labelops.accounts.models import AccessLink, Membership, Role, Team
from labelops.accounts.services import people, teams, tokens
from labelops.audit.models import Event
from labelops.errors import NotAllowed
from tests.factories import make_member, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team(name="Lagoa", kind=Team.Kind.VENDOR)


@pytest.fixture
def boss(team):
    return make_member(team, Role.MANAGER, username="boss", name="Vera Almeida")


@pytest.fixture
def ana(team):
    return make_member(team, username="ana", name="Ana Souza")


@pytest.fixture
def operator():
    return make_user("operator", is_staff=True)


def member_url(person, team, action=""):
    membership = person.memberships.get(team=team)
    return f"/people/teams/{team.pk}/members/{membership.pk}/{action}"


def test_a_manager_sees_the_own_team_only(client, team, boss, ana):
    other = make_team(name="Canary House")
    rival = make_member(other, Role.MANAGER, username="rival", name="Rival Canary")
    client.force_login(boss)
    page = client.get("/people/").content.decode()
    assert "Lagoa" in page
    assert "Canary" not in page
    assert "Ana Souza" in client.get(f"/people/teams/{team.pk}/").content.decode()
    assert client.get(f"/people/teams/{other.pk}/").status_code == 404
    assert client.get(member_url(rival, other)).status_code == 404


def test_a_member_of_another_team_is_not_reached_through_the_own_one(client, team, boss):
    stranger = make_member(make_team())
    membership = stranger.memberships.get()
    client.force_login(boss)
    for action in ("", "role/", "end/", "suspend/", "reactivate/", "password-link/"):
        address = f"/people/teams/{team.pk}/members/{membership.pk}/{action}"
        response = client.post(address, {"role": "manager"}) if action else client.get(address)
        assert response.status_code == 404
    stranger.refresh_from_db()
    assert stranger.is_active


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER, Role.EXPERT])
def test_people_pages_do_not_exist_for_others(client, team, boss, role):
    client.force_login(make_member(team, role))
    for address in ("/people/", f"/people/teams/{team.pk}/", member_url(boss, team)):
        assert client.get(address).status_code == 404
    assert client.post(f"/people/teams/{team.pk}/invitations/").status_code == 404
    assert not AccessLink.objects.exists()


def test_anonymous_people_are_asked_to_log_in(client, team, boss):
    for address in ("/people/", f"/people/teams/{team.pk}/", "/profile/", "/profile/tokens/"):
        assert client.get(address)["Location"].startswith("/login/?next=")


def test_an_operator_makes_a_team_and_its_first_manager(client, operator):
    client.force_login(operator)
    assert "no team yet" in client.get("/people/").content.decode()
    fields = {"name": "Data team", "kind": "in_house", "region": "Berlin"}
    response = client.post("/people/teams/new/", fields)
    team = Team.objects.get()
    assert response["Location"] == f"/people/teams/{team.pk}/"
    assert client.get(response["Location"]).status_code == 200
    made = client.post(f"/people/teams/{team.pk}/invitations/", {"note": "Mei", "role": "manager"})
    assert made.status_code == 200
    assert Event.objects.filter(verb="team.created", actor=operator).exists()


@pytest.mark.parametrize(
    "fields",
    [{}, {"name": "lagoa"}, {"name": "A", "kind": "other"}, {"name": "Lagoa", "kind": "vendor"}],
)
def test_a_refused_team_is_a_422(client, team, operator, fields):
    client.force_login(operator)
    assert client.post("/people/teams/new/", fields).status_code == 422
    assert Team.objects.count() == 1


def test_a_manager_neither_makes_nor_ends_teams(client, team, boss):
    client.force_login(boss)
    for address in ("/people/teams/new/", f"/people/teams/{team.pk}/edit/"):
        assert client.get(address).status_code == 404
        assert client.post(address, {"name": "Mine", "kind": "in_house"}).status_code == 404
    with pytest.raises(NotAllowed):
        teams.create_team(name="Mine", kind=Team.Kind.IN_HOUSE, by=boss)
    with pytest.raises(NotAllowed):
        teams.update_team(team, is_active=False, by=boss)


def test_ending_a_team_locks_its_people_out_at_once(client, team, ana, operator):
    client.force_login(operator)
    assert client.post(f"/people/teams/{team.pk}/edit/", {"name": "Lagoa"}).status_code == 302
    member_client = type(client)()
    member_client.force_login(ana)
    assert member_client.get("/profile/").status_code == 302


def test_kind_of_a_team_cannot_be_posted_later(client, team, operator):
    client.force_login(operator)
    fields = {"name": "Lagoa", "kind": "in_house", "is_active": "on"}
    client.post(f"/people/teams/{team.pk}/edit/", fields)
    team.refresh_from_db()
    assert team.kind == Team.Kind.VENDOR


@pytest.mark.parametrize("action", ["role/", "end/", "suspend/", "reactivate/", "password-link/"])
def test_changes_need_a_post(client, team, boss, ana, action):
    client.force_login(boss)
    assert client.get(member_url(ana, team, action)).status_code == 405


def test_a_manager_changes_a_role(client, team, boss, ana):
    client.force_login(boss)
    address = member_url(ana, team)
    response = client.post(f"{address}role/", {"role": "reviewer", "is_staff": "on"})
    assert response["Location"] == address
    assert ana.memberships.get().role == Role.REVIEWER
    event = Event.objects.get(verb="membership.changed")
    assert (event.before["role"], event.after["role"]) == ("annotator", "reviewer")
    assert client.post(f"{address}role/", {"role": "owner"}).status_code == 422


def test_who_gives_the_management_away_goes_home(client, team, boss):
    make_member(team, Role.MANAGER)
    client.force_login(boss)
    response = client.post(member_url(boss, team, "role/"), {"role": "annotator"})
    assert response["Location"] == "/"


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("role/", {"role": "expert"}),
        ("end/", {"end-reason": "tired"}),
        ("suspend/", {"suspend-reason": "tired"}),
    ],
)
def test_the_last_manager_stays(client, team, boss, ana, action, fields):
    client.force_login(boss)
    response = client.post(member_url(boss, team, action), fields)
    assert response.status_code == 403
    assert "You are the only manager of Lagoa." in response.content.decode()
    boss.refresh_from_db()
    assert boss.is_active
    assert boss.memberships.get().role == Role.MANAGER


def test_a_suspended_manager_is_no_other_manager(team, boss, operator):
    other = make_member(team, Role.MANAGER)
    people.suspend(other, by=operator, reason="a test")
    with pytest.raises(NotAllowed):
        teams.end_membership(boss.memberships.get(), by=boss)


def test_nobody_suspends_themself(team, boss, operator):
    make_member(team, Role.MANAGER)
    for person in (boss, operator):
        with pytest.raises(NotAllowed, match="cannot suspend yourself"):
            people.suspend(person, by=person, reason="tired")


def test_suspending_needs_a_reason_and_ends_everything(client, team, boss, ana):
    client.force_login(boss)
    assert client.post(member_url(ana, team, "suspend/")).status_code == 422
    client.post(member_url(ana, team, "suspend/"), {"suspend-reason": "contract ended"})
    ana.refresh_from_db()
    assert not ana.is_active
    page = client.get(member_url(ana, team)).content.decode()
    assert "contract ended" in page
    client.post(member_url(ana, team, "reactivate/"))
    ana.refresh_from_db()
    assert ana.is_active


def test_ending_a_membership_keeps_the_account(client, team, boss, ana):
    client.force_login(boss)
    address = member_url(ana, team, "end/")
    assert client.post(address).status_code == 422
    assert client.post(address, {"end-reason": "moved on"})["Location"].endswith(f"{team.pk}/")
    assert not Membership.objects.filter(user=ana).exists()
    ana.refresh_from_db()
    assert ana.is_active
    assert Event.objects.get(verb="membership.ended").reason == "moved on"
    assert client.post(address, {"end-reason": "again"}).status_code == 404


def test_tokens_die_with_the_role_that_allowed_them(team, boss, operator):
    expert = make_member(team, Role.EXPERT)
    tokens.create_token(expert, name="training", scope="read", days=1)
    teams.change_role(expert.memberships.get(), role=Role.ANNOTATOR, by=boss)
    assert not expert.api_tokens.exists()


def test_services_keep_strangers_out(team, ana):
    stranger = make_member(make_team(), Role.MANAGER)
    membership = ana.memberships.get()
    with pytest.raises(NotAllowed):
        teams.change_role(membership, role=Role.MANAGER, by=stranger)
    with pytest.raises(NotAllowed):
        teams.end_membership(membership, by=stranger)
    with pytest.raises(NotAllowed):
        people.suspend(ana, by=stranger, reason="a test")


def test_people_are_found_by_name_and_paged(client, team, boss, ana):
    for number in range(55):
        make_member(team, username=f"crew{number:02}", password=None)
    client.force_login(boss)
    address = f"/people/teams/{team.pk}/"
    assert "Page 1 of 2" in client.get(address).content.decode()
    assert client.get(address, {"page": "2"}).status_code == 200
    assert client.get(address, {"page": "x' OR 1"}).status_code == 200
    found = client.get(address, {"q": "souza"}).content.decode()
    assert "Ana Souza" in found
    assert "crew01" not in found
    assert "Nobody here has a name like that." in client.get(address, {"q": "%_"}).content.decode()


def test_the_team_page_asks_the_same_number_of_questions_for_many(
    client, team, boss, django_assert_max_num_queries
):
    for number in range(30):
        make_member(team, username=f"crew{number:02}", password=None)
    client.force_login(boss)
    with django_assert_max_num_queries(14):
        client.get(f"/people/teams/{team.pk}/")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{7*7}}", '" onload="x', "%(x)s"])
def test_names_are_shown_as_they_are_written(client, team, boss, text):
    odd = make_member(team, name=text)
    client.force_login(boss)
    page = client.get(member_url(odd, team)).content.decode()
    assert "<script>alert" not in page
    assert 'onload="x' not in page.replace("&quot;", "")
    assert ">49<" not in page
