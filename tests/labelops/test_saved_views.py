"""Views of lists: kept under a name, opened by a click, nobody else's."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role, SavedView
from labelops.accounts.services import saved_views
from labelops.errors import DomainError
from tests.factories import make_member, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    return make_member(make_team(), Role.MANAGER)


def keep(client, **over):
    sent = {"page": "board", "name": "Alarms", "query": "alarms=1&page=3&sort=due"}
    return client.post(reverse("saved_view_create"), sent | over)


def test_a_view_is_kept_opened_replaced_and_deleted(client, mei):
    client.force_login(mei)
    response = keep(client)
    assert response.headers["Location"] == reverse("board") + "?alarms=1&sort=due"
    keep(client, query="alarms=1")
    view = SavedView.objects.get()
    assert view.query == "alarms=1"
    shown = client.get(reverse("board")).text
    assert f'href="{reverse("board")}?alarms=1"' in shown
    client.force_login(make_member(make_team(), Role.MANAGER))
    assert "Alarms</a>" not in client.get(reverse("board")).text
    assert client.post(reverse("saved_view_delete", args=[view.pk])).status_code == 404
    client.force_login(mei)
    client.post(reverse("saved_view_delete", args=[view.pk]))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "over", [{"page": "login"}, {"name": " "}, {"name": "x" * 61}, {"query": "a=" + "x" * 600}]
)
def test_what_is_no_view_is_refused(client, mei, over):
    client.force_login(mei)
    assert keep(client, **over).status_code == 400
    assert not SavedView.objects.exists()


def test_a_person_keeps_so_many(mei, monkeypatch):
    monkeypatch.setattr(saved_views, "VIEWS_MOST", 1)
    saved_views.save_view(by=mei, page="board", name="a", query="")
    saved_views.save_view(by=mei, page="board", name="a", query="sort=due")
    with pytest.raises(DomainError, match="Delete one first"):
        saved_views.save_view(by=mei, page="board", name="b", query="")
