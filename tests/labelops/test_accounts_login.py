"""Logging in: who may, where they land, and how guessing is slowed down."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from labelops import environment
from labelops.accounts.addresses import network_of
from labelops.accounts.demo_accounts import ACCOUNTS
from labelops.accounts.demo_accounts import PASSWORD as DEMO_PASSWORD
from labelops.accounts.models import LoginThrottle, User
from labelops.accounts.services import people
from tests.factories import PASSWORD, make_member, make_team, make_user

pytestmark = pytest.mark.django_db

WRONG = "The account name or the password is wrong."


@pytest.fixture
def ana():
    return make_member(make_team(), username="ana")


def log_in(client, username="ana", password=PASSWORD, **extra):
    return client.post("/login/", {"username": username, "password": password}, **extra)


def is_inside(client):
    return client.get("/profile/").status_code == 200


def test_a_member_logs_in_and_lands_at_home(client, ana):
    response = log_in(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_inside(client)


def test_a_part_of_a_page_has_the_page_loaded_anew_when_nobody_is_in(client):
    response = client.get("/profile/", headers={"HX-Request": "true"})
    assert (response.headers["HX-Refresh"], response.content) == ("true", b"")


def test_the_case_of_the_name_does_not_matter(client, ana):
    assert log_in(client, "ANA").status_code == 302


def test_a_person_who_is_in_is_sent_on(client, ana):
    client.force_login(ana)
    assert client.get("/login/?next=/profile/")["Location"] == "/profile/"


@pytest.mark.parametrize("name", ["ana", "nobody", "ana\u0430", "' OR 1=1 --"])
def test_wrong_password_and_unknown_name_read_the_same(client, ana, name):
    response = log_in(client, name, "wrong")
    assert response.status_code == 422
    assert WRONG in response.content.decode()


def test_unknown_names_cost_one_hash_too(client, ana, monkeypatch):
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda self, password: hashed.append(password))
    log_in(client, "nobody", "guess")
    assert hashed == ["guess"]


@pytest.mark.parametrize(
    "fields", [{}, {"username": "ana"}, {"username": "a\x00", "password": "b"}]
)
def test_an_incomplete_form_is_refused_and_says_where(client, ana, fields):
    response = client.post("/login/", fields)
    assert response.status_code == 422
    assert b'aria-invalid="true"' in response.content


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "///evil.example",
        "https://evil.example/",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "%0d%0aSet-Cookie:x=1",
        "\r\n//evil.example",
        "login",
    ],
)
def test_an_open_redirect_goes_home(client, ana, wanted):
    fields = {"username": "ana", "password": PASSWORD, "next": wanted}
    assert client.post("/login/", fields)["Location"] == "/"
    assert client.get("/login/", {"next": wanted})["Location"] == "/"


def test_a_page_of_ours_is_reached_after_login(client, ana):
    response = client.get("/profile/")
    assert response["Location"] == "/login/?next=/profile/"
    page = client.get(response["Location"])
    assert b'name="next" value="/profile/"' in page.content
    answer = client.post("/login/", {"username": "ana", "password": PASSWORD, "next": "/profile/"})
    assert answer["Location"] == "/profile/"


def test_logging_in_starts_a_fresh_session(client, ana):
    client.get("/login/")
    client.session.save()
    before = client.session.session_key
    log_in(client)
    assert client.session.session_key != before


def test_logging_out_is_a_post_and_ends_the_session(client, ana):
    client.force_login(ana)
    assert client.get("/logout/").status_code == 405
    assert is_inside(client)
    assert client.post("/logout/")["Location"] == "/login/"
    assert not is_inside(client)
    assert not Session.objects.exists()


def test_login_needs_the_csrf_token(ana):
    assert log_in(Client(enforce_csrf_checks=True)).status_code == 403


def test_somebody_without_an_active_team_learns_why(client, ana):
    team = ana.memberships.get().team
    team.is_active = False
    team.save()
    response = log_in(client)
    assert response.status_code == 422
    assert "team&#x27;s access has ended" in response.content.decode()


def test_only_who_knows_the_password_learns_why(client, ana):
    people.suspend(ana, by=make_user(is_staff=True), reason="left the company")
    assert WRONG in log_in(client, password="wrong").content.decode()
    told = log_in(client).content.decode()
    assert "suspended" in told
    assert "left the company" in told


def test_a_session_dies_with_the_team(client, ana):
    client.force_login(ana)
    assert is_inside(client)
    team = ana.memberships.get().team
    team.is_active = False
    team.save()
    assert not is_inside(client)


def test_a_session_dies_on_suspension_and_does_not_come_back(client, ana):
    operator = make_user(is_staff=True)
    client.force_login(ana)
    people.suspend(ana, by=operator, reason="a test")
    assert not is_inside(client)
    people.reactivate(ana, by=operator)
    assert not is_inside(client)
    assert log_in(client).status_code == 302


def test_models_and_the_system_never_log_in(client):
    team = make_team()
    for kind in (User.Kind.MODEL, User.Kind.SYSTEM):
        make_member(team, username=kind, kind=kind)
        assert log_in(client, kind).status_code == 422


def test_ten_wrong_guesses_pause_the_name_even_for_the_right_password(client, ana):
    for _attempt in range(10):
        assert log_in(client, password="wrong").status_code == 422
    response = log_in(client)
    assert response.status_code == 429
    assert "Try again in 15 minutes." in response.content.decode()
    assert 0 < int(response["Retry-After"]) <= 900
    assert log_in(client, "ANA").status_code == 429


def test_the_pause_ends_with_its_window(client, ana):
    for _attempt in range(11):
        log_in(client, password="wrong")
    LoginThrottle.objects.update(window_started_at=timezone.now() - timedelta(minutes=15))
    assert log_in(client).status_code == 302


def test_a_right_password_starts_the_count_of_the_name_afresh(client, ana):
    for _round in range(2):
        for _attempt in range(9):
            log_in(client, password="wrong")
        assert log_in(client).status_code == 302
        client.post("/logout/")


def test_fifty_wrong_guesses_pause_the_network_whatever_the_names(client, ana):
    LoginThrottle.objects.all().delete()
    for number in range(50):
        assert log_in(client, f"name{number}", "wrong").status_code == 422
    assert log_in(client).status_code == 429
    assert log_in(client, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_own_logins_do_not_clear_the_count_of_the_network(client, ana):
    for number in range(49):
        log_in(client, f"name{number}", "wrong")
    assert log_in(client).status_code == 302
    client.post("/logout/")
    log_in(client, "name99", "wrong")
    assert log_in(client).status_code == 429


def test_one_ipv6_network_counts_as_one(client, ana):
    for number in range(50):
        log_in(client, f"n{number}", "wrong", REMOTE_ADDR=f"2001:db8:1:2::{number:x}")
    assert log_in(client, REMOTE_ADDR="2001:db8:1:2:ffff::1").status_code == 429
    assert log_in(client, REMOTE_ADDR="2001:db8:1:3::1").status_code == 302


def test_a_forged_forwarding_header_changes_nothing(client, ana):
    for number in range(50):
        log_in(client, f"n{number}", "wrong", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert log_in(client, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 429


def test_behind_a_trusted_proxy_the_last_address_it_did_not_write_counts(rf, settings):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8")]

    def seen(forwarded, remote="127.0.0.1"):
        headers = {"X-Forwarded-For": forwarded}
        return network_of(rf.get("/", headers=headers, REMOTE_ADDR=remote))

    assert seen("203.0.113.9") == "203.0.113.9"
    assert seen("1.1.1.1, 203.0.113.9, 10.2.3.4") == "203.0.113.9"
    assert seen("203.0.113.9", remote="192.0.2.1") == "192.0.2.1"
    assert seen("nonsense") == "127.0.0.1"
    assert seen("", remote="") == "unknown"
    assert seen("::ffff:203.0.113.9") == "203.0.113.9"


def test_a_wrong_proxy_stops_the_start(monkeypatch):
    monkeypatch.setenv("LABELOPS_TRUSTED_PROXIES", "10.0.0.0/8, proxy")
    with pytest.raises(ImproperlyConfigured, match="LABELOPS_TRUSTED_PROXIES: 'proxy'"):
        environment.networks("LABELOPS_TRUSTED_PROXIES")


def test_no_name_and_no_address_is_kept_in_the_clear(client, ana):
    log_in(client, "my-password-by-mistake", "wrong")
    for row in LoginThrottle.objects.all():
        assert len(row.key) == 64
        assert "password" not in row.key


def test_outside_the_demo_no_account_is_shown(client, ana):
    page = client.get("/login/").content.decode()
    assert DEMO_PASSWORD not in page
    assert "createsuperuser" not in page


def test_an_empty_installation_says_how_to_begin(client):
    assert "createsuperuser" in client.get("/login/").content.decode()


def test_the_demo_shows_one_account_per_role_and_they_work(client, settings):
    settings.DEMO = True
    page = client.get("/login/")
    assert "being loaded" in page.content.decode()
    assert page["Refresh"]
    for account in ACCOUNTS:
        make_member(make_team(), username=account.username, password=DEMO_PASSWORD)
    page = client.get("/login/")
    assert "Refresh" not in page
    assert DEMO_PASSWORD in page.content.decode()
    for account in ACCOUNTS:
        assert f"<code>{account.username}</code>" in page.content.decode()
        assert log_in(client, account.username, DEMO_PASSWORD).status_code == 302
        client.post("/logout/")


def test_the_first_operator_comes_from_the_command_line(client, db):
    call_command("createsuperuser", "--noinput", username="root")
    operator = User.objects.get(username="root")
    assert operator.is_staff
    client.force_login(operator)
    assert client.get("/people/").status_code == 200
