"""The pages of causes, and the evidence as a file."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from datasets.models import FailureCause, FailureCluster, Tracing, VectorSet
from datasets.reports import causes
from tasks.models import Project
from tests.datasets.traced import make_failing, trace

pytestmark = pytest.mark.django_db


def build():
    world = make_failing()
    trace(world)
    return world


@pytest.fixture
def world(made):
    return made


def page_of(name, world, *more):
    return reverse(name, args=["birds", world["evaluation"].pk, *more])


def failure_of(name):
    return FailureCause.objects.select_related("item").get(item__external_id=name)


def test_the_page_tells_causes_groups_and_what_to_do(client, world, monkeypatch):
    client.force_login(world["mei"])
    page = page_of("tracing_detail", world)
    with CaptureQueriesContext(
        connection,
    ) as before:
        html = client.get(page).content.decode()
    assert "The causes of 15 failing items" in html
    assert "“Robin” taken for “Wren”" in html
    assert "of the tested items like these are “Robin”" in html
    assert "People changed the verdict in 0 of 15" in html
    assert "act=relabel&amp;set=cause_neighbours" in html
    assert "act=exclude" in html
    # Managers do not decide what is right.
    assert "act=fix" not in html
    client.force_login(world["elena"])
    html = client.get(page).content.decode()
    assert "act=fix" in html
    assert "Trace again" not in html
    FailureCause.objects.filter(cause="model").update(
        cause="lack", overruled_by=world["elena"], overruled_at=timezone.now(), overruled_reason="x"
    )
    assert "segments/new/?set=cause" in client.get(page).content.decode()
    cluster = FailureCluster.objects.get(cause="training")
    assert "Mixed up in several ways" not in html
    cluster.evidence |= {"pair_count": 1}
    cluster.save()
    html = client.get(page).content.decode()
    assert "Mixed up in several ways" in html
    assert "nearest training items carry the model&#x27;s class" in html
    assert "of the tested items like these are the item&#x27;s class" in html
    # Half of the failures cost as much to show.
    FailureCause.objects.filter(place__gt=3).delete()
    client.force_login(world["mei"])
    with CaptureQueriesContext(connection) as after:
        client.get(page)
    assert len(after) == len(before)
    assert len(before) < 45
    cursor = client.get(page, {"cursor": "forged"})
    assert cursor.status_code == 400
    for least, is_few in ((1, False), (1_000, True)):
        monkeypatch.setattr(causes, "WITNESSES_LEAST", least)
        assert ("take each cause for a guess" in client.get(page).content.decode()) == is_few


def test_one_failure_is_shown_with_its_numbers_and_overruled(client, world):
    client.force_login(world["elena"])
    odd = failure_of("odd-3")
    page = page_of("failure_detail", world, odd.item.public_id)
    html = client.get(page).content.decode()
    assert "taught-" in html
    assert "doubtful" in html
    assert "15 of 15" in html
    assert "none who differ" in html
    assert "14 times" in html
    other = page_of("failure_overrule", world, odd.item.public_id)
    wrong = client.post(other, {"cause": "x", "reason": "No."}, follow=True)
    assert "There is no such cause" in wrong.content.decode()
    done = client.post(other, {"cause": "rule", "reason": "<b>Juveniles</b>"}, follow=True)
    html = done.content.decode()
    assert "It fails because of: the rule is unclear" in html
    assert "&lt;b&gt;Juveniles" in html
    assert "act=question" in html
    odd.refresh_from_db()
    for cause, sentence in (("rule", "differ about 60 %;"), ("test_label", "differ about it;")):
        odd.cause = cause
        odd.evidence |= {"quarrelled": 0.6, "is_disputed": 1.0}
        odd.save()
        html = client.get(page).content.decode()
        assert sentence in html
        assert "differ about it<" in html
        assert "Looked at is" not in html
    odd.evidence |= {"truth_id": "o7", "mistake_count": 4}
    odd.save()
    named = client.get(page).content.decode()
    assert "Looked at is the object “o7”, of 4 mistakes the one" in named
    html = client.get(page_of("tracing_detail", world)).content.decode()
    assert "People changed the verdict in 1 of 15" in html


def test_the_evidence_of_a_cause_or_group_is_a_file(client, world):
    client.force_login(world["elena"])
    page = page_of("tracing_bundle", world)
    whole = b"".join(client.get(page, {"as": "csv"}).streaming_content).decode().splitlines()
    assert len(whole) == 16
    assert whole[0].startswith("item,address,group,cause,told")
    lines = b"".join(client.get(page, {"as": "jsonl", "cause": "model"}).streaming_content)
    [record] = [json.loads(line) for line in lines.splitlines()]
    assert (record["item"], record["truth"], record["predicted"]) == ("easy-0", "robin", "wren")
    assert len(record["neighbours"]) == 15
    assert record["address"].startswith("http://testserver/")
    for wrong in ({"as": "xml"}, {"cause": "x"}, {"cluster": "-1"}, {"more": "1"}):
        assert client.get(page, wrong).status_code == 400
    model = FailureCluster.objects.filter(causes__item__external_id="easy-0").get()
    FailureCluster.objects.filter(pk=model.pk).update(cause="model")
    client.post(page_of("failures_hand_over", world, model.number))
    html = client.get(page_of("tracing_detail", world)).content.decode()
    assert "handed over by" in html


def test_an_evaluation_that_was_never_traced_says_what_comes_next(client, world):
    Tracing.objects.all().delete()
    client.force_login(world["elena"])
    page = page_of("tracing_detail", world)
    assert "A manager of the project can begin it." in client.get(page).content.decode()
    client.force_login(world["mei"])
    assert "Trace the causes" in client.get(page).content.decode()
    client.post(page_of("tracing_start", world))
    html = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "Tracing the causes" in html
    assert "<html" not in html
    assert "every 1s" in html
    client.post(page_of("tracing_cancel", world))
    assert "Trace the causes" in client.get(page).content.decode()
    VectorSet.objects.update(vector_count=0)
    assert "Compute vectors first" in client.get(page).content.decode()
    client.post(page_of("tracing_start", world))
    assert VectorSet.objects.filter(origin="built_in").exists()
    for person in ("ana", "otto"):
        client.force_login(world[person])
        assert client.get(page).status_code == 404
    assert Project.objects.count() == 1
