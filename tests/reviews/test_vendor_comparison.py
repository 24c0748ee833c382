"""Two teams on the items that both had: the gap, its interval, and what its figures open."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role, Team
from reviews.models import Lot, Measurement
from reviews.quality.paired_comparison import SharedItem, gap
from reviews.reports.paired_dots import paired_dots
from reviews.services import consensus, rollups
from tests.factories import (
    make_annotation,
    make_batch,
    make_item,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

NAMES = ("vendor_comparison", "shared_items", "team_answers")


@pytest.fixture
def house():
    return make_team(name="House")


@pytest.fixture
def vendor():
    return make_team(name="Vendor", kind=Team.Kind.VENDOR)


@pytest.fixture
def project(house, vendor):
    project = make_published_project(house, vendor, slug="birds", hour_cost=Decimal(18))
    for team in (house, vendor):
        make_batch(project, team, name=team.name, overlap=3)
    return project


@pytest.fixture
def mei(client, house):
    mei = make_member(house, Role.MANAGER)
    client.force_login(mei)
    return mei


def checked(item, team, person, *, is_right, expected="wren", ago=0):
    """An answer of somebody of the team to the item, held against gold."""
    batch = item.project.batches.get(name=team.name)
    task = batch.tasks.filter(item=item).first() or make_task(batch, item)
    given = expected if is_right else "robin"
    annotation = make_annotation(task, person, {"species": given})
    return Measurement.objects.create(
        project=item.project,
        person=person,
        annotation=annotation,
        source="gold",
        is_right=is_right,
        score=float(is_right),
        expected=expected,
        given=given,
        measured_at=timezone.now() - timedelta(days=ago),
    )


def get(client, *teams, name="vendor_comparison", **query):
    chosen = dict(zip(("first", "second"), (team.pk for team in teams), strict=False))
    return client.get(reverse(name, args=["birds"]), chosen | query)


def compared(client, *teams):
    rollups.count_changes()
    response = get(client, *teams)
    assert response.status_code == 200
    return response.context["found"]


def opened(client, query):
    response = client.get(reverse("shared_items", args=["birds"]) + f"?{query}")
    assert response.status_code == 200, query
    page = response.context["page"]
    assert page.count == len(page.rows)
    return {row.item.external_id: row for row in page.rows}


@pytest.mark.django_db
def test_only_items_of_both_count_once_each_and_open_from_every_figure(
    client, mei, project, house, vendor
):
    ana, abe, vic, both = (make_member(team) for team in (house, house, vendor, house))
    house.memberships.model.objects.create(user=both, team=vendor, role="annotator")
    items = [make_item(project, external_id=f"i{number}") for number in range(6)]
    for number, item in enumerate(items[:4]):
        checked(item, house, ana, is_right=True, ago=number)
        checked(item, vendor, vic, is_right=number < 2, ago=number)
    checked(items[0], house, abe, is_right=False)
    checked(items[4], house, ana, is_right=False)
    checked(items[5], vendor, vic, is_right=False)
    checked(items[4], vendor, both, is_right=True)
    checked(items[5], house, both, is_right=True)
    found = compared(client, house, vendor)
    total = found.rows[0]
    assert (total.n, found.in_both) == (4, 1)
    assert (total.first.value, total.second.value) == (pytest.approx(3.5 / 4), 0.5)
    assert total.gap.value == pytest.approx(0.375)
    assert total.gap.interval.low < 0 < total.gap.interval.high
    assert total.verdict == "no proven difference"
    assert [row.title for row in found.rows] == ["All shared items", "Wren"]
    assert set(opened(client, total.query)) == {"i0", "i1", "i2", "i3"}
    assert set(opened(client, total.query + "&show=differ")) == {"i0", "i2", "i3"}
    rows = opened(client, found.rows[1].query)
    assert (rows["i0"].shared.first_right, rows["i0"].shared.first_n) == (1, 2)
    assert (found.newest - found.oldest).days == 3
    text = get(client, house, vendor).content.decode()
    assert "paired-first" in text
    assert "paired-second" in text
    [head, *lines] = csv.reader(
        io.StringIO(get(client, house, vendor, **{"as": "csv"}).getvalue().decode())
    )
    assert head[2:4] == ["House", "Vendor"]
    assert lines[0][:5] == ["All shared items", "4", "0.875", "0.5", "0.375"]


@pytest.mark.django_db
def test_agreement_work_costs_and_lots_of_both(client, mei, project, house, vendor):
    ana, vic = make_member(house), make_member(vendor)
    batch = make_batch(project, house, vendor, overlap=2)
    same = make_labeled_task(batch, "wren", "wren", authors=[ana, vic])
    split = make_labeled_task(batch, "wren", "robin", authors=[ana, vic])
    # Of what is not assessed yet nothing is told.
    make_labeled_task(batch, "wren", "robin", authors=[ana, vic])
    for task in (same, split):
        consensus.assess(task.pk)
    for author, ms in ((ana, 2_000), (vic, 6_000)):
        author.annotations.update(active_ms=ms)
    for task, state in ((same, "accepted"), (split, "fixed")):
        ana.annotations.filter(task=task).update(state=state)
    version = project.instruction_versions.get()
    ends = ((vendor, "rejected"), (vendor, "rejected"), (house, "accepted"))
    for number, (team, state) in enumerate(ends):
        Lot.objects.create(
            batch=batch,
            team=team,
            number=number,
            size=10,
            packed_members=b"",
            strata={},
            aql_percent=1,
            ltpd_percent=5,
            producer_risk_percent=5,
            consumer_risk_percent=5,
            sample_count=5,
            allowed_count=0,
            seed=1,
            version=version,
            state=state,
            opened_by=mei,
            opened_at=timezone.now(),
            ended_at=timezone.now() + timedelta(minutes=number),
        )
    found = compared(client, house, vendor)
    assert (found.agreement.value, found.agreement.n) == (0.5, 2)
    assert len(opened(client, found.agreement_query)) == 2
    [only] = opened(client, found.differ_query).values()
    assert (only.item, only.agreement) == (split.item, 0)
    first, second = found.teams
    assert (first.people_count, first.labels, first.seconds) == (1, 3, 2.0)
    assert (second.seconds, second.label_cost) == (6.0, pytest.approx(0.03))
    assert second.severity == "tightened"
    assert (first.passed.count, first.passed.n) == (1, 2)
    counted = {"": first.labels, "&state=decided": 2, "&state=accepted": 1}
    for state, count in counted.items():
        address = reverse("team_answers", args=["birds"]) + f"?{first.query}{state}"
        rows = client.get(address).context["page"].rows
        assert [row.author for row in rows] == [ana] * count, state
    assert [(lot.team, lot.is_accepted) for lot in found.lots] == [
        ("House", True),
        ("Vendor", False),
        ("Vendor", False),
    ]
    for table, start in (("work", "House,1,3,1,2,2.0,"), ("lots", f"{batch.name} #2,House,True,")):
        file = get(client, house, vendor, **{"as": "csv", "table": table}).getvalue().decode()
        assert file.splitlines()[1].startswith(start), file
    assert found.rows == []
    assert "No item was checked for both" in get(client, house, vendor).content.decode()


@pytest.mark.django_db
def test_the_page_asks_for_two_teams_of_the_project(client, mei, project, house, vendor):
    assert get(client).context["found"] is None
    stranger = make_team()
    assert get(client, house, house).status_code == 400
    assert get(client, house, stranger).status_code == 400
    assert get(client, **{"as": "csv"}).status_code == 400
    assert get(client, name="shared_items").status_code == 302
    assert get(client, name="team_answers").status_code == 302
    for query in ({"of": "third"}, {"state": "lost"}):
        assert get(client, house, vendor, name="team_answers", **query).status_code == 400, query
    for query in (
        {"of": "birds"},
        {"show": "all"},
        {"page": "0"},
        {"of": "labels", "expected": "wren"},
        {"colour": "red"},
    ):
        assert get(client, house, vendor, name="shared_items", **query).status_code == 400, query


@pytest.mark.django_db
def test_the_comparison_costs_the_same_for_any_number_of_items(client, mei, project, house, vendor):
    def statements(name):
        rollups.count_changes()
        with CaptureQueriesContext(connection) as captured:
            assert get(client, house, vendor, name=name).status_code == 200
        return len(captured)

    def grow():
        people = [(team, make_member(team)) for team in (house, vendor)]
        for _number in range(3):
            item = make_item(project)
            for team, person in people:
                checked(item, team, person, is_right=True)

    grow()
    few = {name: statements(name) for name in NAMES}
    grow()
    assert {name: statements(name) for name in few} == few
    assert max(few.values()) <= 13, few


@pytest.mark.once
def test_the_interval_of_the_gap_holds_what_it_promises():
    """Items are hard for both alike; the true gap is inside in about 95 of 100 cases or more."""
    random = np.random.default_rng(3)
    for items, share_first, share_second, answers in (
        (10, 0.7, 0.8, 1),
        (20, 0.95, 0.85, 1),
        (60, 0.9, 0.9, 3),
        (200, 0.7, 0.8, 2),
    ):
        held = 0
        for _round in range(200):
            hard = 0.2 * random.standard_normal(items).clip(-1, 1)
            first, second = (
                random.binomial(answers, (share + hard * min(1, (1 - share) / 0.2)).clip(0, 1))
                for share in (share_first, share_second)
            )
            found = gap(
                [
                    SharedItem(int(a), answers, int(b), answers)
                    for a, b in zip(first, second, strict=True)
                ]
            )
            held += found.interval.low <= share_first - share_second <= found.interval.high
        assert held / 200 >= 0.91, (items, share_first)


@pytest.mark.once
def test_dots_lie_on_one_scale_and_long_titles_are_cut():
    dots = paired_dots([("All", 0.8, 0.9, 10), ("A" * 40, 1.0, 0.55, 3)])
    assert [text for _at, text in dots.marks] == [f"{at} %" for at in range(50, 101, 10)]
    assert dots.pairs[0].first < dots.pairs[0].second
    assert dots.pairs[1].second < dots.pairs[1].first == dots.marks[-1][0]
    assert len(dots.pairs[1].title) == 28
    assert paired_dots([("All", 1.0, 1.0, 2)]).marks[0][1] == "80 %"
