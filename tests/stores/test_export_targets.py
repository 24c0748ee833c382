"""Exports into a folder of the operator or into the bucket: whole, once, and never outside."""

import errno
import json
import logging
import os

import pytest

from labelops.audit.models import Event
from labelops.errors import Conflict, ExternalFailure
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from labelops.media import target_folder
from labelops.stores import objects
from tasks.models import Transfer
from tasks.services import arrivals, export_targets
from tasks.services.exports import run_export
from tasks.services.server_files import folder_name
from tasks.services.transfer_report import report
from tests.stores.exporting import (
    SECRETS,
    begin,
    content_of,
    exported,
    files_in,
    make_labeled_project,
)
from tests.stores.test_store_requests import BAD_NAMES
from tests.tasks.imports import Killed, as_if_silent, finish
from tests.web import answer, serving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(export_targets, "WAITS", (0, 0))
    monkeypatch.setattr(arrivals, "SAVE_SECONDS", 0)


@pytest.fixture
def project(team):
    return make_labeled_project(team)


def killed_at(monkeypatch, transfer, call):
    """Run it until the call of save_progress that ends the process, then as if long silent."""
    real, calls = arrivals.save_progress, []

    def deadly(job):
        real(job)
        calls.append(job)
        if len(calls) == call:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "save_progress", deadly)
        with pytest.raises(Killed):
            run_job(transfer.job_id, run_export)
    as_if_silent(transfer.job_id)


class TestFolder:
    def test_file_and_manifest_are_written_beside_each_other(self, project, offered):
        job, transfer = exported(project, "folder")
        assert (job.state, job.result["to"], job.cursor) == ("done", "folder", {})
        path = offered / job.result["place"]
        assert path.parent == offered / folder_name(project)
        assert path.read_bytes() == content_of(transfer)
        manifest = path.with_name(f"{path.name}.manifest.json")
        assert json.loads(manifest.read_text()) == transfer.manifest
        assert len(files_in(offered)) == 2
        delivered = Event.objects.get(verb="export.delivered")
        assert delivered.after == {"to": "folder", "place": job.result["place"]}
        assert (job.done_count, job.total_count) == (3, 3)

    def test_two_exports_never_meet(self, project, offered):
        first, second = (exported(project, "folder")[0].result["place"] for _time in range(2))
        assert first != second
        assert len(files_in(offered)) == 4

    def test_another_file_of_the_name_stays_as_it_is(self, project, offered):
        transfer = begin(project, "folder")
        path = offered / folder_name(project) / export_targets.delivered_name(transfer)
        path.parent.mkdir()
        path.write_text("somebody's")
        job = finish(transfer, run_export)
        assert (job.state, job.errors[0]["code"]) == ("failed", "file_exists")
        assert path.read_text() == "somebody's"
        assert len(files_in(offered)) == 1

    @pytest.mark.parametrize("in_place_of", ["folder", "file", "manifest"])
    def test_links_are_not_followed(self, project, offered, tmp_path, in_place_of):
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "victim").write_text("untouched")
        transfer = begin(project, "folder")
        folder = offered / folder_name(project)
        name = export_targets.delivered_name(transfer)
        if in_place_of == "folder":
            folder.symlink_to(outside)
        else:
            folder.mkdir()
            name += ".manifest.json" if in_place_of == "manifest" else ""
            (folder / name).symlink_to(outside / "victim")
        assert finish(transfer, run_export).state == Job.State.FAILED
        assert files_in(outside) == ["victim"]
        assert (outside / "victim").read_text() == "untouched"

    @pytest.mark.parametrize("name", [*BAD_NAMES, "/etc/passwd", "....//x", ".ssh", "-rf", "CON"])
    def test_no_name_leads_outside(self, project, offered, tmp_path, name):
        transfer = begin(project, "folder")
        with pytest.MonkeyPatch.context() as patch:
            # What no form lets in: the place must hold whatever a name says.
            patch.setattr(Transfer, "file_name", name[:200], raising=False)
            assert finish(transfer, run_export).state == Job.State.DONE
        assert len(files_in(offered / folder_name(project))) == 2
        assert os.listdir(offered) == [folder_name(project)]
        assert {path.name for path in tmp_path.iterdir()} == {"offered"}

    @pytest.mark.parametrize("slug", ["..", "../x", "a/b", ".", "a\\b", "\u202e", ""])
    def test_no_name_of_a_project_leads_outside(self, project, offered, tmp_path, slug):
        transfer = begin(project, "folder")
        type(project).objects.filter(pk=project.pk).update(slug=slug)
        try:
            finish(transfer, run_export)
        except ValueError:
            assert Job.objects.get().state == Job.State.FAILED
        assert {path.name for path in tmp_path.iterdir()} == {"offered"}
        assert set(os.listdir(offered)) <= {f"-{project.pk}"}

    @pytest.mark.parametrize("call", [1, 2])
    def test_a_killed_one_sends_the_same_file(self, project, offered, monkeypatch, call):
        transfer = begin(project, "folder")
        killed_at(monkeypatch, transfer, call)
        transfer.refresh_from_db()
        sha256, left = transfer.sha256, offered / folder_name(project)
        left.mkdir(exist_ok=True)
        name = export_targets.delivered_name(transfer)
        (left / f".{name}.0.part").write_text("left by kill -9")
        job = finish(transfer, run_export)
        assert (job.state, job.transfer.sha256) == ("done", sha256)
        assert files_in(left) == [name, f"{name}.manifest.json"]
        assert (left / name).read_bytes() == content_of(transfer)
        assert Event.objects.filter(verb="export.finished").count() == 1

    def test_a_kill_after_the_file_was_there_writes_it_no_second_time(
        self, project, offered, monkeypatch
    ):
        transfer, real = begin(project, "folder"), export_targets.record

        def deadly(*_arguments, **_keywords):
            raise Killed

        monkeypatch.setattr(export_targets, "record", deadly)
        with pytest.raises(Killed):
            run_job(transfer.job_id, run_export)
        monkeypatch.setattr(export_targets, "record", real)
        as_if_silent(transfer.job_id)
        before = [path.stat().st_ino for path in sorted(offered.rglob("*"))]
        assert finish(transfer, run_export).state == Job.State.DONE
        assert [path.stat().st_ino for path in sorted(offered.rglob("*"))] == before

    def test_a_disk_without_hard_links_and_one_that_is_full_for_a_while(
        self, project, offered, monkeypatch
    ):
        failures = [OSError(errno.ENOSPC, "No space left on device")]

        def link(*_arguments, **_keywords):
            raise failures.pop() if failures else OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", link)
        job, transfer = exported(project, "folder")
        assert job.state == Job.State.DONE
        assert (offered / job.result["place"]).read_bytes() == content_of(transfer)
        assert len(files_in(offered)) == 2

    def test_a_disk_that_stays_full_fails_with_its_reason(self, project, offered, monkeypatch):
        def full(_descriptor):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        job, transfer = exported(project, "folder")
        assert (job.state, job.errors[0]["code"]) == ("failed", "storage_failed")
        assert "No space left" in job.message
        assert not files_in(offered)
        assert content_of(transfer)

    def test_what_is_no_plain_name_is_never_written(self, offered):
        for name in ("", ".", "..", "a/b", ".hidden", "a b", "a\n", "x" * 231):
            with (
                pytest.raises(ValueError, match="name"),
                target_folder.opened_target(offered, name),
            ):
                pass
        with target_folder.opened_target(offered, "birds-1") as folder:
            with pytest.raises(ValueError, match="name"):
                target_folder.write_new(folder, "../x", [b"x"], 1)
            target_folder.write_new(folder, "a", [b"x"], 1)
            with pytest.raises(Conflict):
                target_folder.write_new(folder, "a", [b"xy"], 2)
        with pytest.raises(ExternalFailure), target_folder.opened_target(offered / "no", "a"):
            pass
        assert files_in(offered) == ["birds-1/a"]


class TestBucket:
    def test_file_and_manifest_are_put_beside_each_other(self, project, bucket, caplog):
        caplog.set_level(logging.DEBUG)
        job, transfer = exported(project, "bucket")
        key = job.result["place"]
        assert key.startswith(f"{folder_name(project)}/exports/{project.slug}-")
        assert bucket.keys() == [key, f"{key}.manifest.json"]
        assert bucket.get(key) == content_of(transfer)
        assert json.loads(bucket.get(f"{key}.manifest.json")) == transfer.manifest
        kept = repr([list(model.objects.values()) for model in (Job, Transfer, Event)])
        assert not [secret for secret in SECRETS if secret in kept + caplog.text]

    @pytest.fixture
    def in_parts(self, monkeypatch):
        """A file of three parts, the smallest that a store takes."""
        monkeypatch.setattr(objects, "PART_BYTES", 5 * 1024**2)
        padding = {"text": "x" * (11 * 1024**2)}
        return lambda project: project.items.filter(external_id="item-1").update(data=padding)

    def test_a_large_one_goes_in_parts(self, project, bucket, in_parts):
        in_parts(project)
        job, transfer = exported(project, "bucket")
        assert job.state == Job.State.DONE
        assert bucket.get(job.result["place"]) == content_of(transfer)
        assert (bucket.uploads(), len(bucket.keys())) == ([], 2)

    def test_a_killed_one_is_sent_again_and_leaves_no_parts(
        self, project, bucket, in_parts, monkeypatch
    ):
        in_parts(project)
        transfer = begin(project, "bucket")
        killed_at(monkeypatch, transfer, 30)
        assert len(bucket.uploads()) == 1
        assert Job.objects.get().cursor["upload"] == bucket.uploads()[0]
        job = finish(transfer, run_export)
        assert job.state == Job.State.DONE
        assert bucket.get(job.result["place"]) == content_of(job.transfer)
        assert (bucket.uploads(), len(bucket.keys())) == ([], 2)

    def test_cancelling_stops_it_and_the_download_stays(
        self, project, bucket, in_parts, monkeypatch
    ):
        in_parts(project)
        transfer, real, calls = begin(project, "bucket"), arrivals.save_progress, []

        def save(job):
            calls.append(job)
            if len(calls) == 30:
                cancel_job(Job.objects.get(pk=job.pk), by=project.created_by)
            real(job)

        monkeypatch.setattr(arrivals, "save_progress", save)
        job = finish(transfer, run_export)
        assert job.state == Job.State.CANCELLED
        assert (bucket.uploads(), bucket.keys()) == ([], [])
        transfer.refresh_from_db()
        assert content_of(transfer)
        assert 0 < report(transfer).percent < 100

    def test_too_large_a_file_is_refused_before_a_byte_is_sent(
        self, project, store_at, monkeypatch
    ):
        monkeypatch.setattr(export_targets, "LARGEST_OBJECT", 10)
        with serving(lambda _request: answer(b"")) as web:
            store_at(web.url)
            job, _transfer = exported(project, "bucket")
        assert (job.state, job.errors[0]["code"], web.requests) == ("failed", "too_large", [])

    @pytest.mark.parametrize(
        ("status", "code", "count"),
        [("403 Forbidden", "store_denied", 1), ("503 Slow Down", "store_failed", 3)],
    )
    def test_a_store_that_refuses_is_one_sentence_and_only_asked_again_if_it_may_change(
        self, project, store_at, caplog, status, code, count
    ):
        caplog.set_level(logging.DEBUG)
        with serving(lambda _request: answer(b"canary", status=status)) as web:
            store_at(web.url)
            job, transfer = exported(project, "bucket")
        assert (job.state, job.errors[0]["code"]) == ("failed", code)
        assert len(web.requests) == count
        assert job.errors[0]["hint"]
        kept = repr([list(model.objects.values()) for model in (Job, Transfer, Event)])
        assert not [secret for secret in SECRETS if secret in kept + caplog.text]
        assert content_of(transfer)

    def test_a_store_that_comes_back_gets_the_whole_file(
        self, project, bucket, store_at, s3_server
    ):
        answers = [answer(status="503 Slow Down"), b"", answer()]
        with serving(lambda _request: answers.pop(0) if len(answers) > 1 else answers[0]) as web:
            store_at(web.url)
            job, transfer = exported(project, "bucket")
        assert job.state == Job.State.DONE
        assert [request.split(b"\r\n\r\n", 1)[1] for request in web.requests[:3]] == [
            content_of(transfer)
        ] * 3

    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_no_name_leads_outside(self, project, bucket, name):
        transfer = begin(project, "bucket")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Transfer, "file_name", name[:200], raising=False)
            assert finish(transfer, run_export).state == Job.State.DONE
        prefix = f"{folder_name(project)}/exports/"
        names = [key.removeprefix(prefix) for key in bucket.keys()]  # noqa: SIM118 - a method
        assert len(names) == 2
        assert not [found for found in names if "/" in found or found.startswith(".")]
