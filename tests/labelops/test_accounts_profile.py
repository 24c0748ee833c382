"""One's own account."""

import pytest

from labelops.accounts.models import Role
from labelops.audit.models import Event
from tests.factories import PASSWORD, make_member, make_team

pytestmark = pytest.mark.django_db

PROFILE = {"name": "Ana", "language": "pt-br", "time_zone": "America/Sao_Paulo"}
NEW_PASSWORD = "a brand new secret"
PASSWORDS = {
    "old_password": PASSWORD,
    "password": NEW_PASSWORD,
    "password_again": NEW_PASSWORD,
}


@pytest.fixture
def ana(client):
    person = make_member(make_team(), username="ana")
    client.force_login(person)
    return person


def test_a_person_changes_name_language_and_zone(client, ana):
    assert client.post("/profile/", PROFILE)["Location"] == "/profile/"
    ana.refresh_from_db()
    assert {field: getattr(ana, field) for field in PROFILE} == PROFILE
    assert Event.objects.get(verb="person.changed").before["language"] == "en"
    assert client.get("/profile/")["Content-Language"] == "pt-br"


@pytest.mark.parametrize("over", [{"language": "xx"}, {"time_zone": "Moon"}, {"name": "x" * 200}])
def test_a_refused_profile_changes_nothing(client, ana, over):
    assert client.post("/profile/", PROFILE | over).status_code == 422
    ana.refresh_from_db()
    assert ana.name == ""


def test_rights_cannot_be_posted(client, ana):
    over = {"is_staff": "on", "is_superuser": "on", "username": "root", "kind": "system"}
    client.post("/profile/", PROFILE | over | {"pseudonym": "x", "is_active": ""})
    ana.refresh_from_db()
    assert (ana.is_staff, ana.is_superuser, ana.username, ana.kind) == (
        False,
        False,
        "ana",
        "person",
    )
    assert ana.is_active


def test_a_new_password_ends_the_other_sessions(client, ana):
    elsewhere = type(client)()
    elsewhere.force_login(ana)
    assert client.post("/profile/password/", PASSWORDS)["Location"] == "/profile/"
    assert client.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302
    assert Event.objects.filter(verb="password.changed", actor=ana).exists()


@pytest.mark.parametrize(
    "over",
    [
        {"old_password": "wrong"},
        {"password": "ana"},
        {"password_again": "other secret"},
        {"old_password": ""},
    ],
)
def test_a_refused_password_changes_nothing(client, ana, over):
    response = client.post("/profile/password/", PASSWORDS | over)
    assert response.status_code == 422
    assert NEW_PASSWORD not in response.content.decode()
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


def test_a_stolen_session_cannot_guess_the_password(client, ana):
    for _attempt in range(10):
        client.post("/profile/password/", PASSWORDS | {"old_password": "guess"})
    assert client.post("/profile/password/", PASSWORDS).status_code == 429


def test_the_page_shows_teams_and_offers_tokens_to_whom_may_hold_them(client, ana):
    page = client.get("/profile/").content.decode()
    assert "API tokens" not in page
    assert ana.memberships.get().team.name in page
    client.force_login(make_member(make_team(), Role.EXPERT))
    assert "API tokens" in client.get("/profile/").content.decode()


def test_fields_are_tied_to_their_labels_hints_and_errors(client, ana):
    page = client.post("/profile/", PROFILE | {"time_zone": "Moon"}).content.decode()
    assert '<label class="form-label required" for="id_time_zone">' in page
    assert 'aria-describedby="id_time_zone_helptext id_time_zone_error"' in page
    assert 'id="id_time_zone_helptext"' in page
    assert 'id="id_time_zone_error"' in page
    assert 'class="form-control is-invalid"' in page
    assert '<select name="language" id="id_language" class="form-select"' in page.replace(
        'class="form-select" id="id_language"', 'id="id_language" class="form-select"'
    )
