"""The outlook of a batch: its words, its burn-up and the table behind it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from reviews.models import BatchDay, BatchForecast
from reviews.reports.burn_up import burn_up
from reviews.reports.forecasts import forecast_sentence, outlook
from tasks.models import Batch, BatchTally
from tests.factories import make_batch, make_published_project, make_team

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
TODAY = NOW.date()
FAN = [(TODAY + timedelta(n), [100 + n, 110 + n, 120 + n, 130 + n, 140 + n]) for n in range(20)]
DATES = {
    "earliest": date(2026, 12, 7),
    "early": date(2026, 12, 8),
    "likely": date(2026, 12, 10),
    "late": date(2026, 12, 15),
    "latest": date(2026, 12, 16),
}


def make_forecast(batch=None, **over):
    inputs = {"labels_a_day": 99.6, "reviews_a_day": 20, "stages": {"review": 0.7}}
    facts = {**DATES, "on_time": 0.93, "bottleneck": "review", "inputs": inputs, "computed_at": NOW}
    fan = [[day.isoformat(), levels] for day, levels in FAN]
    return BatchForecast(batch=batch, **{**facts, "fan": fan, "basis": {"counts": []}, **over})


@pytest.fixture
def batch(db):
    team = make_team()
    batch = make_batch(make_published_project(team), team, due_at=NOW + timedelta(20))
    BatchTally.objects.create(batch=batch, pending_count=100, accepted_count=100)
    for number, accepted in ((3, 30), (1, 40), (0, 10)):
        day = TODAY - timedelta(number)
        BatchDay.objects.create(batch=batch, day=day, accepted=accepted)
    return batch


def seen(batch, now=NOW):
    return outlook(Batch.objects.select_related("forecast").get(pk=batch.pk), now=now)


def test_the_outlook_says_when_how_surely_and_what_it_waits_for(batch, django_assert_num_queries):
    make_forecast(batch).save()
    stored = Batch.objects.select_related("forecast").get(pk=batch.pk)
    with django_assert_num_queries(2):
        found = outlook(stored, now=NOW)
    assert found.sentence == (
        "Most likely done by Dec. 10, 2026; between Dec. 8, 2026 and Dec. 15, 2026 (80 %)."
    )
    assert found.notes == [
        "The due date is met in 93 of 100 runs.",
        "What it waits for most: review (in 70 of 100 runs).",
        "It rests on 100 labels and 20 reviews a day of work.",
    ]
    assert not found.is_old
    assert seen(batch, NOW + timedelta(hours=1)).is_old
    assert [row.accepted for row in found.chart.table[:5]] == [20, 50, 50, 90, 100]
    assert [row.levels for row in found.chart.table[5:]] == [tuple(levels) for _day, levels in FAN]
    page = render_to_string("reviews/_burn_up.html", {"outlook": found})
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for named in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(named.split()) <= set(ids)
    assert "Foretold" in page
    assert page.count("<polygon") == 2


def test_every_empty_state_says_why(batch):
    assert seen(batch).sentence == (
        "Nothing is foretold yet: a forecast comes within a minute or two."
    )
    make_forecast(batch, days_lacking=2, **dict.fromkeys(DATES), fan=[]).save()
    found = seen(batch)
    assert found.sentence == "Not enough history: 2 more days of work are needed."
    assert (found.notes, found.chart.outer) == ([], "")
    Batch.objects.filter(pk=batch.pk).update(state=Batch.State.PAUSED)
    assert seen(batch).sentence == "The batch is not running, so nothing is foretold."
    BatchTally.objects.filter(batch=batch).update(pending_count=0)
    assert seen(batch).sentence == "Everything in this batch is accepted."
    BatchDay.objects.all().delete()
    assert seen(batch).chart is None


@pytest.mark.once
def test_ends_beyond_a_year_are_put_in_words():
    assert "within a year" in forecast_sentence(make_forecast(**dict.fromkeys(DATES)))
    some = make_forecast(likely=None, late=None, latest=None)
    assert "Dec. 8, 2026 at the earliest" in forecast_sentence(some)
    assert "a year or more from now" in forecast_sentence(make_forecast(late=None))
    assert "one more day" in forecast_sentence(make_forecast(days_lacking=1))


@pytest.mark.once
def test_time_runs_with_the_language_and_everything_lies_within_the_drawing():
    past = [(TODAY - timedelta(2), 0), (TODAY - timedelta(1), 90), (TODAY, 100)]
    drawn = {"past": past, "fan": FAN, "total": 160, "today": TODAY}
    plain = burn_up("one", **drawn, due=TODAY + timedelta(5))
    with translation.override("ar"):
        mirrored = burn_up("one", **drawn, due=TODAY + timedelta(5))
    for chart in (plain, mirrored):
        for x, y in places(chart.past, chart.outer, chart.inner, chart.middle):
            assert chart.left <= x <= chart.right
            assert chart.top <= y <= chart.bottom
    assert [x for x, _y in places(plain.past)] == sorted(x for x, _y in places(plain.past))
    assert [plain.width - x for x, _y in places(plain.past)] == pytest.approx(
        [x for x, _y in places(mirrored.past)]
    )
    assert (plain.labels_anchor, mirrored.labels_anchor) == ("end", "start")
    assert [upright.style for upright in plain.uprights] == ["today", "due"]
    long_ago = burn_up("one", **drawn, due=TODAY - timedelta(400))
    assert [upright.style for upright in long_ago.uprights] == ["today"]
    assert plain.levels == ["2.5 %", "10 %", "50 %", "90 %", "97.5 %"]


def places(*strokes):
    pairs = [pair for stroke in strokes for pair in stroke.split()]
    return [tuple(map(float, pair.split(","))) for pair in pairs]
