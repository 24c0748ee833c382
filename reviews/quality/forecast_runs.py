"""The runs of a forecast: from the present stock to the end, day by day, all runs at once."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

HORIZON = 365
BLOCK = 3
# How far the level of the work moves in a block of days, in logarithms.
DRIFT = 0.05
# Shares are never known better than from so many tasks: people learn, and items differ.
SHARE_TASKS = 150
# What the terms of the batch, and experience with others, weigh against what is seen.
SHARE_WEIGHT, USUAL_REJECTS, USUAL_QUESTIONS = 4, 0.1, 0.002
Array = NDArray[Any]


class Stage(StrEnum):
    """What the rest of a batch waits for; `stock` where nothing was left to hand out."""

    LABELING = "labeling"
    REVIEW = "review"
    QUESTIONS = "questions"
    STOCK = "stock"


@dataclass(frozen=True)
class Stock:
    """What is left: tasks to label with the labels they lack, in review, and on hold."""

    open: int
    labels_missing: int
    in_review: int = 0
    on_hold: int = 0
    accepted: int = 0

    @property
    def total(self) -> int:
        return self.open + self.in_review + self.on_hold + self.accepted


@dataclass(frozen=True)
class Flow:
    """How tasks pass on: labels a task, and what was seen of reviews and questions so far.

    `sent` of `completed` tasks went to review, `rejected` of `reviewed` were sent back;
    `review_share` is what the batch's own terms let expect. `asked` tasks led to a question, which
    takes so many working days to be answered.
    """

    overlap: float = 1.0
    review_share: float = 0.1
    completed: int = 0
    sent: int = 0
    reviewed: int = 0
    rejected: int = 0
    asked: int = 0
    answer_days: float = 2.0


@dataclass(frozen=True)
class Capacity:
    """What the past days gave, one after the other, and each run's level against their mean."""

    daily: Array
    levels: Array


@dataclass(frozen=True)
class Runs:
    """Of each run: the day after which nothing was left, and the stage that held it up.

    `accepted` has an array for each day.
    """

    finish: Array
    held_up: Array
    accepted: list[Array]


def run(
    stock: Stock,
    flow: Flow,
    labels: Capacity,
    reviews: Capacity,
    *,
    weekdays: list[float],
    today: date,
    spent: tuple[int, int],
    rng: np.random.Generator,
) -> Runs:
    """All runs until they end, at most a year. `spent` are today's labels and reviews so far.

    >>> calm = Capacity(np.array([10.0]), np.ones(3))
    >>> found = run(
    ...     Stock(open=45, labels_missing=45), Flow(review_share=0), calm, calm, weekdays=[1.0] * 7,
    ...     today=date(2026, 11, 2), spent=(0, 0), rng=np.random.default_rng(1),
    ... )
    >>> bool((found.finish < 9).all()), found.held_up.tolist()
    (True, [0, 0, 0])
    """
    desk = _Desk(stock, flow, rng, runs=len(labels.levels))
    finish = np.full(desk.runs, HORIZON)
    accepted: list[Array] = []
    level = np.zeros(desk.runs)
    place = np.zeros(desk.runs, int)
    worked = 0
    for number in range(HORIZON):
        share = weekdays[(today.weekday() + number) % len(weekdays)]
        if share:
            if worked % BLOCK == 0:
                place = rng.integers(0, len(labels.daily), desk.runs)
                level += DRIFT * rng.standard_normal(desk.runs)
                factor = np.exp(level)
            works = rng.random(desk.runs) < share
            could_label = labels.daily[place] * labels.levels * factor * works
            could_review = reviews.daily[place] * reviews.levels * factor * works
            if number == 0:
                could_label = np.maximum(0, could_label - spent[0])
                could_review = np.maximum(0, could_review - spent[1])
            desk.work(could_label, could_review, works)
            place = (place + 1) % len(labels.daily)
            worked += 1
        left = desk.left
        accepted.append(stock.total - left)
        finish[(left == 0) & (finish == HORIZON)] = number
        if not left.any():
            break
    return Runs(finish, np.stack(desk.days_held_up).argmax(axis=0), accepted)


class _Desk:
    """Where the tasks of each run stand."""

    def __init__(self, stock: Stock, flow: Flow, rng: np.random.Generator, *, runs: int) -> None:
        self.rng, self.runs = rng, runs
        self.overlap = flow.overlap
        self.sent_share = self._share(flow.sent, flow.completed, flow.review_share)
        self.reject_share = self._share(flow.rejected, flow.reviewed, USUAL_REJECTS)
        self.ask_share = self._share(flow.asked, flow.completed, USUAL_QUESTIONS)
        self.answer_share = min(1.0, 1 / flow.answer_days)
        self.open = np.full(runs, float(stock.open))
        self.labels = np.full(runs, float(stock.labels_missing))
        self.review = np.full(runs, float(stock.in_review))
        self.held = np.full(runs, float(stock.on_hold))
        self.days_held_up = [np.zeros(runs) for _stage in Stage]

    @property
    def left(self) -> Array:
        return self.open + self.review + self.held

    def work(self, could_label: Array, could_review: Array, works: Array) -> None:
        """One working day: answers, labels, then reviews; what comes back is tomorrow's."""
        answered = self._whole(self.held * self.answer_share * works)
        given = np.minimum(self.labels, could_label)
        # Tasks that lack no label any more are about to be assessed.
        part = np.divide(given, self.labels, out=np.ones(self.runs), where=self.labels > 0)
        completed = np.minimum(self.open, self._whole(self.open * part))
        asked = self._whole(completed * self.ask_share)
        self.review += self._whole((completed - asked) * self.sent_share)
        looked = np.minimum(self.review, self._whole(could_review))
        back = self._whole(looked * self.reject_share) + answered
        self.open += back - completed
        self.labels = np.where(self.open > 0, self.labels + back * self.overlap - given, 0.0)
        self.review -= looked
        self.held += asked - answered
        self._blame(could_label, could_review, works)

    def _blame(self, could_label: Array, could_review: Array, works: Array) -> None:
        """A day is put down to the stage with the most days of work before it."""
        by_review = works & (self.review * could_label > self.labels * could_review)
        by_labeling = works & ~by_review & (self.labels > 0)
        rest = works & ~by_review & ~by_labeling
        is_short = by_labeling & (self.labels < could_label / 4)
        by_questions = (rest | is_short) & (self.held > 0)
        found = (by_labeling & ~is_short, by_review, by_questions, is_short & ~by_questions)
        for days, is_held_up in zip(self.days_held_up, found, strict=True):
            days += is_held_up

    def _whole(self, expected: Array) -> Array:
        """Whole tasks, up or down by chance: the last one of a kind takes as long as luck wills."""
        return np.floor(expected + self.rng.random(self.runs))

    def _share(self, found: int, among: int, expected: float) -> Array:
        """Drawn from the posterior of what is expected and of what was seen."""
        counted = min(among, SHARE_TASKS)
        right = counted * found / among if among else 0.0
        expected = min(0.99, max(0.001, expected))
        return self.rng.beta(
            SHARE_WEIGHT * expected + right,
            SHARE_WEIGHT * (1 - expected) + counted - right,
            self.runs,
        )
