"""Invitations and password links: shown once, used once, dead when they should be."""

import logging
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import AccessLink, Membership, Role, User, hash_secret
from labelops.accounts.redaction import LinkSecretFilter
from labelops.accounts.services import links, people, teams
from labelops.audit.models import Event
from labelops.errors import NotAllowed
from tests.factories import PASSWORD, make_member, make_team, make_user

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "a brand new secret"
ACCOUNT = {
    "name": "Nia Okoro",
    "username": "nia",
    "password": NEW_PASSWORD,
    "password_again": NEW_PASSWORD,
    "language": "de",
    "time_zone": "Africa/Lagos",
}


@pytest.fixture
def team():
    return make_team(name="Lagoa", kind="vendor")


@pytest.fixture
def boss(team):
    return make_member(team, Role.MANAGER, username="boss", name="Vera")


@pytest.fixture
def secret(team, boss):
    return links.invite(team, role=Role.REVIEWER, note="Nia", by=boss)[1]


def made_address(response):
    [address] = re.findall(r'value="http://testserver(/[^"]+)"', response.content.decode())
    return address


def invite(client, team, **over):
    fields = {"note": "Nia from Lagos", "role": "annotator"} | over
    return client.post(f"/people/teams/{team.pk}/invitations/", fields)


def password_link(client, team, person):
    membership = person.memberships.get(team=team)
    return client.post(f"/people/teams/{team.pk}/members/{membership.pk}/password-link/")


def test_an_invited_person_makes_an_account_and_is_in(client, team, secret):
    page = client.get(f"/invite/{secret}/")
    assert page.status_code == 200
    assert "Join Lagoa" in page.content.decode()
    assert client.post(f"/invite/{secret}/", ACCOUNT)["Location"] == "/"
    person = User.objects.get(username="nia")
    assert (person.name, person.language, person.time_zone) == ("Nia Okoro", "de", "Africa/Lagos")
    assert person.memberships.get().role == Role.REVIEWER
    assert client.get("/profile/").status_code == 200
    assert not person.is_staff


def test_role_and_team_are_bound_to_the_link_and_not_to_the_form(client, team, secret):
    other = make_team()
    over = {"role": "manager", "team": other.pk, "is_staff": "on", "kind": "system"}
    client.post(f"/invite/{secret}/", ACCOUNT | over)
    person = User.objects.get(username="nia")
    membership = person.memberships.get()
    assert (membership.team, membership.role) == (team, Role.REVIEWER)
    assert (person.is_staff, person.kind) == (False, "person")


def test_the_secret_is_shown_once_and_kept_nowhere(client, team, boss):
    client.force_login(boss)
    response = invite(client, team)
    assert response.status_code == 200
    assert b"data-copy" in response.content
    assert "no-store" in response["Cache-Control"]
    secret = made_address(response).split("/")[2]
    for address in (f"/people/teams/{team.pk}/", "/people/", "/profile/"):
        assert secret not in client.get(address).content.decode()
    link = AccessLink.objects.get()
    assert link.secret_hash == hash_secret(secret)
    assert secret not in str(list(Event.objects.values()))
    assert secret not in str(dict(client.session))


def test_looking_at_the_page_uses_nothing_up(client, secret):
    for _look in range(3):
        assert client.get(f"/invite/{secret}/").status_code == 200
    assert client.post(f"/invite/{secret}/", ACCOUNT).status_code == 302


def test_a_used_link_is_gone_and_says_what_to_do(client, secret):
    client.post(f"/invite/{secret}/", ACCOUNT)
    client.post("/logout/")
    for method in (client.get, client.post):
        response = method(f"/invite/{secret}/", ACCOUNT)
        assert response.status_code == 410
        assert "This link has been used." in response.content.decode()
    assert User.objects.filter(username="nia").count() == 1


def test_an_expired_link_is_gone(client, secret):
    AccessLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = client.post(f"/invite/{secret}/", ACCOUNT)
    assert response.status_code == 410
    assert "Ask your manager for a new one." in response.content.decode()
    assert not User.objects.filter(username="nia").exists()


def test_a_link_lives_a_day(team, boss):
    now = timezone.now()
    invitation, _secret = links.invite(team, role=Role.ANNOTATOR, note="x", by=boss)
    ana = make_member(team)
    reset, _secret = links.make_password_link(ana.memberships.get(), by=boss)
    for link in (invitation, reset):
        assert abs(link.expires_at - now - timedelta(hours=24)) < timedelta(minutes=1)


def test_a_withdrawn_link_is_gone(client, team, boss, secret):
    client.force_login(boss)
    link = AccessLink.objects.get()
    assert client.get(f"/people/links/{link.pk}/revoke/").status_code == 405
    assert client.post(f"/people/links/{link.pk}/revoke/").status_code == 302
    client.logout()
    assert "withdrawn" in client.get(f"/invite/{secret}/").content.decode()


@pytest.mark.parametrize(
    "address", ["/invite/wrong/", "/reset/wrong/", "/invite/%00/", "/reset/é/"]
)
def test_an_unknown_link_is_gone(client, address):
    response = client.get(address)
    assert response.status_code == 410
    assert "not known here" in response.content.decode()


def test_one_kind_of_link_does_not_open_the_other_page(client, secret):
    assert client.get(f"/reset/{secret}/").status_code == 410


def test_links_die_with_the_power_of_their_maker(client, team, boss, secret):
    people.suspend(boss, by=make_user(is_staff=True), reason="a test")
    assert client.get(f"/invite/{secret}/").status_code == 410


def test_links_die_with_the_role_of_their_maker(client, team, boss, secret):
    other = make_member(team, Role.MANAGER)
    teams.change_role(boss.memberships.get(), role=Role.EXPERT, by=other)
    assert client.get(f"/invite/{secret}/").status_code == 410


def test_links_die_with_the_team(client, team, secret):
    team.is_active = False
    team.save()
    assert client.get(f"/invite/{secret}/").status_code == 410


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"username": "BOSS"}, "This account name is taken."),
        ({"username": "System"}, "This account name is taken."),
        ({"username": "b\u043ess"}, "Use the letters a-z"),
        ({"username": "a b"}, "Use the letters a-z"),
        ({"password_again": "another secret"}, "not the same"),
        ({"password": "short", "password_again": "short"}, "too short"),
        ({"password": "password123", "password_again": "password123"}, "too common"),
        ({"username": "nia.okoro.lagos", "password": "nia.okoro.lagos"}, "not the same"),
        ({"time_zone": "Mars/Base"}, "is not a time zone"),
        ({"time_zone": "../../etc/passwd"}, "is not a time zone"),
        ({"language": "xx"}, "Select a valid choice"),
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 151}, "at most 150"),
    ],
)
def test_a_refused_account_says_where_and_keeps_the_link(client, secret, over, said):
    response = client.post(f"/invite/{secret}/", ACCOUNT | over)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert NEW_PASSWORD not in response.content.decode()
    assert AccessLink.objects.get().is_open


def test_a_name_taken_meanwhile_keeps_the_link(client, secret, monkeypatch):
    make_user("nia")
    monkeypatch.setattr(
        "labelops.accounts.forms.AccountForm.clean_username",
        lambda form: form.cleaned_data["username"],
    )
    response = client.post(f"/invite/{secret}/", ACCOUNT)
    assert response.status_code == 422
    assert "taken" in response.content.decode()
    assert AccessLink.objects.get().is_open


def test_somebody_with_an_account_joins_one_more_team(client, team, secret):
    ana = make_member(make_team(), username="ana")
    client.force_login(ana)
    assert "Join as ana" in client.get(f"/invite/{secret}/").content.decode()
    assert client.post(f"/invite/{secret}/").status_code == 302
    assert Membership.objects.get(user=ana, team=team).role == Role.REVIEWER
    assert client.get(f"/invite/{secret}/").status_code == 410


def test_a_member_does_not_use_up_the_link_of_somebody_else(client, boss, secret):
    client.force_login(boss)
    assert client.post(f"/invite/{secret}/").status_code == 409
    assert AccessLink.objects.get().is_open


def test_a_password_link_sets_the_password_once_and_ends_sessions(client, team, boss):
    ana = make_member(team, username="ana")
    client.force_login(ana)
    boss_client = type(client)()
    boss_client.force_login(boss)
    address = made_address(password_link(boss_client, team, ana))
    anonymous = type(client)()
    fields = {"password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert anonymous.post(address, {}).status_code == 422
    assert anonymous.post(address, fields)["Location"] == "/login/"
    assert client.get("/profile/").status_code == 302
    assert anonymous.post(address, fields).status_code == 410
    answer = anonymous.post("/login/", {"username": "ana", "password": NEW_PASSWORD})
    assert answer.status_code == 302


def test_a_newer_password_link_closes_the_older_one(client, team, boss):
    ana = make_member(team)
    client.force_login(boss)
    first, second = (made_address(password_link(client, team, ana)) for _time in range(2))
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


def test_an_account_with_doors_elsewhere_cannot_be_taken_over(client, team, boss):
    ana = make_member(team)
    Membership.objects.create(user=ana, team=make_team(), role=Role.MANAGER)
    operator = make_user(is_staff=True)
    Membership.objects.create(user=operator, team=team, role=Role.ANNOTATOR)
    client.force_login(boss)
    for person in (ana, operator):
        assert password_link(client, team, person).status_code == 403
        with pytest.raises(NotAllowed):
            people.suspend(person, by=boss, reason="a test")
    client.force_login(operator)
    assert password_link(client, team, ana).status_code == 200


def test_every_use_of_a_link_is_recorded(client, team, boss, secret):
    client.post(f"/invite/{secret}/", ACCOUNT)
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert verbs >= {
        "invitation.created",
        "invitation.used",
        "person.created",
        "membership.created",
    }


@pytest.mark.parametrize("address", ["/invite/abc123/", "/reset/abc123/?next=/"])
def test_secrets_of_links_stay_out_of_the_logs(address):
    record = logging.LogRecord("x", 30, "", 0, "Gone: %s", (address,), None)
    assert LinkSecretFilter().filter(record)
    assert "abc123" not in record.getMessage()


def test_ordinary_pages_are_logged_as_they_are():
    record = logging.LogRecord("x", 30, "", 0, "Not Found: %s", ("/projects/a/",), None)
    assert LinkSecretFilter().filter(record)
    assert record.getMessage() == "Not Found: /projects/a/"


def test_password_is_never_in_the_page(client, team, boss):
    client.force_login(boss)
    for address in ("/profile/", f"/people/teams/{team.pk}/"):
        page = client.get(address).content.decode()
        assert PASSWORD not in page
        assert boss.password not in page
