"""Where a link may be given: the page, the API and the command."""

import io
import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from tasks.models import Transfer
from tests.factories import make_member, make_project, make_team
from tests.web import answer, serving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_house(settings):
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.FETCH_PORTS = frozenset(range(1, 65_536))


@pytest.fixture
def project():
    return make_project(make_team())


@pytest.fixture
def mei(project, client):
    mei = make_member(project.teams.get(), Role.MANAGER)
    client.force_login(mei)
    return mei


class TestPage:
    def send(self, client, project, **fields):
        return client.post(
            reverse("import_create", args=[project.slug]),
            {"overlap": 2, "mode": "good_rows"} | fields,
        )

    def test_a_link_leads_to_its_progress(self, client, mei, project):
        response = self.send(client, project, link="https://files.example.org/birds.csv")
        transfer = Transfer.objects.get()
        assert response.url == reverse("transfer_detail", args=[transfer.job.public_id])
        page = client.get(response.url)
        assert "birds.csv" in page.text
        client.post(reverse("transfer_cancel", args=[transfer.job.public_id]))
        assert Job.objects.get().state == Job.State.CANCELLED

    @pytest.mark.parametrize(
        "link",
        ["file:///etc/passwd", "https://a@b/", "http://169.254.169.254/", "birds.csv", "x" * 3_000],
    )
    def test_a_bad_link_is_refused_at_its_field(self, client, mei, project, link):
        response = self.send(client, project, link=link)
        assert response.status_code == 422
        assert response.context["form"].errors["link"]
        assert not Job.objects.exists()

    def test_exactly_one_source_is_needed(self, client, mei, project):
        both = {"file": io.BytesIO(b"id,text\na,b\n"), "link": "https://files.example.org/x"}
        for fields in ({}, both, {"file-clear": "on"}):
            response = self.send(client, project, **fields)
            assert response.status_code == 422
            assert "Give one source of the items" in response.text
        assert not Job.objects.exists()


class TestApi:
    @pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data"])
    def test_a_link_is_accepted(self, client, mei, project, content_type):
        address = reverse("api_import_create", args=[project.slug])
        body = {"link": "https://files.example.org/birds.csv", "batch": "first"}
        is_json = content_type == "application/json"
        keywords = {"content_type": content_type} if is_json else {}
        response = client.post(address, body, **keywords)
        assert response.status_code == 202
        answered = response.json()
        assert (answered["state"], answered["unit"]) == ("queued", "bytes")

    @pytest.mark.parametrize(
        ("body", "field", "code"),
        [
            ({"link": "gopher://x/"}, "link", "scheme_not_allowed"),
            ({"link": "http://10.0.0.1:22/", "batch": "x"}, "link", "address_not_allowed"),
            ({"link": ""}, "file", "one_source_needed"),
            ({}, "file", "one_source_needed"),
            ({"link": ["https://a.example.org"]}, "link", "invalid"),
            ({"file": "text"}, "file", "invalid"),
        ],
    )
    def test_what_cannot_be_taken_is_refused(
        self, client, mei, project, settings, body, field, code
    ):
        settings.FETCH_PRIVATE_ADDRESSES = False
        address = reverse("api_import_create", args=[project.slug])
        response = client.post(address, body, content_type="application/json")
        assert (response.status_code, response.json()["field"]) == (400, field)
        assert response.json()["code"] == code
        assert not Job.objects.exists()


class TestCommand:
    def test_the_command_takes_a_link(self, project):
        out = io.StringIO()
        with serving(lambda _request: answer(b"id,text\na,one\n")) as web:
            call_command("import_items", project.slug, web.url, "--json", stdout=out)
        result = json.loads(out.getvalue())
        assert (result["added"], result["format"]) == (1, "csv")

    def test_a_bad_link_ends_with_status_1(self, project):
        out, err = io.StringIO(), io.StringIO()
        with pytest.raises(SystemExit):
            call_command("import_items", project.slug, "http://a@b/", stdout=out, stderr=err)
        assert "user_info_not_allowed" in err.getvalue()
