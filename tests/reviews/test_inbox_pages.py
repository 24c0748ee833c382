"""The inbox: an author reads what became of an answer, and nothing about anybody else."""

import uuid

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from reviews.models import Feedback
from reviews.services import consensus, desk, queue
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(client):
    """Ana said wren, Bo said robin, an expert said robin."""
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team, overlap=2, review_percent=0)
    ana, bo = make_member(team, name="Ana"), make_member(team, name="Bo Secret")
    expert = make_member(team, Role.EXPERT, name="Elena Secret")
    task = make_labeled_task(batch, "wren", "robin", authors=[ana, bo])
    consensus.assess(task.pk)
    desk.decide(
        queue.next_review(expert),
        decision="fix",
        answer={"species": "robin"},
        reason="wrong_class",
        comment="The breast is red.",
        by=expert,
        request_id=uuid.uuid4(),
    )
    client.force_login(ana)
    return Feedback.objects.get(author=ana)


def test_the_author_reads_before_and_after_and_why(decided, client):
    listed = client.get(reverse("inbox")).content.decode()
    assert "wrong class" in listed
    page = client.get(reverse("feedback_detail", args=[decided.pk])).content.decode()
    assert "The breast is red." in page
    assert '"species": "wren"' in page
    assert '"species": "robin"' in page
    assert "Secret" not in listed + page


def test_got_it_marks_it_read_once(decided, client):
    url = reverse("feedback_read", args=[decided.pk])
    assert client.post(url).headers["Location"] == reverse("inbox")
    read_at = Feedback.objects.get(pk=decided.pk).read_at
    client.post(url)
    assert Feedback.objects.get(pk=decided.pk).read_at == read_at
    assert "Everything is read" in client.get(reverse("inbox")).content.decode()
    assert "wrong class" in client.get(reverse("inbox"), {"show": "all"}).content.decode()


def test_another_authors_entry_does_not_exist(decided, client):
    other = Feedback.objects.exclude(pk=decided.pk).get()
    assert client.get(reverse("feedback_detail", args=[other.pk])).status_code == 404
    assert client.post(reverse("feedback_read", args=[other.pk])).status_code == 404


def test_an_unknown_filter_is_said(decided, client):
    assert client.get(reverse("inbox"), {"author": "bo"}).status_code == 400


def test_the_instructions_of_the_answer_can_be_read(decided, client):
    url = reverse("assignment_instructions", args=[decided.annotation.assignment.public_id])
    assert "Look closely." in client.get(url).content.decode()
