"""Every bad file of the corpus, sent through the page as a person would, and then the worker runs.

The readers' own tests look at every code; here the whole way must hold: no 5xx, a sentence with
the place, bounded time and memory, nothing half taken, and nothing lost that was there.
"""

import os
import resource
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from tasks.models import Item
from tasks.services.imports import run_import
from tests.bad_input.corpus import archives, images, markup, mutated, texts
from tests.factories import make_item, make_member, make_project, make_team
from tests.tasks.imports import import_bytes

pytestmark = pytest.mark.django_db
SECONDS = 5
GROWTH = 256 * 2**20
MUTATIONS = 100 if os.environ.get("LABELOPS_SOAK") else 2
ODD_NAMES = {9, 36, 37}
ARCHIVES = [*archives.FILES, *images.FILES, *markup.FILES]
# What is wrong with the whole file has no row.
WITHOUT_ROW = {
    "archive_too_large",
    "overlapping_entries",
    "too_many_entries",
    "zip_unreadable",
    "office_file",
    "encoding",
    "no_rows",
    "utf16",
}


@pytest.fixture
def team(client):
    team = make_team()
    client.force_login(make_member(team, Role.MANAGER))
    return team


def tree():
    """What stands where a careless program would have written."""
    yield from Path("/etc/cron.d").glob("*")
    yield from Path("/tmp").glob("labelops.*")
    yield from Path.cwd().glob("*")


def sent(client, project, content):
    """The page that a person sees in the end: a form again, or that of the import."""
    files_before = set(tree())
    # As the person who sends it: what the form itself takes is no fault of the file.
    assert client.get(reverse("import_create", args=[project.slug])).status_code == 200
    begun, size = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    response = imported(client, project, SimpleUploadedFile("../../up.csv", content))
    assert time.monotonic() - begun < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - size < GROWTH
    assert set(tree()) == files_before
    return response


def imported(client, project, upload):
    """Send a file, look at what it seems to hold, and import it as the page proposes."""
    response = client.post(reverse("import_create", args=[project.slug]), {"file": upload})
    if response.status_code == 422:
        return response
    address = response.url
    response = client.get(address)
    assert response.status_code == 200
    if "form" not in response.context:
        return response
    form = response.context["form"]
    proposed = {name: form[name].value() or "" for name in form.fields}
    response = client.post(address, proposed | {"mode": "good_rows"})
    if response.status_code == 302:
        run_job(Job.objects.get().pk, run_import)
        response = client.get(response.url)
        assert response.status_code == 200
    return response


def sentence_of(response):
    """Why a file is not even imported."""
    if "upload_form" in response.context:
        [[sentence]] = response.context["upload_form"].errors.values()
        return sentence
    refusal = response.context.get("refusal")
    return refusal.message if refusal else response.context["found"].refusal


def with_old_item(project):
    return make_item(project, external_id="old", data={"text": "here"}, sha256="0" * 64)


def check(client, project, bad):
    old = with_old_item(project)
    response = sent(client, project, bad.make())
    old.refresh_from_db()
    assert (old.data, old.sha256) == ({"text": "here"}, "0" * 64)
    assert Item.objects.count() == 1 + bad.kept
    job = Job.objects.first()
    if job is None:
        sentence = sentence_of(response)
        assert bad.code, sentence
        assert sentence.endswith((".", "?")), sentence
        return
    if not bad.code:
        assert (job.state, job.errors) == (Job.State.DONE, [])
        return
    error = next((error for error in job.errors if error["code"] == bad.code), job.errors)
    assert error["message"].endswith((".", "?"))
    assert error["file"] == "up.csv"
    assert "row" in error or bad.code in WITHOUT_ROW


@pytest.mark.once
@pytest.mark.parametrize("bad", ARCHIVES, ids=str)
def test_bad_archives_and_images(client, team, bad):
    project = make_project(team, item_type="image")
    check(client, project, bad)
    # Nothing of what was hidden behind or inside of a picture is ever shown.
    for item in project.items.exclude(external_id="old"):
        shown = client.get(reverse("item_media", args=[item.public_id, "preview"]))
        assert b"<script" not in b"".join(shown.streaming_content)


@pytest.mark.parametrize("bad", texts.FILES, ids=str)
def test_bad_tables(client, team, bad):
    check(client, make_project(team), bad)


@pytest.mark.parametrize(("item_type", "corpus"), [("image", archives), ("text", texts)])
def test_odd_names_leave_the_pages_intact(client, team, item_type, corpus):
    project = make_project(team, item_type=item_type)
    for bad in corpus.FILES:
        if bad.row in ODD_NAMES:
            import_bytes(project, bad.make())
    page = client.get(reverse("item_list", args=[project.slug]))
    assert page.status_code == 200
    assert "\x1b" not in page.text
    for item in project.items.all():
        shown = client.get(reverse("item_detail", args=[item.public_id]))
        assert shown.status_code == 200


def fuzz(project, bad):
    """Each changed file ends well, too: taken or refused in words, and counted as it is."""
    for number, content in enumerate(mutated(bad.make(), seed=str(bad), count=MUTATIONS)):
        before = Item.objects.count()
        try:
            job = import_bytes(project, content)
        except DomainError:
            assert Item.objects.count() == before
            continue
        assert job.state in {Job.State.DONE, Job.State.FAILED}, (bad, number)
        assert Item.objects.count() - before == job.result.get("added", 0), (bad, number)
        for error in job.errors:
            assert error["code"], (bad, number)
            assert error["message"], (bad, number)


@pytest.mark.once
@pytest.mark.parametrize("corpus", [archives, images])
def test_changed_archives_and_images_never_break_an_import(team, settings, corpus):
    project = make_project(team, item_type="image")
    for bad in corpus.FILES:
        fuzz(project, bad)
    # Files are those of items, and of the imports themselves: none is left of a refused row.
    pictures = [path for path in Path(settings.MEDIA_ROOT, "items").rglob("*") if path.is_file()]
    assert len(pictures) == 3 * project.items.count()


@pytest.mark.once
def test_changed_tables_never_break_an_import(team):
    project = make_project(team)
    old = with_old_item(project)
    for bad in texts.FILES:
        fuzz(project, bad)
    old.refresh_from_db()
    assert old.data == {"text": "here"}
