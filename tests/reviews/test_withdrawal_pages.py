"""The pages of taking work out: figures that open their items, undo, the author's own list."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.jobs.services import run_job
from labelops.notices.kinds import Kind
from labelops.notices.models import Notice
from reviews.models import Withdrawal
from reviews.services import consensus, person_withdrawals
from tests.factories import make_annotation, make_member, make_task

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 12


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


@pytest.fixture
def work(batch, author):
    """Two accepted labels of the author, and one whose batch is closed... by nobody yet."""
    for _number in range(3):
        make_annotation(make_task(batch), author, {"species": "wren"})
    consensus.assess_waiting()


def statements(client, address):
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return len(captured), response.content.decode()


def test_from_the_preview_to_the_undo(client, project, batch, author, mei, work):
    names = {"slug": project.slug, "person_id": author.pk}
    address = reverse("withdrawal_create", kwargs=names)
    client.force_login(mei)
    client.get(address)
    few, page = statements(client, address)
    assert "3 answers go out" in page
    assert "fate=accepted" in page
    listed = reverse("withdrawal_answers", kwargs=names)
    assert few <= MOST_STATEMENTS
    since = timezone.localtime(timezone.now() - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    few, page = statements(client, f"{listed}?since={since}&fate=accepted&batch={batch.pk}")
    assert few <= MOST_STATEMENTS
    assert page.count("/items/") == 3
    # What cannot be read is said, and nothing begins.
    for wrong in ({"fate": "all"}, {"batch": "x"}, {"batch": "9" * 30}, {"what": "1"}):
        assert client.get(listed, {"since": since} | wrong).status_code == 400
    assert client.get(address, {"since": "soon"}).status_code == 422
    assert client.post(address, {"since": since, "reason": ""}).status_code == 422
    assert client.post(address, {"since": "soon", "reason": "Too fast"}).status_code == 422
    assert not Withdrawal.objects.exists()

    response = client.post(address, {"since": since, "reason": "<b>Too fast</b>"})
    found = Withdrawal.objects.get()
    detail = reverse("withdrawal_detail", args=[found.pk])
    assert response.url == detail
    assert "every 1s" in client.get(detail).content.decode()
    assert client.post(address, {"since": since, "reason": "Again"}).status_code == 422
    run_job(found.job_id, person_withdrawals.run_withdrawal)
    few, page = statements(client, detail)
    assert few <= MOST_STATEMENTS
    assert "every 1s" not in page
    assert "&lt;b&gt;Too fast" in page
    labels = reverse("withdrawal_labels", args=[found.pk])
    few, page = statements(client, f"{labels}?shown=waiting")
    assert few <= MOST_STATEMENTS
    assert page.count("/items/") == 3
    for table in (f"{labels}?shown=waiting", f"{listed}?since={since}"):
        response = client.get(f"{table}&as=csv")
        rows = b"".join(response.streaming_content).decode().splitlines()
        assert rows[0] == "Item,Batch,Answered,State"
        assert len(rows) == 1 + (3 if "waiting" in table else 0)
    assert "No item fits" in client.get(f"{labels}?shown=back").content.decode()
    assert client.get(f"{labels}?shown=x").status_code == 400

    assert Notice.objects.get(person=author).kind == Kind.ANSWERS_TAKEN_OUT
    client.force_login(author)
    few, page = statements(client, reverse("own_answers_taken_out"))
    assert few <= MOST_STATEMENTS
    assert page.count("&lt;b&gt;Too fast") == 3
    assert "taken out" in client.get(reverse("own_answers")).content.decode()
    assert client.get(detail).status_code == 404

    client.force_login(mei)
    client.post(reverse("withdrawal_undo", args=[found.pk]))
    found.refresh_from_db()
    assert found.undoing is not None
    client.post(reverse("withdrawal_stop", args=[found.pk]))
    found.undoing.refresh_from_db()
    assert found.undoing.state == "cancelled"
    client.post(reverse("withdrawal_undo", args=[found.pk]))
    found.refresh_from_db()
    run_job(found.undoing_id, person_withdrawals.run_undo)
    assert "3 of 3" in client.get(detail).content.decode()
    client.force_login(author)
    assert "Nothing of yours" in client.get(reverse("own_answers_taken_out")).content.decode()


def test_an_expert_sees_no_name_and_takes_out_nothing_of_their_own(
    client, team, project, batch, author, work
):
    elena = make_member(team, Role.EXPERT, username="elena")
    make_annotation(make_task(batch), elena, {"species": "wren"})
    client.force_login(elena)
    page = client.get(reverse("withdrawal_create", args=[project.slug, author.pk]))
    assert author.pseudonym in page.content.decode()
    assert author.username not in page.content.decode()
    assert (
        client.get(reverse("withdrawal_create", args=[project.slug, elena.pk])).status_code == 404
    )
