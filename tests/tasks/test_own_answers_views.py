"""The page of one's own answers of today."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tasks.models import Annotation, Assignment
from tests.factories import make_batch, make_task
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(team, project, ana, client):
    """An answer of Ana's; she is the one who looks."""
    make_task(make_batch(project, team, overlap=2))
    [given] = take(ana)
    answer(given, ana)
    client.force_login(ana)
    return given


def test_todays_answers_stand_there_and_yesterdays_do_not(client, answered):
    page = client.get(reverse("own_answers"))
    assert "Robin" in page.content.decode()
    Annotation.objects.update(submitted_at=timezone.now() - timedelta(days=2))
    page = client.get(reverse("own_answers"))
    assert "Nothing answered today" in page.content.decode()


def test_nobody_sees_the_answers_of_others(client, answered, bo):
    client.force_login(bo)
    assert "Robin" not in client.get(reverse("own_answers")).content.decode()
    reopen = reverse("own_answer_reopen", args=[answered.public_id])
    assert client.post(reopen).status_code == 404


def test_an_answer_is_reopened_as_the_first_task(client, answered, ana):
    response = client.post(reverse("own_answer_reopen", args=[answered.public_id]))
    assert response.url == reverse("label_batch", args=[answered.batch_id])
    [again] = take(ana)
    assert (again.pk, again.draft_answer) == (answered.pk, {"species": "robin"})
    assert again.state == Assignment.State.LEASED


def test_the_page_costs_the_same_for_many_answers(
    client, answered, team, project, ana, django_assert_num_queries
):
    def statements():
        with django_assert_num_queries(50, exact=False) as captured:
            client.get(reverse("own_answers"))
        return len(captured)

    once = statements()
    batch = make_batch(project, team, overlap=1)
    for _number in range(5):
        make_task(batch)
        [given] = take(ana, batch=batch.pk)
        answer(given, ana)
    assert statements() == once
