"""Where the target of an export is chosen, and who hears of it."""

import io
import json
import os
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.urls import reverse

from labelops import environment
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.webhooks.events import Told
from labelops.webhooks.models import Delivery as Message
from labelops.webhooks.services.webhooks import create_webhook
from tasks.models import Transfer
from tasks.services.exports import run_export
from tests.stores.exporting import (
    begin,
    exported,
    make_labeled_project,
)
from tests.tasks.imports import finish

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_labeled_project(team)


class TestDoors:
    def test_the_form_offers_what_there_is(self, client, mei, project, offered, bucket):
        address = reverse("export_create", args=[project.slug])
        response = client.post(address, {"format": "jsonl", "to": "folder"})
        job = finish(Transfer.objects.get(), run_export)
        page = client.get(response.url).text
        assert job.result["place"] in page
        assert "Written into the export folder" in page
        assert reverse("export_download", args=[job.public_id]) in page
        client.post(address, {"format": "jsonl"})
        assert finish(Transfer.objects.first(), run_export).result == {"count": 3}

    def test_what_is_not_offered_is_neither_shown_nor_taken(self, client, mei, project):
        address = reverse("export_create", args=[project.slug])
        assert "The file goes to" not in client.get(address).text
        api = reverse("api_export_create", args=[project.slug])
        for to in ("folder", "bucket", "elsewhere", "../x"):
            body = {"format": "jsonl", "to": to}
            response = client.post(api, body, content_type="application/json")
            assert (response.status_code, response.json()["field"]) == (400, "to")
            with pytest.raises(DomainError) as caught:
                begin(project, to)
            assert (caught.value.code, caught.value.field) == ("target_not_offered", "to")
        assert not Job.objects.exists()

    def test_the_api_says_where_it_went(self, client, mei, project, offered):
        api = reverse("api_export_create", args=[project.slug])
        body = {"format": "csv", "to": "folder"}
        response = client.post(api, body, content_type="application/json")
        assert response.status_code == 202
        job = finish(Transfer.objects.get(), run_export)
        told = client.get(reverse("api_job_detail", args=[job.public_id])).json()
        assert told["result"]["place"].endswith(".csv")
        assert told["download"]

    def test_a_target_that_was_taken_away_meanwhile_is_said_to_be(self, project, offered, settings):
        transfer = begin(project, "folder")
        settings.EXPORT_DIR = None
        job = finish(transfer, run_export)
        assert (job.state, job.errors[0]["code"]) == ("failed", "target_not_offered")

    def test_a_webhook_hears_of_it_once_the_file_is_there(self, project, offered, mei, settings):
        create_webhook(
            project.pk, address="https://a.example.org/", events=Told.values, by=project.created_by
        )
        job, transfer = exported(project, "folder")
        [facts] = [
            message.payload["facts"]
            for message in Message.objects.filter(event=Told.EXPORT_FINISHED)
        ]
        assert (facts["place"], facts["sha256"]) == (job.result["place"], transfer.sha256)

    def test_the_command_takes_a_target_instead_of_an_output(self, project, offered, tmp_path):
        out, err = io.StringIO(), io.StringIO()
        words = ("export", project.slug, "--format", "jsonl", "--json")
        call_command(*words, "--to", "folder", stdout=out)
        result = json.loads(out.getvalue())
        assert (offered / result["place"]).is_file()
        with pytest.raises(SystemExit):
            call_command(*words, stdout=io.StringIO(), stderr=err)
        assert "--output or --to" in err.getvalue()

    def test_the_folder_of_the_settings_can_be_written_and_lies_apart(self, monkeypatch, tmp_path):
        private, out, read_only = (tmp_path / name for name in ("var", "out", "read_only"))
        for folder in (private, out, read_only):
            folder.mkdir()
        monkeypatch.setenv("LABELOPS_EXPORT_DIR", str(out))
        assert environment.export_dir("LABELOPS_EXPORT_DIR", private) == out
        read_only.chmod(stat.S_IRUSR | stat.S_IXUSR)
        refused = [tmp_path, private, tmp_path / "no"]
        if not os.access(read_only, os.W_OK):
            refused.append(read_only)
        for wrong in refused:
            monkeypatch.setenv("LABELOPS_EXPORT_DIR", str(wrong))
            with pytest.raises(ImproperlyConfigured, match="LABELOPS_EXPORT_DIR"):
                environment.export_dir("LABELOPS_EXPORT_DIR", private)
