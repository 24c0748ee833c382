import pytest
from django.urls import reverse

from labelops.accounts.models import Role, Team
from tasks.models import Assignment, Item
from tests.factories import (
    make_batch,
    make_image_bytes,
    make_member,
    make_published_project,
    make_task,
    make_team,
    make_zip_bytes,
)
from tests.tasks.imports import import_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(team):
    project = make_published_project(team, item_type="image")
    import_bytes(project, make_zip_bytes({'birds/a"b.png': make_image_bytes()}))
    return Item.objects.get()


@pytest.fixture
def manager(team, client):
    manager = make_member(team, Role.MANAGER)
    client.force_login(manager)
    return manager


def address(item, variant="preview"):
    return reverse("item_media", args=[item.public_id, variant])


def leased_to(item, team):
    """An annotator of a vendor who has this item before them."""
    annotator = make_member(make_team(kind=Team.Kind.VENDOR), Role.ANNOTATOR)
    task = make_task(make_batch(item.project, team), item)
    task.assignments.filter(slot=1).update(
        state=Assignment.State.LEASED,
        annotator=annotator,
        leased_until="2999-01-01T00:00Z",
    )
    return annotator


@pytest.mark.parametrize("variant", ["preview", "thumbnail"])
def test_staff_see_the_picture_and_the_browser_runs_nothing(client, manager, item, variant):
    response = client.get(address(item, variant))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"].startswith("private")
    assert b"".join(response)[:3] == b"\xff\xd8\xff"


def test_the_original_is_a_download_for_staff(client, manager, item):
    response = client.get(address(item, "original"))
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(response) == make_image_bytes()


def test_an_annotator_sees_what_is_leased_and_never_the_original(client, item, team):
    annotator = leased_to(item, team)
    client.force_login(annotator)
    assert client.get(address(item)).status_code == 200
    assert client.get(address(item, "original")).status_code == 404


def test_after_the_lease_the_picture_is_gone_even_for_a_browser_that_has_it(client, item, team):
    annotator = leased_to(item, team)
    client.force_login(annotator)
    etag = client.get(address(item)).headers["ETag"]
    assert client.get(address(item), headers={"if-none-match": etag}).status_code == 304
    leased = Assignment.objects.filter(state=Assignment.State.LEASED)
    leased.update(state=Assignment.State.RELEASED)
    assert client.get(address(item), headers={"if-none-match": etag}).status_code == 404


def test_others_see_nothing(client, item):
    client.force_login(make_member(make_team(), Role.MANAGER))
    assert client.get(address(item)).status_code == 404


def test_nobody_sees_anything_without_logging_in(client, item):
    assert client.get(address(item)).status_code == 302


@pytest.mark.parametrize("variant", ["", "x", "PREVIEW", "preview.thumbnail", ".."])
def test_an_unknown_variant_does_not_exist(client, manager, item, variant):
    assert client.get(f"/media/{item.public_id}/{variant}/").status_code == 404


def test_a_lost_file_does_not_exist(client, manager, item, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    assert client.get(address(item)).status_code == 404


def test_media_cannot_be_changed(client, manager, item):
    assert client.post(address(item)).status_code == 405
