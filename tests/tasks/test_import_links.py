"""Imports by link: the file is fetched by the job, whatever happens meanwhile."""

import ipaddress
import json
import re
from pathlib import Path

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import DomainError
from labelops.fetching import addresses, connections
from labelops.fetching.errors import broken_off
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from tasks.models import Item, Project
from tasks.services import arrivals, imports, linked_files
from tasks.services.imports import run_import, start_linked_import
from tests.factories import make_image_bytes, make_member, make_project, make_team, make_zip_bytes
from tests.tasks.imports import Killed, as_if_silent, finish
from tests.web import Pause, answer, serving

pytestmark = pytest.mark.django_db
ROWS = 300
TABLE = b"id,text\n" + b"".join(b"i%d,%s\n" % (n, b"text " * 30) for n in range(ROWS))


@pytest.fixture(autouse=True)
def in_house(settings, monkeypatch):
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.FETCH_PORTS = frozenset(range(1, 65_536))
    monkeypatch.setattr(connections, "JITTER_SECONDS", 0)
    monkeypatch.setattr(linked_files, "WAITS", (0, 0))
    monkeypatch.setattr(linked_files, "BLOCK", 10_000)
    monkeypatch.setattr(arrivals, "SAVE_SECONDS", 0)


@pytest.fixture
def project():
    return make_project(make_team())


@pytest.fixture
def mei(project, client):
    mei = make_member(project.teams.get(), Role.MANAGER)
    client.force_login(mei)
    return mei


class Store:
    """Keeps one file and gives parts of it; `breaks` says after how many bytes each answer ends."""

    def __init__(self, content=TABLE, *, etag='"one"', breaks=(), tells_length=True):
        self.tells_length = tells_length
        self.content, self.etag, self.breaks = content, etag, list(breaks)

    def __call__(self, request):
        wanted = re.search(rb"Range: bytes=(\d+)-\r\nIf-Range: (.*)\r\n", request)
        is_same = wanted and wanted[2].decode() == self.etag
        start = int(wanted[1]) if is_same else 0
        rest = self.content[start:]
        if start and not rest:
            return answer(status="416 Range Not Satisfiable")
        most = self.breaks.pop(0) if self.breaks else len(rest)
        size = len(self.content)
        headers = {"ETag": self.etag} | (
            {"Content-Range": f"bytes {start}-{size - 1}/{size}"} if start else {}
        )
        status = "206 Partial Content" if start else "200 OK"
        length = len(rest) if self.tells_length else False
        return answer(rest[:most], status=status, length=length, **headers)


def starts(web):
    """Where each request asked the file to begin."""
    found = [re.search(rb"Range: bytes=(\d+)-", request) for request in web.requests]
    return [int(match[1]) if match else 0 for match in found]


def begin(project, url, **keywords):
    return start_linked_import(project, link=url, by=project.created_by, **keywords)


def fetched(project, url, **keywords):
    return finish(begin(project, url, **keywords), run_import)


def files_left(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_link_is_fetched_and_imported_like_an_upload(project, settings):
    with serving(Store()) as web:
        job = fetched(project, f"{web.url}/a%20b.csv?signature=canary", batch="first")
    assert (job.state, job.message, job.error_count) == ("done", "", 0)
    assert (job.result["added"], job.result["batched"]) == (ROWS, ROWS)
    transfer = job.transfer
    assert (transfer.file_name, transfer.format) == ("a b.csv", "csv")
    assert transfer.byte_count == len(TABLE)
    assert not files_left(settings)
    assert "canary" not in json.dumps(job.payload)
    verbs = [event.verb for event in Event.objects.filter(verb__startswith="import.")]
    assert sorted(verbs) == ["import.file_brought", "import.finished", "import.started"]
    assert "canary" not in json.dumps([event.after for event in Event.objects.all()])


def test_a_zip_of_images_is_known_by_its_content(project):
    Project.objects.update(item_type="image")
    project.refresh_from_db()
    archive = make_zip_bytes({f"{n}.png": make_image_bytes((n + 1, 9)) for n in range(3)})
    with serving(lambda _request: answer(archive, Content_Type="text/html")) as web:
        job = fetched(project, f"{web.url}/download")
    assert (job.result["added"], job.transfer.format) == (3, "zip")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (answer(b"<html>Please log in</html>"), "format_not_supported"),
        (answer(make_zip_bytes({"a.png": b""})), "wrong_format"),
        (answer(b""), "empty_file"),
        (answer(b"canary", status="404 Not Found"), "bad_status"),
        (answer(b"canary", status="503 Busy"), "bad_status"),
        (answer(b"x", length=10 * 1024**4), "response_too_large"),
        (b"SSH-2.0-canary\r\n", "bad_response"),
        (answer(status="302 Found", Location="http://169.254.169.254/"), "bad_redirect"),
    ],
)
def test_what_is_no_import_fails_with_one_sentence(project, settings, given, code):
    with serving(lambda _request: given) as web:
        job = fetched(project, web.url)
    assert job.state == Job.State.FAILED
    [error] = job.errors
    assert error["code"] == code
    assert error["message"] == job.message
    assert error.get("hint") or code == "wrong_format"
    assert "canary" not in json.dumps(job.errors)
    assert not files_left(settings)
    assert not Item.objects.exists()


def test_a_name_that_leads_inside_fails_without_a_word_of_why(project, settings, monkeypatch):
    settings.FETCH_PRIVATE_ADDRESSES = False
    monkeypatch.setattr(addresses, "look_up", lambda *_asked: [ipaddress.ip_address("10.0.0.1")])
    job = fetched(project, "https://inside.example.org/x.csv")
    assert (job.state, job.errors[0]["code"]) == ("failed", "unreachable")
    assert "private" not in job.message


def test_what_breaks_off_goes_on_where_it_stopped(project):
    with serving(Store(breaks=[20_000, 15_000])) as web:
        job = fetched(project, web.url)
    assert starts(web) == [0, 20_000, 35_000]
    assert (job.state, job.result["added"]) == ("done", ROWS)


@pytest.mark.parametrize("etag", ['W/"one"', ""])
def test_without_a_strong_tag_it_begins_anew(project, etag):
    with serving(Store(etag=etag, breaks=[20_000])) as web:
        job = fetched(project, web.url)
    assert starts(web) == [0, 0]
    assert job.result["added"] == ROWS


def test_a_file_that_changed_meanwhile_is_fetched_whole(project):
    store = Store(breaks=[20_000])

    def changing(request):
        given = store(request)
        store.etag, store.content = '"two"', b"id,text\nx,only\n"
        return given

    with serving(changing) as web:
        job = fetched(project, web.url)
    assert starts(web) == [0, 20_000]
    assert list(Item.objects.values_list("external_id", flat=True)) == ["x"]
    assert job.transfer.byte_count == 15


def test_what_always_breaks_off_is_given_up(project, settings):
    with serving(Store(breaks=[5, 5, 5, 5])) as web:
        job = fetched(project, web.url)
    assert len(web.requests) == 3
    assert (job.state, job.errors[0]["code"]) == ("failed", "broken_off")
    assert not files_left(settings)


def test_all_tries_together_end_with_the_time(project, monkeypatch):
    monkeypatch.setattr(linked_files, "LONGEST_SECONDS", 0.3)
    trickle = [answer(length=10_000, ETag='"one"'), *[b"x", Pause(0.05)] * 100]
    with serving(lambda _request: trickle) as web:
        job = fetched(project, web.url)
    # With a time for each of them there would be more.
    assert len(web.requests) == 1
    assert (job.state, job.errors[0]["code"]) == ("failed", "too_slow")


def kill_at(monkeypatch, call, *, after_write):
    real, calls = arrivals.save_progress, []

    def deadly(job):
        calls.append(job)
        if len(calls) == call and not after_write:
            raise Killed
        real(job)
        if len(calls) == call:
            raise Killed

    monkeypatch.setattr(arrivals, "save_progress", deadly)


@pytest.mark.parametrize("call", range(1, 8))
@pytest.mark.parametrize("after_write", [False, True])
def test_a_killed_fetch_is_resumed(project, monkeypatch, settings, call, after_write):
    with serving(Store()) as web:
        transfer = begin(project, web.url)
        with monkeypatch.context() as patch:
            kill_at(patch, call, after_write=after_write)
            with pytest.raises(Killed):
                run_job(transfer.job_id, run_import)
        as_if_silent(transfer.job_id)
        before = Job.objects.get(pk=transfer.job_id).cursor
        job = finish(transfer, run_import)
    assert (job.state, job.result["added"]) == ("done", ROWS)
    assert job.transfer.sha256 == Event.objects.get(verb="import.file_brought").after["sha256"]
    if 0 < before.get("byte_count", 0) < len(TABLE):
        assert starts(web)[1] == before["byte_count"]
    # A part that no cursor names yet is cleared away with the other leftovers, a day later.
    assert len(files_left(settings)) <= (not after_write and call <= 1)


@pytest.mark.parametrize(("tells_length", "asked"), [(True, [0]), (False, [0, 14, 0])])
def test_a_fetch_killed_at_its_very_end_is_fetched_again_only_when_its_length_is_not_known(
    project, monkeypatch, tells_length, asked
):
    with serving(Store(b"id,text\na,one\n", tells_length=tells_length)) as web:
        transfer = begin(project, web.url)
        with monkeypatch.context() as patch:
            patch.setattr(linked_files.Part, "keep", lambda *_arguments: kill())
            with pytest.raises(Killed):
                run_job(transfer.job_id, run_import)
        as_if_silent(transfer.job_id)
        job = finish(transfer, run_import)
    assert starts(web) == asked
    assert (job.state, job.result["added"]) == ("done", 1)


def kill():
    raise Killed


def on_second_save(monkeypatch, happens):
    real, calls = arrivals.save_progress, []

    def save(job):
        calls.append(job)
        if len(calls) == 5:
            happens(job)
        real(job)

    monkeypatch.setattr(arrivals, "save_progress", save)


def test_a_fetch_can_be_cancelled(project, monkeypatch, settings):
    on_second_save(
        monkeypatch, lambda job: cancel_job(Job.objects.get(pk=job.pk), by=project.created_by)
    )
    with serving(Store()) as web:
        job = fetched(project, f"{web.url}/?signature=canary")
    assert job.state == Job.State.CANCELLED
    assert not files_left(settings)
    assert not Item.objects.exists()
    assert "canary" not in json.dumps(job.payload)


def test_two_workers_on_one_fetch_do_no_harm(project, monkeypatch, settings):
    def take_over(job):
        as_if_silent(job.pk)
        run_job(job.pk, run_import)

    on_second_save(monkeypatch, take_over)
    with serving(Store()) as web:
        job = fetched(project, web.url)
    assert (job.state, job.result["added"]) == ("done", ROWS)
    assert not files_left(settings)


def test_a_run_that_fails_after_it_lost_the_job_takes_nothing_from_the_other(project, monkeypatch):
    real, calls = linked_files.open_url, []

    def lose_the_job(url, **keywords):
        calls.append(url)
        if len(calls) > 1:
            return real(url, **keywords)
        as_if_silent(transfer.job_id)
        with monkeypatch.context() as patch:
            patch.setattr(imports, "take_chunk", lambda *_arguments: kill())
            with pytest.raises(Killed):
                run_job(transfer.job_id, run_import)
        raise broken_off()

    monkeypatch.setattr(linked_files, "open_url", lose_the_job)
    with serving(Store()) as web:
        transfer = begin(project, f"{web.url}/?signature=kept")
        run_job(transfer.job_id, run_import)
        assert "signature" in Job.objects.get(pk=transfer.job_id).payload["link"]
        as_if_silent(transfer.job_id)
        job = finish(transfer, run_import)
    assert (job.state, job.result["added"], len(calls)) == ("done", ROWS, 2)


def test_the_progress_says_that_the_file_is_coming(project, mei, client, monkeypatch):
    shown = []

    def look(job):
        address = reverse("transfer_detail", args=[job.public_id])
        shown.append(client.get(address, headers={"HX-Request": "true"}).text)

    on_second_save(monkeypatch, look)
    with serving(Store()) as web:
        fetched(project, web.url)
    assert re.search(r"fetching the file: [\d.]+\xa0KB of [\d.]+\xa0KB", shown[0])


def test_the_page_of_a_file_that_never_came_counts_no_rows(project, mei, client):
    with serving(lambda _request: answer(status="404 Not Found")) as web:
        job = fetched(project, web.url)
    text = client.get(reverse("transfer_detail", args=[job.public_id])).text
    assert "answered 404" in text
    assert "check the link" in text
    assert "Import another way" in text
    assert "left out" not in text
    assert "per second" not in text
    assert "fetching" not in text


def test_a_closed_batch_is_refused_before_anything_is_fetched(project):
    with pytest.raises(DomainError):
        begin(project, "https://files.example.org/x", batch="x", overlap=99)
    assert not Job.objects.exists()
