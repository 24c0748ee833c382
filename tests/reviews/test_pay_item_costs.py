"""What an accepted item costs, by its parts, for many batches at once."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelops.accounts.models import Role, Team
from reviews.models import BatchDay
from reviews.reports.costs_per_item import cost_per_item
from tests.factories import make_batch, make_member, make_project, make_team
from tests.reviews.pay import HOUR, make_work_day, set_rates

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


def test_an_accepted_item_costs_what_all_stages_came_to_by_the_rates_of_their_days(team):
    vendor = make_team(kind=Team.Kind.VENDOR)
    project = make_project(team, vendor)
    mei, ana = make_member(team, Role.MANAGER), make_member(team)
    set_rates(project, mei, annotate_2="0.10", review_2="0.50", work="6", reading="4")
    set_rates(project, mei, vendor, annotate_2="0.20")
    set_rates(project, mei, day=date(2026, 3, 9), annotate_2="0.30", review_2="0.50")
    paid, empty, untouched = (make_batch(project, team) for _number in range(3))
    make_work_day(paid, ana, team, reading_ms=HOUR // 2)
    make_work_day(paid, ana, team, date(2026, 3, 9), done=10, active_ms=0)
    make_work_day(paid, make_member(vendor), vendor, done=20, active_ms=0)
    make_work_day(paid, ana, team, stage="review", done=2, active_ms=HOUR // 6)
    make_work_day(paid, ana, team, stage="adjudicate", done=1, active_ms=HOUR // 2)
    make_work_day(empty, ana, team, done=5, active_ms=0)
    for day, accepted in ((date(2026, 3, 2), 30), (date(2026, 3, 3), 20)):
        BatchDay.objects.create(batch=paid, day=day, accepted=accepted)
    costs = cost_per_item([paid, empty, untouched])
    # 100 at 0.10 and an hour at 6 and half an hour of reading, 10 at 0.30, 20 at 0.20 by a vendor.
    assert costs[paid.pk].label == Decimal("25")
    assert costs[paid.pk].review == Decimal("2")
    assert costs[paid.pk].adjudicate == Decimal("3")
    assert costs[paid.pk].per_item == Decimal("0.6")
    assert costs[empty.pk].total == Decimal("0.5")
    assert costs[empty.pk].per_item is None
    assert costs[untouched.pk].total == 0


def test_without_rates_the_cost_of_an_hour_is_an_estimate(team):
    estimated, unpriced = make_project(team, hour_cost=Decimal(20)), make_project(team)
    ana, batches = make_member(team), []
    for project in (estimated, unpriced):
        batch = make_batch(project, team)
        make_work_day(batch, ana, team, reading_ms=HOUR // 4)
        BatchDay.objects.create(batch=batch, day=date(2026, 3, 2), accepted=50)
        batches.append(batch)
    costs = cost_per_item(batches)
    assert costs[batches[0].pk].per_item == Decimal("0.5")
    assert costs[batches[0].pk].estimated_units == 100
    assert costs[batches[1].pk].per_item is None
    assert costs[batches[1].pk].unpriced_units == 100


def test_all_batches_together_cost_three_statements(team):
    mei, ana, batches = make_member(team, Role.MANAGER), make_member(team), []
    for number in range(6):
        project = make_project(team)
        set_rates(project, mei, day=date(2026, 3, number + 1), annotate_2="0.10")
        batches.append(make_batch(project, team))
        make_work_day(batches[-1], ana, team, date(2026, 3, 20))
        with CaptureQueriesContext(connection) as captured:
            assert cost_per_item(batches)[batches[-1].pk].total == 10
        assert len(captured) == 3
