"""Many reviewers at one lot, on real connections: every look counts once, and it ends once."""

import os
import random
import threading

import pytest
from django.db import connection

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict
from reviews.models import Lot
from reviews.services import queue
from tasks.models import Assignment
from tests.factories import make_member
from tests.reviews.lots import House, decide

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("LABELOPS_TEST_DATABASE") != "postgresql",
        reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
    ),
]
REVIEWERS = 6


def review(person, seed, errors):
    """Decide until the lot has ended; one label in twenty is wrong."""
    rng = random.Random(seed)
    try:
        while Lot.objects.filter(state=Lot.State.SAMPLING).exists():
            held = queue.next_review(person, rng=rng)
            if held is None:
                return
            decide(held, is_wrong=rng.randrange(20) == 0, by=person)
    except Conflict as error:
        # What somebody still holds when another look ends the lot is taken from them.
        is_over = not Lot.objects.filter(state=Lot.State.SAMPLING).exists()
        if not (is_over and error.code == "lease_lost"):
            errors.append(repr(error))
    except Exception as error:
        errors.append(repr(error))
    finally:
        connection.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_every_look_counts_once_and_the_lot_ends_once(seed):
    house = House()
    house.label(60)
    lot = house.open(rng=random.Random(seed))
    people = [make_member(house.team, Role.EXPERT) for _number in range(REVIEWERS)]
    errors = []
    threads = [
        threading.Thread(target=review, args=(person, seed + number, errors))
        for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    lot.refresh_from_db()
    counts = [lot.items.filter(outcome=outcome).count() for outcome in ("right", "wrong", "")]
    assert counts == [lot.right_count, lot.wrong_count, lot.unseen_count]
    assert lot.state in (Lot.State.ACCEPTED, Lot.State.REJECTED)
    ends = Event.objects.filter(
        target_type="reviews.lot", verb__in=["lot.accepted", "lot.rejected"]
    )
    assert ends.count() == 1
    unseen = lot.items.filter(outcome="").values("task")
    open_looks = Assignment.objects.filter(task__in=unseen, stage="review", state="open")
    assert open_looks.count() == 0
