"""API tokens: who may hold one, what it opens, and when it stops."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.views import APIView

from labelops import views as site
from labelops.accounts.models import ApiToken, Role, hash_secret
from labelops.accounts.services import people, tokens
from labelops.audit.models import Event
from labelops.errors import DomainError, NotAllowed
from tests.factories import make_member, make_team, make_user

pytestmark = pytest.mark.django_db


class Echo(APIView):
    def get(self, request):
        return Response({"user": request.user.username})

    def post(self, request):
        return Response({"body": request.data})


urlpatterns = [
    path("echo/", Echo.as_view()),
    path("health/", site.health, name="health"),
    path("", include("labelops.accounts.urls")),
]
api = pytest.mark.urls(__name__)


@pytest.fixture
def elena():
    return make_member(make_team(), Role.EXPERT, username="elena")


def make_token(user, scope="read", days=10):
    return tokens.create_token(user, name="training", scope=scope, days=days)


def call(client, secret, method="get", **keywords):
    keywords.setdefault("headers", {"Authorization": f"Token {secret}"})
    return getattr(client, method)("/echo/", content_type="application/json", **keywords)


@api
def test_a_token_speaks_for_its_person(client, elena):
    token, secret = make_token(elena)
    assert call(client, secret).json() == {"user": "elena"}
    token.refresh_from_db()
    assert token.last_used_at


@api
def test_a_reading_token_only_reads(client, elena):
    _token, secret = make_token(elena)
    response = call(client, secret, "post", data={"a": 1})
    assert response.status_code == 403
    assert response.json()["code"] == "read_only_token"
    _token, secret = make_token(elena, scope="write")
    assert call(client, secret, "post", data={"a": 1}).json() == {"body": {"a": 1}}


@api
@pytest.mark.parametrize(
    "header", ["Token", "Token ", "Token wrong", "Token é", "Token " + "x" * 10_000, "token a b"]
)
def test_a_wrong_token_is_a_401(client, elena, header):
    response = client.get("/echo/", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.json()["code"] == "bad_token"
    assert response["WWW-Authenticate"] == "Token"


@api
def test_without_any_credentials_it_is_a_401(client):
    assert client.get("/echo/").status_code == 401
    assert client.get("/echo/", headers={"Authorization": "Basic YTpi"}).status_code == 401


@api
def test_an_expired_token_is_dead(client, elena):
    token, secret = make_token(elena)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert call(client, secret).status_code == 401


@api
def test_a_suspended_person_s_token_is_dead(client, elena):
    _token, secret = make_token(elena)
    people.suspend(elena, by=make_user(is_staff=True), reason="a test")
    assert call(client, secret).status_code == 401
    assert not ApiToken.objects.exists()


@api
def test_the_gate_of_sessions_is_the_gate_of_tokens(client, elena):
    _token, secret = make_token(elena)
    elena.memberships.get().team.__class__.objects.update(is_active=False)
    response = call(client, secret)
    assert (response.status_code, response.json()["code"]) == (401, "access_ended")


@api
def test_an_inactive_account_is_refused_however_it_became_so(client, elena):
    _token, secret = make_token(elena)
    elena.is_active = False
    elena.save()
    assert call(client, secret).status_code == 401


@api
def test_use_is_noted_once_a_minute(client, elena):
    token, secret = make_token(elena)
    just_now = timezone.now() - timedelta(seconds=30)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=just_now)
    call(client, secret)
    token.refresh_from_db()
    assert token.last_used_at == just_now
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=just_now - timedelta(minutes=1))
    call(client, secret)
    token.refresh_from_db()
    assert token.last_used_at > just_now


@api
def test_the_session_opens_the_api_too_but_only_with_the_csrf_token(elena):
    client = Client(enforce_csrf_checks=True)
    client.force_login(elena)
    assert client.get("/echo/").json() == {"user": "elena"}
    assert client.post("/echo/", "{}", content_type="application/json").status_code == 403


@api
def test_a_token_does_not_open_pages(client, elena):
    _token, secret = make_token(elena, scope="write")
    response = client.get("/profile/", headers={"Authorization": f"Token {secret}"})
    assert response.status_code == 302


@api
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "bad_json"),
        (b'{"a": NaN}', "not_finite"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b'"\\ud800"', "bad_unicode"),
        ("é".encode("latin-1"), "encoding"),
        (b"[" * 1000, "too_deep"),
    ],
)
def test_a_bad_body_is_a_400_in_the_shape_of_the_api(client, elena, body, code):
    client.force_login(elena)
    response = client.post("/echo/", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] == code
    assert response.json()["message"]


@api
def test_a_body_over_the_limit_is_refused(client, elena, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024**2
    client.force_login(elena)
    body = b'"' + b"x" * 1024**2 + b'"'
    response = client.post("/echo/", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@api
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
def test_other_kinds_of_body_are_refused(client, elena, content_type):
    client.force_login(elena)
    assert client.post("/echo/", b"a=1", content_type=content_type).status_code == 415


FIELDS = {"name": "training", "scope": "write", "days": "30"}


def test_the_secret_is_shown_once_and_kept_as_a_digest(client, elena):
    client.force_login(elena)
    response = client.post("/profile/tokens/new/", FIELDS)
    assert response.status_code == 200
    [secret] = re.findall(r'value="(lo_[^"]+)"', response.content.decode())
    token = ApiToken.objects.get()
    assert token.secret_hash == hash_secret(secret)
    assert (token.scope, token.user) == ("write", elena)
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    listed = client.get("/profile/tokens/").content.decode()
    assert "training" in listed
    assert secret not in listed
    assert secret not in str(list(Event.objects.values()))


@pytest.mark.parametrize(
    "over",
    [{"days": "366"}, {"days": "0"}, {"days": "x"}, {"scope": "admin"}, {"name": ""}],
)
def test_a_refused_token_is_a_422(client, elena, over):
    client.force_login(elena)
    assert client.post("/profile/tokens/new/", FIELDS | over).status_code == 422
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", [0, 366])
def test_the_service_holds_the_longest_life_too(elena, days):
    with pytest.raises(DomainError):
        make_token(elena, days=days)


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_annotators_and_reviewers_have_no_tokens(client, role):
    person = make_member(make_team(), role)
    client.force_login(person)
    for address in ("/profile/tokens/", "/profile/tokens/new/"):
        assert client.get(address).status_code == 404
    assert client.post("/profile/tokens/new/", FIELDS).status_code == 404
    with pytest.raises(NotAllowed):
        make_token(person)


def test_a_token_is_revoked_by_its_person_alone(client, elena):
    token, _secret = make_token(elena)
    address = f"/profile/tokens/{token.public_id}/revoke/"
    client.force_login(make_member(make_team(), Role.MANAGER))
    assert client.post(address).status_code == 404
    client.force_login(elena)
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    assert not ApiToken.objects.exists()
    assert Event.objects.filter(verb="token.revoked", actor=elena).exists()
