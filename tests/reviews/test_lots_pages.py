"""The pages of lots: a plan before it is drawn, what a sample says, and what goes back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from reviews.models import Lot
from reviews.quality.switching import Inspection, Severity
from reviews.reports.lot_plans import severity_sentence
from reviews.reports.lots import finding
from reviews.services import lot_returns
from tasks.models import Task
from tests.reviews.lots import House

pytestmark = pytest.mark.django_db
TERMS = {
    "team": "",
    "most": "1000",
    "aql_percent": "5",
    "ltpd_percent": "25",
    "producer_risk_percent": "5",
    "consumer_risk_percent": "10",
}


@pytest.fixture
def house(client):
    house = House()
    client.force_login(house.mei)
    return house


def shown(client, name, *arguments, query=""):
    response = client.get(reverse(name, args=arguments) + query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def send(client, name, argument, data=None, **headers):
    return client.post(reverse(name, args=[argument]), data or {}, headers=headers)


def text(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ((1_000, 128, 125, 3, "accepted"), "3 of 128 wrong: at most 5.7 % of the 1,000 (95 %)."),
        ((1_000, 128, 128, 0, "accepted"), "0 of 128 wrong: at most 2.1 % of the 1,000 (95 %)."),
        (
            (1_000, 128, 125, 2, "accepted"),
            "2 of 127 wrong: at most 5.7 % of the 1,000 (95 %), even if the 1 that was not looked "
            "at is wrong.",
        ),
        (
            (1_000, 128, 56, 4, "rejected"),
            "4 wrong of 60 looked at: at least 1.2 % of the 1,000 (95 %).",
        ),
        ((200, 200, 197, 3, "accepted"), "3 of 200 wrong: at most 1.5 % of the 200 (95 %)."),
        ((1_000, 128, 10, 1, "sampling"), "1 wrong of 11 looked at so far."),
        ((1_000, 128, 10, 1, "cancelled"), "Given up: it says nothing."),
    ],
)
def test_what_a_sample_says_of_the_whole_lot(counts, sentence):
    size, sample, right, wrong, state = counts
    lot = Lot(size=size, sample_count=sample, right_count=right, wrong_count=wrong, state=state)
    assert finding(lot) == sentence


def test_every_severity_says_what_it_rests_on_and_how_it_ends():
    def said(severity, accepted=0, rejected=0):
        return severity_sentence(Inspection(severity, accepted, rejected))

    assert "1 of the last 5 lots" in said(Severity.NORMAL, 0, 1)
    assert "so far 3" in said(Severity.TIGHTENED, 3, 1)
    assert "last 12 lots" in said(Severity.REDUCED, 12)
    assert "A manager" in said(Severity.STOPPED, 0, 5)


def test_the_list_begins_with_what_a_lot_is(client, house):
    assert "No lot has been drawn yet" in shown(client, "lot_list", "birds")
    for name, argument in (("batch_detail", house.batch.pk), ("quality", "birds")):
        url = reverse("lot_create" if name == "batch_detail" else "lot_list", args=["birds"])
        assert url in shown(client, name, argument)


def test_a_new_lot_shows_its_plan_before_anything_is_drawn(client, house):
    assert "has no accepted label yet" in shown(client, "lot_create", "birds")
    house.label(30)
    page = shown(client, "lot_create", "birds", query=f"?batch={house.batch.pk}")
    sentence = "Experts look at 21 of 30 labels. The lot is accepted when none of them is wrong."
    assert sentence in page
    assert "<polyline" in page
    assert Lot.objects.count() == 0


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_plan_follows_the_terms_with_and_without_scripts(client, house, headers):
    house.label(30)
    data = TERMS | {"batch": house.batch.pk, "preview": "1"}
    response = send(client, "lot_create", "birds", data, **headers)
    assert response.status_code == 200
    assert ("<html" in text(response)) == (not headers)
    assert "Experts look at 12 of 30 labels. The lot is accepted when at most 1" in text(response)
    assert "A lot with 3.3 % wrong is accepted in 100 % of cases" in text(response)
    response = send(client, "lot_create", "birds", data | {"ltpd_percent": "5"}, **headers)
    assert "must lie above the acceptable one" in text(response)
    assert Lot.objects.count() == 0


def test_the_plan_says_how_severe_it_is_and_why(client, house):
    house.label(30)
    for _number in range(2):
        house.ended(accepted=False, team=house.vendor)
    data = TERMS | {"batch": house.batch.pk, "preview": "1"}
    assert "Normal inspection" in text(send(client, "lot_create", "birds", data))
    data |= {"team": house.vendor.pk}
    assert "2 of 5 lots were rejected" in text(send(client, "lot_create", "birds", data))
    page = shown(client, "lot_list", "birds")
    assert "2 of 5 lots were rejected" in page
    assert page.count("at least") == 2


def test_a_stopped_series_asks_for_a_reason(client, house):
    house.label(30)
    lot = house.ended(accepted=False)
    assert "Why another lot" not in shown(client, "lot_create", "birds")
    fields = {
        field.name: getattr(lot, field.name) for field in Lot._meta.fields if field.name != "id"
    }
    for number in range(2, 8):
        Lot.objects.create(**fields | {"number": number})
    assert "Why another lot" in shown(client, "lot_create", "birds")
    data = TERMS | {"batch": house.batch.pk}
    assert send(client, "lot_create", "birds", data).status_code == 422
    data["reason"] = "They have trained."
    assert send(client, "lot_create", "birds", data).status_code == 302
    assert "They have trained." in shown(client, "lot_detail", Lot.objects.first().pk)


def test_a_lot_is_drawn_and_hides_its_sample_until_it_has_ended(client, house):
    house.label(30)
    response = send(client, "lot_create", "birds", TERMS | {"batch": house.batch.pk})
    lot = Lot.objects.get()
    assert response.headers["Location"] == reverse("lot_detail", args=[lot.pk])
    house.look(is_wrong=True)
    page = shown(client, "lot_detail", lot.pk)
    assert "1 wrong of 1 looked at so far." in page
    assert not any(item.task.item.external_id in page for item in lot.items.all())
    last = house.look(is_wrong=True)
    page = shown(client, "lot_detail", lot.pk)
    assert reverse("item_detail", args=[last.item.public_id]) in page
    assert "2 wrong, 1 allowed." in page
    assert "without intervals" in page.lower()
    assert reverse("lot_return", args=[lot.pk]) in page


def test_a_lot_that_is_refused_keeps_the_form(client, house):
    response = send(client, "lot_create", "birds", TERMS | {"batch": house.batch.pk})
    assert response.status_code == 422
    assert "No accepted label is left" in text(response)


def test_an_expert_reads_pseudonyms_and_sends_nothing_back(client, house):
    house.label(30)
    lot = house.ended(accepted=False)
    assert "ana" in shown(client, "lot_detail", lot.pk)
    client.force_login(house.xiu)
    page = shown(client, "lot_detail", lot.pk)
    assert house.ana.pseudonym in page
    assert ">ana<" not in page
    assert reverse("lot_return", args=[lot.pk]) not in page


def test_an_accepted_lot_has_intervals_by_class_and_person(client, house):
    house.label(20)
    house.label(10, label="wren", author=house.bo)
    lot = house.ended(accepted=True)
    page = shown(client, "lot_detail", lot.pk)
    assert "No label of the sample was wrong." in page
    assert "95 % interval of the share wrong" in page
    assert "0 <span" in page


def test_a_lot_is_given_up_on_its_page(client, house):
    house.label(30)
    lot = house.open()
    send(client, "lot_cancel", lot.pk, {"reason": ""})
    lot.refresh_from_db()
    assert lot.state == Lot.State.SAMPLING
    send(client, "lot_cancel", lot.pk, {"reason": "Wrong batch."})
    assert "Wrong batch." in shown(client, "lot_detail", lot.pk)


def rejected(house):
    house.label(20)
    house.label(10, label="wren", author=house.bo)
    lot = house.open()
    failing = {"classes": [["species", "wren", 2, 2]], "people": [[house.bo.pk, 2, 2]]}
    Lot.objects.filter(pk=lot.pk).update(state="rejected", ended_at=timezone.now(), failing=failing)
    return lot


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_what_goes_back_is_counted_first(client, house, headers):
    lot = rejected(house)
    page = shown(client, "lot_return", lot.pk)
    assert "Wren: 2 of 2 wrong" in page
    assert "bo: 2 of 2 wrong" in page
    assert "10 labels go back." in page
    data = {"classes": ["species:robin"], "way": "review", "preview": "1"}
    response = send(client, "lot_return", lot.pk, data, **headers)
    assert "20 labels go back." in text(response)
    assert ("<html" in text(response)) == (not headers)
    assert not Job.objects.exists()


def test_labels_go_back_with_progress_and_can_be_stopped(client, house):
    lot = rejected(house)
    response = send(client, "lot_return", lot.pk, {"way": "review"})
    assert response.status_code == 422
    assert "Pick the classes or people" in text(response)
    data = {"people": [str(house.bo.pk)], "way": "review"}
    assert send(client, "lot_return", lot.pk, data).status_code == 302
    send(client, "lot_return_stop", lot.pk)
    assert Job.objects.get().state == Job.State.CANCELLED
    send(client, "lot_return_stop", lot.pk)
    job = Job.objects.first()
    response = client.get(reverse("lot_return", args=[lot.pk]), headers={"HX-Request": "true"})
    assert "every 1s" in text(response)
    run_job(job.pk, lot_returns.run_return)
    assert "10 labels have gone back" in shown(client, "lot_return", lot.pk)
    assert Task.objects.filter(state=Task.State.IN_REVIEW).count() == 10


def test_a_lot_that_was_not_rejected_has_nothing_to_send_back(client, house):
    house.label(30)
    lot = house.open()
    assert "Only labels of a rejected lot go back." in shown(client, "lot_return", lot.pk)


def statements(client, name, argument):
    with CaptureQueriesContext(connection) as captured:
        shown(client, name, argument)
    return len(captured)


def test_the_list_costs_the_same_for_any_number_of_lots(client, house):
    house.label(30)
    lot = house.ended(accepted=False, team=house.vendor)
    fields = {
        field.name: getattr(lot, field.name) for field in Lot._meta.fields if field.name != "id"
    }

    def cost(count):
        for _number in range(count):
            number = Lot.objects.count() + 1
            Lot.objects.create(**fields | {"number": number})
        return statements(client, "lot_list", "birds")

    assert cost(9) == cost(10)


def test_a_lot_costs_the_same_for_any_number_of_wrong_labels(client, house):
    house.label(30)
    lot = house.ended(accepted=False)
    first = statements(client, "lot_detail", lot.pk)
    lot.items.update(outcome="wrong", decided_at=timezone.now())
    assert statements(client, "lot_detail", lot.pk) == first
