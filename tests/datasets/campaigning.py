"""How the tests make a project in which a campaign finds something, and go through its pages."""

import numpy as np

from datasets.models import Campaign
from datasets.services import campaign_pages, campaigns
from datasets.services.item_sets import QueriedItems
from datasets.services.vectors import add_block, publish
from labelops.jobs.services import run_job
from tasks.models import Item
from tests.datasets.vectors import make_vector_set

LENGTH = 8


def make_birds(project, *, wanted=30, others=170, seeds=3, seed=7):
    """Items with vectors: some at dusk, most by day; the first ones at dusk are the seeds."""
    dice = np.random.default_rng(seed)
    names = [f"dusk {n}" for n in range(seeds + wanted)] + [f"day {n}" for n in range(others)]
    items = Item.objects.bulk_create(
        Item(project=project, external_id=name, data={"text": f"A bird, {name}."}) for name in names
    )
    rows = dice.normal(0, 0.3, (len(items), LENGTH))
    rows[: seeds + wanted, 0] += 1
    rows[seeds + wanted :, 1] += 1
    make_vector_set(project, dict(zip(items, rows, strict=True)))
    return items


def make_late_birds(project, vector_set, count):
    """More items at dusk, that come in once there is a set of vectors."""
    items = Item.objects.bulk_create(
        Item(project=project, external_id=f"dusk late {n}", data={"text": "A bird."})
        for n in range(count)
    )
    rows = np.random.default_rng(1).normal(0, 0.1, (count, LENGTH))
    rows[:, 0] += 1
    add_block(vector_set, [item.pk for item in items], rows)
    publish(vector_set)
    return items


def seeds_of(project, evaluation=None):
    rows = Item.objects.filter(project=project, external_id__in=["dusk 0", "dusk 1", "dusk 2"])
    return QueriedItems(project, "Missed at dusk", rows, evaluation, 3)


def begin_campaign(project, by, **over):
    values = {"name": "dusk", "purpose": "Birds at dusk are missed.", "quota": 20}
    values |= {"seeds": seeds_of(project)} | over
    return campaigns.start(project, by=by, **values)


def open_campaign(project, by, **over):
    campaign = begin_campaign(project, by, **over)
    run_job(campaign.job_id, campaigns.run_preparing)
    return Campaign.objects.get(pk=campaign.pk)


def shown_to(campaign, person):
    return [row.item for row in campaign_pages.held_page(campaign, person)]


def go_through(campaign, person, *, fits="dusk"):
    """Show a page, and accept what fits by its name. Returns the campaign as it is then."""
    page = campaign_pages.next_page(campaign, by=person)
    accepted = {
        item.public_id for item in shown_to(campaign, person) if item.external_id.startswith(fits)
    }
    return campaign_pages.decide(campaign, page, accepted, by=person)
