"""Pages confirmed and taken back at once, on real connections: nobody waits in a circle."""

import os
import random
import threading
import uuid

import pytest
from django.db import connection

from labelops.accounts.models import Role
from reviews.models import Consensus, Measurement, Review
from reviews.services import grid_review
from reviews.services.grid_decisions import Mark, confirm_page
from reviews.services.grid_undo import take_back_page
from tasks.services.recounts import recount
from tests.factories import make_batch, make_member, make_published_project, make_team
from tests.reviews.test_grid_review_services import NO_CHECKS, codes, labeled

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("LABELOPS_TEST_DATABASE") != "postgresql",
        reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
    ),
]
REVIEWERS = 3
PAGE = 8
Standing = Consensus.Standing


def confirm(person, ids):
    marks = [Mark(id, "accept") for id in ids]
    fates = confirm_page(person, marks, value="robin", request_id=uuid.uuid4())
    assert codes(fates) == [None] * len(ids)


def review(person, project, seed, errors):
    """Page after page is confirmed, taken back from two tabs at once, and mostly confirmed anew."""
    rng = random.Random(seed)
    try:
        known = []
        while tiles := grid_review.next_page(
            person, project, value="robin", size=PAGE, known=known, rng=NO_CHECKS
        ):
            ids = [tile.public_id for tile in tiles]
            confirm(person, ids)
            other = threading.Thread(target=take_back, args=(person, ids[::-1], errors))
            other.start()
            again = take_back_page(person, ids)
            other.join()
            assert codes(again) == [None] * len(ids)
            known += [tile.again for tile in again]
            confirm(person, [tile.again for tile in again if rng.randrange(4)])
    except Exception as error:
        errors.append(repr(error))
    finally:
        connection.close()


def take_back(person, ids, errors):
    try:
        take_back_page(person, ids)
    except Exception as error:
        errors.append(repr(error))
    finally:
        connection.close()


def test_pages_taken_back_at_once_leave_counts_and_samples_right():
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team, overlap=1)
    labeled(batch, make_member(team), *["robin"] * 6 * PAGE)
    errors = []
    threads = [
        threading.Thread(
            target=review, args=(make_member(team, Role.REVIEWER), project, number, errors)
        )
        for number in range(REVIEWERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert recount(batch) == []
    decided = list(Review.objects.standing().values_list("task", flat=True))
    assert len(decided) == len(set(decided))
    marked = Consensus.objects.exclude(standing=Standing.UNDECIDED).values_list("task", flat=True)
    assert set(marked) == set(decided)
    sampled = Consensus.objects.filter(standing=Standing.SAMPLED).values_list("task", flat=True)
    measured = Measurement.objects.values_list("annotation__task", flat=True)
    assert sorted(measured) == sorted(sampled)
