"""How much experts look at: the batch's rate, or what the levels of the authors ask for."""

import pytest

from labelops.accounts.models import Role
from reviews.services import consensus
from reviews.services.review_rates import review_percent
from tasks.services.qualifications import set_level, set_notch
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


class Chance:
    """Draws the same place in the order for every task."""

    def __init__(self, place):
        self.place = place

    def random(self):
        return self.place


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, overlap=1, review_percent=20)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


def at_level(batch, level, mei, *, notch=0):
    person = make_member(batch.teams.get())
    set_level(batch.project, person, level=level, by=mei, reason="known")
    set_notch(batch.project, person, notch=notch, by=None, reason="in doubt")
    return person


def test_the_larger_of_the_two_rates_holds_and_the_strictest_author_counts(batch, team, mei):
    beginner, qualified, trusted = (at_level(batch, level, mei) for level in (1, 2, 3))
    doubted = at_level(batch, 3, mei, notch=1)
    nobody = make_member(team)
    rates = [
        review_percent(batch, [person.pk])
        for person in (beginner, qualified, trusted, doubted, nobody)
    ]
    assert rates == [100, 30, 20, 30, 20]
    assert review_percent(batch, [trusted.pk, qualified.pk, nobody.pk]) == 30


@pytest.mark.parametrize(
    ("level", "place", "state"),
    [
        (1, 0.99, "in_review"),
        (2, 0.29, "in_review"),
        (2, 0.31, "accepted"),
        (3, 0.21, "accepted"),
    ],
)
def test_the_draw_decides_by_that_rate_and_keeps_its_place(batch, mei, level, place, state):
    task = make_labeled_task(batch, "robin", authors=[at_level(batch, level, mei)])
    found = consensus.assess(task.pk, rng=Chance(place))
    task.refresh_from_db()
    assert (task.state, found.draw) == (state, place)
