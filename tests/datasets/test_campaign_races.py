"""Several people at one campaign, on real connections: an item is one person's, and counts once."""

import os
import threading
from collections import Counter

import pytest
from django.db import connection

from datasets.models import Campaign
from datasets.services import campaign_batches, campaign_pages
from labelops.accounts.models import Role
from tasks.models import Batch
from tests.datasets.campaigning import go_through, make_birds, open_campaign, shown_to
from tests.factories import make_member, make_published_project, make_team

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("LABELOPS_TEST_DATABASE") != "postgresql",
        reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
    ),
]


def at_once(*works):
    """Run all, and return what they raised."""
    errors, start = [], threading.Barrier(len(works))

    def run(work):
        try:
            start.wait()
            work()
        except Exception as error:
            errors.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_pages_are_shown_to_one_decided_once_and_undone_once():
    team = make_team()
    project = make_published_project(team)
    boss = make_member(team, Role.MANAGER)
    people = [make_member(team, Role.EXPERT) for _number in range(3)]
    make_birds(project, others=270)
    campaign = open_campaign(project, boss, quota=1_000)
    everybody = [lambda who=who: campaign_pages.next_page(campaign, by=who) for who in people]
    assert at_once(*everybody) == []
    shown = Counter(item.pk for person in people for item in shown_to(campaign, person))
    assert (len(shown), set(shown.values())) == (3 * campaign_pages.PAGE_SIZE, {1})
    [ana, rui, kai] = people
    ticked = {item.public_id for item in shown_to(campaign, ana)}
    page = campaign_pages.held_page(campaign, ana).first().page
    same = [lambda: campaign_pages.decide(campaign, page, ticked, by=ana)] * 2
    others = [lambda who=who: go_through(campaign, who, fits="d") for who in (rui, kai)]
    assert at_once(*same, *others) == []
    campaign.refresh_from_db()
    assert (campaign.decided_count, campaign.accepted_count) == (180, 180)
    errors = at_once(*[lambda: campaign_pages.undo(campaign, by=ana)] * 2)
    assert len(errors) == 1
    assert "no page to take back" in errors[0]
    campaign = Campaign.objects.get()
    decided = campaign.candidates.filter(is_accepted=True)
    assert decided.count() == campaign.accepted_count == campaign.decided_count == 120
    values = campaign_batches.proposal(campaign) | {"teams": [team]}
    errors = at_once(
        *[lambda: campaign_batches.to_batch(campaign, by=boss, **values)] * 2,
        lambda: go_through(campaign, rui, fits="owl"),
    )
    assert "nothing to label" in " ".join(errors)
    assert Batch.objects.get().tasks.count() == 120
