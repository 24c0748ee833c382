"""The page of a campaign: how far it is, what it finds, and what lies before the person."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from datasets.analysis import yields
from datasets.models import Campaign, CampaignItem
from datasets.reports import campaign_words
from datasets.services.campaign_batches import figure_of
from datasets.services.campaign_candidates import still_unlabeled
from datasets.services.campaign_pages import held_page
from datasets.services.campaigns import decided
from labelops.accounts.models import User
from reviews.quality.figure import Figure
from reviews.reports.charts import Chart, percent_chart
from reviews.reports.dashboard_figures import rounded
from tasks.models import Item

SEEDS_SHOWN = 12


@dataclass(frozen=True)
class Point:
    """A row of the table beside the curve, shares in percent."""

    places: str
    accepted: int
    shown: int
    rate: str
    between: str


@dataclass(frozen=True)
class CampaignPage:
    tiles: list[CampaignItem]
    number: int | None
    percent: int
    discarded_count: int
    left_count: int
    standing: str
    forecast: str
    by_chance: str
    newest_look: str
    figure: str
    chart: Chart | None
    points: list[Point]
    seeds: list[Item]
    seed_count: int


def campaign_page(campaign: Campaign, person: User) -> CampaignPage:
    rows = list(decided(campaign).values_list("is_accepted", "is_random"))
    decisions = [is_accepted for is_accepted, _is_random in rows]
    tiles = list(held_page(campaign, person))
    seeds = campaign.seeds.filter(item__deletion=None)
    waiting = campaign.candidates.filter(is_accepted=None)
    left_count = still_unlabeled(campaign.project, waiting).count()
    stretches = yields.stretches(decisions)
    return CampaignPage(
        tiles=tiles,
        number=tiles[0].page if tiles else None,
        percent=min(100, 100 * campaign.accepted_count // campaign.quota),
        discarded_count=campaign.decided_count - campaign.accepted_count,
        left_count=left_count,
        standing=campaign_words.standing(campaign, decisions, left_count),
        forecast=campaign_words.forecast(campaign, decisions, left_count),
        by_chance=campaign_words.by_chance(
            campaign, [fate for fate, is_random in rows if is_random]
        ),
        newest_look=campaign_words.newest_look(campaign),
        figure=figure_of(campaign),
        chart=_chart(stretches),
        points=[_point(stretch) for stretch in stretches],
        seeds=[seed.item for seed in seeds.select_related("item")[:SEEDS_SHOWN]],
        seed_count=seeds.count(),
    )


def _chart(stretches: Sequence[yields.Stretch]) -> Chart | None:
    """A single point says no more than its row in the table."""
    if len(stretches) < 2:
        return None
    found = [Figure(point.rate, point.shown, point.interval) for point in stretches]
    bar = [Figure(yields.STOP_BELOW, 0, None)] * len(stretches)
    return percent_chart(
        _("What fits of those shown"),
        _(
            "Round dots on a solid line: what was accepted of each 50 shown, with the 95 % "
            "interval as a band. Squares on a dashed line: below it the campaign stops."
        ),
        [str(point.last) for point in stretches],
        [(_("accepted"), "agreement", found), (_("stops below"), "accuracy", bar)],
    )


def _point(stretch: yields.Stretch) -> Point:
    low, high = rounded(100 * stretch.interval.low, 0), rounded(100 * stretch.interval.high, 0)
    return Point(
        places=f"{stretch.first}–{stretch.last}",
        accepted=stretch.accepted,
        shown=stretch.shown,
        rate=f"{rounded(100 * stretch.rate, 0)} %",
        between=f"{low}–{high} %",
    )
