"""When a batch will be done: its last working days, drawn again and again.

Each of 1,000 runs goes day by day from the present stock to the end. A working day gives the
labels and reviews of a past one, drawn in blocks of neighbouring days, times a level that is
uncertain itself: the mean of ten days is not the mean of the days to come.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from reviews.quality.forecast_runs import HORIZON, Array, Capacity, Flow, Runs, Stage, Stock, run
from reviews.quality.working_days import Day, weekday_shares, working_days

RUNS = 1_000
WINDOW = 10
NEEDED = 3
SEED = 20261128
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
FAN_POINTS = 60
# A queue that holds less than this share of a day's work at its end was kept up with.
KEPT_UP = 0.25
# Of the daily work in logarithms: what is assumed of a team, and how many days that counts for.
USUAL_SPREAD, SPREAD_DAYS = 0.3, 4
# Bad days come in a row, so ten of them say what fewer independent ones would.
RUN_OF_DAYS = 1.6
# A trend within the window counts for little until it is plain, and ends soon.
SLOPE_WEIGHT, SLOPE_AHEAD = 100, 3
# Of a young batch: people still learn. Falls with its days of work.
YOUNG = 0.8
# How far the days to come may lie from those seen, however many were seen.
LEVEL_SPREAD = 0.08
# What another batch of the project says of this one.
OTHER_SPREAD = 0.5


@dataclass(frozen=True)
class WhatIf:
    """Factors on the people who label and on those who review, and another overlap."""

    people: float = 1.0
    review: float = 1.0
    overlap: float | None = None


@dataclass(frozen=True)
class FanPoint:
    """Tasks accepted by the end of a day, at each of LEVELS."""

    day: date
    accepted: tuple[int, ...]


@dataclass(frozen=True)
class Forecast:
    """`finish` holds a date for each of LEVELS, None beyond a year.

    With too little history there are none; `days_lacking` says how many days of work are needed.
    """

    days_lacking: int
    worked_days: int
    finish: tuple[date | None, ...] = ()
    fan: tuple[FanPoint, ...] = ()
    # The share of runs that each stage held up most.
    stages: tuple[tuple[Stage, float], ...] = ()
    on_time: float | None = None
    beyond: float = 0.0
    is_borrowed: bool = False

    @property
    def bottleneck(self) -> Stage | None:
        return max(self.stages, key=lambda found: found[1])[0] if self.stages else None


def forecast(
    history: Sequence[Day],
    stock: Stock,
    flow: Flow,
    *,
    today: date,
    due: date | None = None,
    others: Sequence[Day] = (),
    change: WhatIf = WhatIf(),
    runs: int = RUNS,
    seed: int = SEED,
) -> Forecast:
    """The end of a batch, `today` being the first day whose work is still to come.

    `others` are the days of the project's other batches, for one that is too young itself. What
    `history` says of today is taken from today's work. The same seed gives the same forecast.

    >>> monday = date(2026, 11, 2)
    >>> days = [Day(monday + timedelta(n), labels=100, accepted=100) for n in range(5)]
    >>> stock, flow = Stock(open=500, labels_missing=500), Flow(review_share=0)
    >>> found = forecast(days, stock, flow, today=date(2026, 11, 9))
    >>> found.finish[2].isoformat(), found.bottleneck.value
    ('2026-11-16', 'labeling')
    >>> forecast(days[:1], stock, flow, today=date(2026, 11, 9)).days_lacking
    2
    """
    worked = working_days([found for found in history if found.day < today])
    pool, is_borrowed = worked[-WINDOW:], False
    if len(worked) < NEEDED and others:
        pool = [*working_days([found for found in others if found.day < today])[-WINDOW:], *worked]
        is_borrowed = len(pool) >= NEEDED
    if len(pool) < NEEDED:
        return Forecast(days_lacking=NEEDED - len(worked), worked_days=len(worked))
    if change.overlap:
        labels_missing = round(stock.labels_missing * change.overlap / flow.overlap)
        stock = replace(stock, labels_missing=labels_missing)
    rng = np.random.default_rng(seed)
    labels, reviews = _capacities(pool, stock, flow, rng, runs, is_borrowed=is_borrowed)
    spent = next((found for found in history if found.day == today), Day(today))
    found = run(
        stock,
        replace(flow, overlap=change.overlap or flow.overlap),
        replace(labels, daily=labels.daily * change.people),
        replace(reviews, daily=reviews.daily * change.review),
        weekdays=weekday_shares(pool if is_borrowed else worked, today),
        today=today,
        spent=(spent.labels, spent.reviews),
        rng=rng,
    )
    return replace(_summary(found, today, due), worked_days=len(worked), is_borrowed=is_borrowed)


def _capacities(
    pool: Sequence[Day],
    stock: Stock,
    flow: Flow,
    rng: np.random.Generator,
    runs: int,
    *,
    is_borrowed: bool,
) -> tuple[Capacity, Capacity]:
    labels = np.array([found.labels for found in pool], float)
    reviews = np.array([found.reviews for found in pool], float)
    share = flow.sent / flow.completed if flow.completed else flow.review_share
    could_review = _review_capacity(reviews, labels / flow.overlap * share, stock.in_review)
    extra = math.hypot(YOUNG / len(pool), OTHER_SPREAD * is_borrowed)
    return (
        Capacity(labels, _levels(labels, extra, rng, runs)),
        Capacity(could_review, _levels(reviews, extra, rng, runs)),
    )


def _review_capacity(reviews: Array, sent: Array, waiting: float) -> Array:
    """What reviewers could do on each day. Where they emptied their queue they could do more than

    they did: as much as on the best day, at least. The queue is followed back from the present.
    Where nobody has reviewed yet, they are taken to keep up once they begin.
    """
    best = max(1.0, reviews.max(), sent.max())
    if not reviews.any():
        return np.full(len(reviews), max(best, waiting / len(reviews)))
    queue = np.empty(len(reviews))
    level = float(waiting)
    for number in range(len(reviews) - 1, -1, -1):
        queue[number] = level
        level = max(0.0, level + reviews[number] - sent[number])
    is_kept_up = queue <= KEPT_UP * reviews
    return np.where(is_kept_up, best, reviews)


def _levels(daily: Array, extra: float, rng: np.random.Generator, runs: int) -> Array:
    """The level of the days to come against the mean of the days seen, with Student's tails."""
    worked = np.log(daily[daily > 0])
    n = len(worked)
    if n < 2:
        return np.exp(math.hypot(USUAL_SPREAD, extra) * rng.standard_t(SPREAD_DAYS, runs))
    places = np.arange(n) - (n - 1) / 2
    slope = float((places * worked).sum()) / (float((places**2).sum()) + SLOPE_WEIGHT)
    apart = worked - worked.mean() - slope * places
    spread = (float((apart**2).sum()) + SPREAD_DAYS * USUAL_SPREAD**2) / (n - 1 + SPREAD_DAYS)
    of_mean = math.sqrt(spread * RUN_OF_DAYS / n + LEVEL_SPREAD**2 + extra**2)
    ahead = slope * ((n - 1) / 2 + SLOPE_AHEAD)
    return np.exp(ahead + of_mean * rng.standard_t(n - 1 + SPREAD_DAYS, runs))


def _summary(found: Runs, today: date, due: date | None) -> Forecast:
    order = np.sort(found.finish)
    days = [int(order[round(level * (len(order) - 1))]) for level in LEVELS]
    return Forecast(
        days_lacking=0,
        worked_days=0,
        finish=tuple(None if day >= HORIZON else today + timedelta(day) for day in days),
        fan=_fan(found.accepted[: days[-1] + 1], today),
        stages=tuple(
            (stage, round(float((found.held_up == number).mean()), 3))
            for number, stage in enumerate(Stage)
        ),
        on_time=None if due is None else float((found.finish <= (due - today).days).mean()),
        beyond=float((found.finish >= HORIZON).mean()),
    )


def _fan(accepted: list[Array], today: date) -> tuple[FanPoint, ...]:
    """The first day, the last one, and others evenly between them."""
    every = -(-len(accepted) // FAN_POINTS)
    chosen = sorted({*range(0, len(accepted), every), len(accepted) - 1})
    ordered = np.sort(np.array([accepted[number] for number in chosen]), axis=1)
    places = [round(level * (ordered.shape[1] - 1)) for level in LEVELS]
    return tuple(
        FanPoint(today + timedelta(number), tuple(int(row[place]) for place in places))
        for number, row in zip(chosen, ordered, strict=True)
    )
