"""Made-up batches with a known end, made by a richer process than the forecast assumes.

People differ in speed, learn, fall ill for days on end, come and go for good; good and bad days of
the team follow each other; weekends and holidays are off; each person's work is sent back at a
rate of their own, and questions wait for days. Tasks are counted one by one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from reviews.quality.forecast_runs import Flow, Stock
from reviews.quality.working_days import Day

SEED = 20261128
FIRST_DAY = date(2026, 3, 2)
LONGEST = 700


@dataclass
class World:
    """What is true of a batch and its people, and nobody knows."""

    task_count: int
    overlap: int
    review_share: float
    speeds: np.ndarray
    reject_shares: np.ndarray
    learning_days: np.ndarray
    joined: np.ndarray
    left: np.ndarray
    reviewers: np.ndarray
    weekday_work: list[float]
    team_spread: float
    team_memory: float
    ill_share: float
    ill_days: float
    question_share: float
    answer_days: float
    holiday_share: float


@dataclass
class State:
    """Where a batch stands: tasks by stage, labels in tasks not yet complete, and the sums."""

    to_label: int
    to_relabel: int = 0
    partial: int = 0
    in_review: int = 0
    on_hold: int = 0
    accepted: int = 0
    completed: int = 0
    sent: int = 0
    reviewed: int = 0
    rejected: int = 0
    asked: int = 0
    mood: float = 0.0
    ill: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    away: np.ndarray = field(default_factory=lambda: np.zeros(0, int))


@dataclass(frozen=True)
class Case:
    """What a forecaster is shown on the morning of `today`, and the day on which all was done."""

    history: list[Day]
    stock: Stock
    flow: Flow
    today: date
    finished: date


def make_world(rng: np.random.Generator) -> World:
    people, reviewers = int(rng.integers(3, 21)), int(rng.integers(1, 5))
    speeds = rng.lognormal(np.log(rng.uniform(20, 150)), 0.4, people)
    overlap, review_share = int(rng.integers(1, 4)), float(rng.choice([0.1, 0.2, 0.3, 0.5, 1.0]))
    days = rng.uniform(12, 90)
    tasks = int(speeds.sum() / overlap * days)
    # Most desks keep up with their queue; in a third of the batches they are the bottleneck.
    ease = rng.uniform(0.6, 1.0) if rng.random() < 0.33 else rng.uniform(1.1, 2.5)
    arriving = speeds.sum() / overlap * review_share
    weekday_work = [1.0] * 5 + {0: [0.0, 0.0], 1: [0.4, 0.0], 2: [1.0, 1.0]}[
        int(rng.choice(3, p=[0.7, 0.15, 0.15]))
    ]
    late = rng.random(people) < 0.15
    leaving = rng.random(people) < 0.1
    return World(
        task_count=tasks,
        overlap=overlap,
        review_share=review_share,
        speeds=speeds,
        reject_shares=rng.beta(1.5, 15, people),
        learning_days=rng.uniform(2, 9, people),
        joined=np.where(late, rng.integers(0, 60, people), 0),
        left=np.where(leaving, rng.integers(20, 120, people), LONGEST),
        reviewers=rng.dirichlet(np.full(reviewers, 4.0)) * arriving * ease,
        weekday_work=weekday_work,
        team_spread=float(rng.uniform(0.03, 0.25)),
        team_memory=float(rng.uniform(0, 0.8)),
        ill_share=float(rng.uniform(0.005, 0.025)),
        ill_days=float(rng.uniform(1.5, 5)),
        question_share=float(rng.choice([0, 0.005, 0.02])),
        answer_days=float(rng.uniform(1, 4)),
        holiday_share=float(rng.choice([0, 0.02, 0.04])),
    )


def days_of(world: World, rng: np.random.Generator) -> Iterator[tuple[Day, State]]:
    """Day by day until everything is accepted; the state is that of the day's end."""
    state = State(to_label=world.task_count)
    state.ill = np.zeros(len(world.speeds), int)
    state.away = np.zeros(len(world.reviewers), int)
    for number in range(LONGEST):
        day = FIRST_DAY + timedelta(number)
        share = world.weekday_work[day.weekday()]
        if share and rng.random() >= world.holiday_share:
            yield _worked(world, state, number, day, share, rng), state
        else:
            yield Day(day), state
        if state.accepted == world.task_count:
            return


def _worked(
    world: World, state: State, number: int, day: date, share: float, rng: np.random.Generator
) -> Day:
    innovation = world.team_spread * np.sqrt(1 - world.team_memory**2)
    state.mood = world.team_memory * state.mood + rng.normal(0, innovation)
    labelers = _present(state.ill, world, rng)
    labelers &= (world.joined <= number) & (number < world.left)
    practice = np.maximum(0, number - world.joined)
    learnt = 1 - 0.45 * np.exp(-practice / world.learning_days)
    usual = world.speeds * learnt * np.exp(state.mood + rng.normal(0, 0.2, len(world.speeds)))
    by_person = rng.poisson(usual * labelers * share)
    answered = int(rng.binomial(state.on_hold, min(1.0, 1 / world.answer_days)))
    state.on_hold -= answered
    state.to_relabel += answered
    wrong_share = float(np.average(world.reject_shares, weights=by_person + 1e-9))
    accepted = state.accepted
    labels = _label(world, state, int(by_person.sum()), rng)
    reviewers = _present(state.away, world, rng)
    usual = world.reviewers * np.exp(rng.normal(0, 0.2, len(world.reviewers)))
    reviews = min(state.in_review, int(rng.poisson(usual * reviewers * share).sum()))
    rejected = int(rng.binomial(reviews, wrong_share))
    state.in_review -= reviews
    state.reviewed += reviews
    state.rejected += rejected
    state.to_relabel += rejected
    state.accepted += reviews - rejected
    return Day(day, labels, reviews, state.accepted - accepted)


def _label(world: World, state: State, could: int, rng: np.random.Generator) -> int:
    missing = (state.to_label + state.to_relabel) * world.overlap - state.partial
    labels = min(could, missing)
    completed, state.partial = divmod(state.partial + labels, world.overlap)
    again = min(completed, state.to_relabel)
    state.to_relabel -= again
    state.to_label -= completed - again
    asked = int(rng.binomial(completed, world.question_share))
    completed -= asked
    sent = int(rng.binomial(completed, world.review_share))
    state.on_hold += asked
    state.asked += asked
    state.completed += completed
    state.sent += sent
    state.in_review += sent
    state.accepted += completed - sent
    return labels


def _present(absent: np.ndarray, world: World, rng: np.random.Generator) -> np.ndarray:
    """Who is there today; whoever falls ill is away for some days."""
    absent[:] = np.maximum(0, absent - 1)
    falls = (absent == 0) & (rng.random(len(absent)) < world.ill_share)
    absent[falls] = rng.geometric(1 / world.ill_days, int(falls.sum()))
    return absent == 0


def make_case(rng: np.random.Generator) -> Case:
    """A batch seen on a morning between a sixth and five sixths of its way."""
    while True:
        world = make_world(rng)
        wanted = rng.uniform(1 / 6, 5 / 6) * world.task_count
        history: list[Day] = []
        shown = None
        for day, state in days_of(world, rng):
            history.append(day)
            if shown is None and state.accepted >= wanted and state.accepted < world.task_count:
                shown = len(history), _stock(world, state), _flow(world, state)
        worked = sum(1 for day in history[: shown[0]] if day.work) if shown else 0
        if shown and worked >= 3 and state.accepted == world.task_count:
            number, stock, flow = shown
            today = FIRST_DAY + timedelta(number)
            return Case(history[:number], stock, flow, today, history[-1].day)


def _stock(world: World, state: State) -> Stock:
    open_ = state.to_label + state.to_relabel
    missing = open_ * world.overlap - state.partial
    return Stock(open_, missing, state.in_review, state.on_hold, state.accepted)


def _flow(world: World, state: State) -> Flow:
    return Flow(
        overlap=world.overlap,
        review_share=world.review_share,
        completed=state.completed,
        sent=state.sent,
        reviewed=state.reviewed,
        rejected=state.rejected,
        asked=state.asked,
    )
