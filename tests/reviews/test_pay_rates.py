"""Rates: what holds on a day, what a change shows before it is stored, and what is kept."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role, Team
from labelops.audit.models import Event
from labelops.errors import DomainError
from reviews.models import ClosedMonth, PayRate
from reviews.services import pay_rates
from reviews.services.pay_rates import Item
from tests.factories import make_member, make_project, make_team

pytestmark = pytest.mark.django_db
LABEL, FLOOR = Item("annotate", 2), Item("floor", 0)
SPRING, SUMMER = date(2026, 3, 1), date(2026, 6, 1)


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def vendor():
    return make_team(name="Vendor", kind=Team.Kind.VENDOR)


@pytest.fixture
def project(team, vendor):
    return make_project(team, vendor, slug="birds")


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def set_rates(project, mei, team=None, day=SPRING, **amounts):
    wanted = {LABEL: amounts.get("label"), FLOOR: amounts.get("floor")}
    return pay_rates.set_rates(project, wanted, team=team, valid_from=day, by=mei)


def rate(project, team, day, item=LABEL):
    return pay_rates.terms_of([project.pk]).rate(project.pk, team.pk, *item, day)


def test_a_rate_holds_from_its_day_until_the_next_and_a_team_may_have_its_own(
    project, team, vendor, mei
):
    set_rates(project, mei, label=Decimal("0.10"), floor=Decimal("12"))
    set_rates(project, mei, day=SUMMER, label=Decimal("0.12"), floor=Decimal("12"))
    set_rates(project, mei, vendor, label=Decimal("0.08"))
    assert rate(project, team, SPRING - timedelta(days=1)) is None
    assert rate(project, team, SUMMER - timedelta(days=1)) == Decimal("0.10")
    assert rate(project, team, SUMMER) == Decimal("0.12")
    assert rate(project, vendor, SUMMER) == Decimal("0.08")
    assert rate(project, vendor, SUMMER, FLOOR) == Decimal("12")
    # Ended, the project's holds again; what was set is all still there.
    set_rates(project, mei, vendor, day=SUMMER)
    assert rate(project, vendor, SUMMER) == Decimal("0.12")
    assert rate(project, vendor, SPRING) == Decimal("0.08")
    assert PayRate.objects.count() == 5
    events = Event.objects.filter(verb="project.pay_rates")
    assert events.count() == 4
    assert events.order_by("pk").last().after == {
        "team": "Vendor",
        "valid_from": "2026-06-01",
        "rates": {"annotate 2": None},
    }


def test_what_does_not_differ_is_not_stored_and_of_one_day_the_last_stands(project, team, mei):
    set_rates(project, mei, label=Decimal("0.10"))
    assert set_rates(project, mei, label=Decimal("0.1000")) == []
    set_rates(project, mei, label=Decimal("0.11"))
    assert rate(project, team, SPRING) == Decimal("0.11")
    assert PayRate.objects.count() == 2


def test_closed_months_far_days_and_foreign_teams_are_refused(project, mei):
    ClosedMonth.objects.create(
        project=project, month=SPRING, closed_by=mei, closed_at=timezone.now()
    )
    with pytest.raises(DomainError, match="closed"):
        set_rates(project, mei, day=date(2026, 3, 31), label=Decimal(1))
    set_rates(project, mei, day=date(2026, 4, 1), label=Decimal(1))
    with pytest.raises(DomainError, match="within a year"):
        set_rates(project, mei, day=timezone.now().date() + timedelta(days=400), label=Decimal(1))
    with pytest.raises(DomainError, match="no such team"):
        set_rates(project, mei, make_team(), day=SUMMER, label=Decimal(1))


def test_the_form_shows_what_changes_and_stores_it(client, project, vendor, mei):
    address = reverse("pay_rates", args=["birds"])
    given = {"valid_from": "2026-03-01", "annotate2": "0.0125", "floor0": "11.5"}
    shown = client.post(address, given | {"preview": "1"}, headers={"HX-Request": "true"})
    text = shown.content.decode()
    assert "<html" not in text
    assert "0.0125" in text
    assert "11.50" in text
    assert not PayRate.objects.exists()
    assert client.post(address, given).status_code == 302
    assert PayRate.objects.count() == 2
    page = client.get(address).content.decode()
    assert 'value="0.0125"' in page
    own = client.get(f"{address}?team={vendor.pk}").content.decode()
    assert "0.0125 as for all" in own


@pytest.mark.parametrize(
    "wrong",
    [
        {"valid_from": ""},
        {"valid_from": "1999-12-31"},
        {"annotate2": "-1"},
        {"annotate2": "0.00001"},
        {"annotate2": "12345678"},
        {"annotate2": "NaN"},
        {"floor0": "much"},
    ],
)
def test_wrong_amounts_come_back_with_a_sentence(client, project, mei, wrong):
    given = {"valid_from": "2026-03-01", "annotate2": "1"} | wrong
    response = client.post(reverse("pay_rates", args=["birds"]), given)
    assert response.status_code == 422
    assert "invalid-feedback" in response.content.decode()
    assert not PayRate.objects.exists()


@pytest.mark.parametrize("given", ["0", "x", "²", "9" * 40])
def test_rates_of_a_team_that_is_not_there_do_not_exist(client, project, mei, given):
    assert client.get(reverse("pay_rates", args=["birds"]), {"team": given}).status_code == 404
