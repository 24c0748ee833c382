"""A campaign in sentences: the state of its stop rule, what is to come, what chance says."""

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets.analysis import yields
from datasets.models import Campaign
from labelops.intervals import wilson
from reviews.reports.dashboard_figures import rounded

State = Campaign.State


def standing(campaign: Campaign, decisions: Sequence[bool], left_count: int) -> str:
    """Where the stop rule stands, or why the campaign ended."""
    words = {
        "accepted": campaign.accepted_count,
        "quota": campaign.quota,
        "shown": campaign.decided_count,
    }
    match campaign.state:
        case State.FULL:
            return (
                ngettext(
                    "Full: %(accepted)d of %(quota)d found after %(shown)d was shown.",
                    "Full: %(accepted)d of %(quota)d found after %(shown)d were shown.",
                    campaign.decided_count,
                )
                % words
            )
        case State.DRY:
            return _("Stopped by the rule: only %(newest)s.") % {"newest": _newest(decisions)}
        case State.STOPPED:
            return (
                ngettext(
                    "Stopped by hand after %(shown)d was shown.",
                    "Stopped by hand after %(shown)d were shown.",
                    campaign.decided_count,
                )
                % words
            )
        case State.BATCHED:
            return (
                ngettext(
                    "%(accepted)d item was accepted of %(shown)d shown.",
                    "%(accepted)d items were accepted of %(shown)d shown.",
                    campaign.accepted_count,
                )
                % words
            )
    if not left_count:
        return _("Every candidate was shown: %(shown)d of them.") % words
    return _rule(campaign, decisions)


def _rule(campaign: Campaign, decisions: Sequence[bool]) -> str:
    rule = _("It stops when fewer than %(bar)s %% of the last %(window)d shown fit.") % {
        "bar": rounded(100 * yields.STOP_BELOW, 0),
        "window": yields.WINDOW,
    }
    missing = yields.WINDOW - len(decisions[campaign.rule_from :])
    if missing > 0:
        first = _("It looks for the first time after %(count)d more.") % {"count": missing}
        return f"{rule} {first}"
    return _("So far %(newest)s.") % {"newest": _newest(decisions)} + f" {rule}"


def _newest(decisions: Sequence[bool]) -> str:
    newest = decisions[-yields.WINDOW :]
    words = {"fit": sum(newest), "shown": len(newest)}
    return (
        ngettext(
            "%(fit)d of the last %(shown)d shown fits",
            "%(fit)d of the last %(shown)d shown fit",
            sum(newest),
        )
        % words
    )


def forecast(campaign: Campaign, decisions: Sequence[bool], left_count: int) -> str:
    """How many more are to be shown; empty where nobody can say, or nothing is to come."""
    ahead = yields.forecast(decisions, quota=campaign.quota)
    if campaign.state != State.OPEN or ahead is None or not left_count:
        return ""
    if ahead.likely > left_count:
        return _("At the newest rate the candidates that are left will not do.")
    return _(
        "At the newest rate about %(likely)s more are to be shown (%(low)s to %(high)s) until it "
        "is full."
    ) % {
        "likely": _count(ahead.likely),
        "low": _count(ahead.low),
        "high": _count(ahead.high),
    }


def newest_look(campaign: Campaign) -> str:
    """What another look has found; empty after the first one, which finds all."""
    added = campaign.job.result.get("added")
    if added is None:
        return ""
    if not added:
        return _("The newest look for candidates has found no others.")
    return ngettext(
        "The newest look for candidates has found %(n)s more.",
        "The newest look for candidates has found %(n)s more.",
        added,
    ) % {"n": _count(added)}


def by_chance(campaign: Campaign, decisions: Sequence[bool]) -> str:
    """What the tenth drawn by chance says of all items that were unlabeled at the start."""
    interval = wilson(sum(decisions), len(decisions))
    if interval is None:
        return ""
    words = {
        "n": len(decisions),
        "fit": sum(decisions),
        "low": rounded(100 * interval.low, 1),
        "high": rounded(100 * interval.high, 1),
        "all": _count(campaign.unlabeled_count),
    }
    return (
        ngettext(
            "Of %(n)d drawn by chance %(fit)d fits: so do %(low)s to %(high)s %% of the %(all)s "
            "items that were unlabeled at its start.",
            "Of %(n)d drawn by chance %(fit)d fit: so do %(low)s to %(high)s %% of the %(all)s "
            "items that were unlabeled at its start.",
            sum(decisions),
        )
        % words
    )


def _count(number: int) -> str:
    return number_format(number, force_grouping=True)
