"""Reporting a broken item, and what the project's own people do with it."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role, Team
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from tasks.models import Annotation, Assignment, ItemReport, SkipReason
from tasks.services import assignments, item_reports
from tests.factories import (
    make_batch,
    make_item,
    make_member,
    make_published_project,
    make_task,
    make_team,
)
from tests.tasks.labeling import take

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease(team, project, ana):
    make_task(make_batch(project, team))
    [assignment] = take(ana)
    return assignment


def report(assignment, by, **over):
    return item_reports.report_item(assignment, by=by, **{"reason": "truncated", **over})


def test_a_report_ends_the_lease_as_a_skip_and_is_told_in_the_log(lease, ana, bo):
    made = report(lease, ana, comment="  The right half is grey. ")
    lease.refresh_from_db()
    assert (lease.state, lease.reason) == (Assignment.State.SKIPPED, SkipReason.BAD_DATA)
    assert (made.item, made.reporter, made.state) == (lease.task.item, ana, "open")
    assert made.comment == lease.comment == "The right half is grey."
    assert Event.objects.about(lease.task.item).first().verb == "item.reported"
    assert Event.objects.about(lease).filter(verb="assignment.skipped").exists()
    assert [other.task for other in take(bo)] == [lease.task]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"reason": "ugly"}, "reason"),
        ({"reason": "other"}, "comment"),
        ({"reason": "other", "comment": "  "}, "comment"),
        ({"comment": "x" * (assignments.COMMENT_LENGTH + 1)}, "comment"),
        ({"comment": "a\x00b"}, "comment"),
    ],
)
def test_a_wrong_report_is_refused_and_the_lease_stays(lease, ana, over, field):
    with pytest.raises(DomainError) as caught:
        report(lease, ana, **over)
    assert caught.value.field == field
    lease.refresh_from_db()
    assert lease.state == Assignment.State.LEASED
    assert not ItemReport.objects.exists()


def test_an_item_is_reported_once_a_lease(lease, ana):
    report(lease, ana)
    with pytest.raises(Conflict) as caught:
        report(lease, ana)
    assert caught.value.code == "lease_lost"
    assert ItemReport.objects.count() == 1


def test_nobody_reports_through_the_lease_of_another(lease, bo):
    with pytest.raises(Assignment.DoesNotExist):
        report(lease, bo)


def test_the_holder_reports_over_http_and_others_find_nothing(client, lease, ana, bo):
    address = reverse("api_assignment_report", args=[lease.public_id])
    client.force_login(bo)
    sent = {"reason": "personal_data", "comment": "A name plate."}
    assert client.post(address, sent, content_type="application/json").status_code == 404
    client.force_login(ana)
    wrong = client.post(address, {"reason": "ugly"}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "reason")
    assert client.post(address, sent, content_type="application/json").status_code == 204
    assert client.post(address, sent, content_type="application/json").status_code == 409
    assert ItemReport.objects.get().reason == "personal_data"
    assert not Annotation.objects.exists()


def test_a_report_is_resolved_once_and_with_a_note(lease, ana, project):
    made, mei = report(lease, ana), project.created_by
    for note in ("", "  ", "x" * (item_reports.NOTE_LENGTH + 1), "a\x00b"):
        with pytest.raises(DomainError):
            item_reports.resolve_report(made, note=note, by=mei)
    item_reports.resolve_report(made, note="Fine again.", by=mei)
    made.refresh_from_db()
    assert (made.state, made.note, made.resolved_by) == ("resolved", "Fine again.", mei)
    assert Event.objects.about(made.item).first().verb == "item.report_resolved"
    with pytest.raises(Conflict):
        item_reports.resolve_report(made, note="Again.", by=mei)


def test_the_count_of_open_reports_stops_at_many(lease, ana, project, monkeypatch):
    made = report(lease, ana)
    assert item_reports.open_count(project) == 1
    monkeypatch.setattr(item_reports, "COUNTED", 0)
    assert item_reports.open_count(project) == 0
    monkeypatch.undo()
    item_reports.resolve_report(made, note="Fine again.", by=project.created_by)
    assert item_reports.open_count(project) == 0


@pytest.fixture
def cars(team):
    """A project of a house and its vendor, where the vendor's Bo has reported an item."""
    vendor = make_team(kind=Team.Kind.VENDOR)
    project = make_published_project(team, vendor, slug="cars")
    bo = make_member(vendor, username="bo.berg")
    item = make_item(project, external_id="half", data={"text": "Half a sen"})
    make_task(make_batch(project, vendor), item)
    [assignment] = take(bo)
    return report(assignment, bo, comment="It stops in the middle.")


def page(client, team, role, **query):
    client.force_login(make_member(team, role))
    return client.get(reverse("item_report_list", args=["cars"]), query).content.decode()


def test_managers_see_names_and_experts_pseudonyms(client, team, cars):
    told = page(client, team, Role.MANAGER)
    assert "Half a sen" in told
    assert "It stops in the middle." in told
    assert str(cars.reporter) in told
    blind = page(client, team, Role.EXPERT)
    assert cars.reporter.pseudonym in blind
    assert str(cars.reporter) not in blind.split("<main")[1]


def test_a_resolved_report_leaves_the_list_and_stays_among_all(client, team, cars):
    client.force_login(make_member(team, Role.EXPERT))
    address = reverse("item_report_resolve", args=[cars.pk])
    refused = client.post(address, {"note": ""}, follow=True).content.decode()
    assert "Write a note" in refused
    done = client.post(address, {"note": "Imported anew."}, follow=True).content.decode()
    assert "No report is open" in done
    everything = page(client, team, Role.MANAGER, show="all")
    assert "Imported anew." in everything
    again = client.post(address, {"note": "Again."}, follow=True).content.decode()
    assert "Somebody else has resolved" in again


def test_the_project_page_counts_open_reports(client, team, cars):
    client.force_login(make_member(team, Role.MANAGER))
    address = reverse("project_detail", args=["cars"])
    assert reverse("item_report_list", args=["cars"]) in client.get(address).content.decode()
    item_reports.resolve_report(cars, note="Fine.", by=cars.reporter)
    assert "Reported items" not in client.get(address).content.decode()


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_costs_the_same_for_any_number_of_reports(
    client, team, cars, count, django_assert_max_num_queries
):
    batch = make_batch(cars.project, team, overlap=1)
    for _ in range(count):
        make_task(batch)
        person = make_member(team)
        report(take(person)[0], person)
    client.force_login(make_member(team, Role.MANAGER))
    with django_assert_max_num_queries(6):
        client.get(reverse("item_report_list", args=["cars"]))


def test_an_empty_list_says_what_reports_are_for(client, team, project):
    client.force_login(make_member(team, Role.MANAGER))
    address = reverse("item_report_list", args=[project.slug])
    assert "Nobody has reported" in client.get(address, {"show": "all"}).content.decode()
    assert client.get(address, {"shw": "all"}).status_code == 400


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_who_only_labels_has_no_such_list(client, team, cars, role):
    client.force_login(make_member(team, role))
    assert client.get(reverse("item_report_list", args=["cars"])).status_code == 404
