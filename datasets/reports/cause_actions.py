"""What to do about each cause: the button that begins it, for whom it is there."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from datasets.models.causes import Cause

Query = dict[str, str]


@dataclass(frozen=True)
class Reader:
    """Who looks: labels are fixed by experts, and batches made by managers."""

    is_manager: bool
    is_expert: bool


@dataclass(frozen=True)
class Action:
    title: str
    address: str


def actions_for(cause: str, slug: str, query: Query, reader: Reader) -> list[Action]:
    """The first one is what the cause asks for; `query` names the failures of it."""
    of_failures = {"set": "cause"} | query
    of_neighbours = {"set": "cause_neighbours"} | query
    more = _more_data(slug, of_failures, reader)
    look = [Action(_("Look at these labels"), examine_page(slug, of_neighbours))]
    found = {
        Cause.TEST_LABEL: [_fix(slug, of_failures, reader)],
        Cause.TRAINING_LABELS: [
            Action(_("Label them anew…"), _bulk(slug, "relabel", of_neighbours)),
            *look,
        ],
        Cause.UNCLEAR_RULE: [Action(_("Ask for a ruling…"), _bulk(slug, "question", of_failures))],
        Cause.WRONG_MIX: more,
        Cause.LACK_OF_DATA: more,
        Cause.UNANSWERABLE: [Action(_("Exclude…"), _bulk(slug, "exclude", of_failures))],
        Cause.MODEL: [],
    }
    return found[Cause(cause)]


def _fix(slug: str, query: Query, reader: Reader) -> Action:
    if reader.is_expert:
        return Action(_("Fix the label…"), _bulk(slug, "fix", query))
    return Action(_("Label it anew…"), _bulk(slug, "relabel", query))


def _more_data(slug: str, query: Query, reader: Reader) -> list[Action]:
    """Managers collect; whoever else sees it keeps the items for them."""
    campaign = Action(_("Collect more like these…"), _page(slug, "campaign_create", query))
    segment = Action(_("Save as a segment…"), _page(slug, "segment_create", query))
    return [campaign, segment] if reader.is_manager else [segment]


def _bulk(slug: str, act: str, query: Query) -> str:
    return _page(slug, "bulk_edit", {"act": act} | query)


def _page(slug: str, name: str, query: Query) -> str:
    return f"{reverse(name, args=[slug])}?{urlencode(query)}"


def examine_page(slug: str, query: Query) -> str:
    """Where the items of a set are looked at."""
    return _page(slug, "examine", query)
