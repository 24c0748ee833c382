"""Why a task is on the desk: the stable codes of doubt as sentences."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews.models import RejectReason
from reviews.reports import label_issue_words

Params = dict[str, Any]


def _percent(share: float) -> int:
    return round(100 * share)


def _tie(params: Params) -> str:
    votes = params.get("votes") or {}
    shown = ", ".join(f"{label} {count}" for label, count in votes.items())
    return _("tie: %(votes)s") % {"votes": shown} if shown else _("tie")


def _undecidable(params: Params) -> str:
    return ngettext(
        "%(count)d of %(n)d says it cannot be decided",
        "%(count)d of %(n)d say it cannot be decided",
        params["count"],
    ) % {"count": params["count"], "n": params["n"]}


def crop_reason(reason: str) -> str:
    """What is wrong with one object, where nothing else is seen."""
    if reason == RejectReason.EXTRA_OBJECT:
        return _("not an object")
    return str(RejectReason(reason).label)


SENTENCES: dict[str, Callable[[Params], str]] = {
    "tie": _tie,
    "minority_vote": lambda params: (
        _("no majority: the most chosen answer has %(share)d %%")
        % {"share": _percent(params["share"])}
    ),
    "low_agreement": lambda params: (
        _("low agreement: %(agreement)d %%") % {"agreement": _percent(params["agreement"])}
    ),
    "undecidable": _undecidable,
    "single_label": lambda _params: _("only one person labelled it"),
    "model_alone": lambda _params: _("a model answered it alone"),
    "model_differs": lambda params: (
        _("the model is for %(label)s (%(p)d %%)")
        % {"label": params["label"], "p": _percent(params["p"])}
    ),
    "drawn": lambda _params: _("drawn at random"),
    # How the queue came to pick the task.
    "random": lambda _params: _("picked at random, to measure how many labels are wrong"),
    "risk": lambda params: _("%(p)d %% likely to be wrong") % {"p": _percent(params["p_wrong"])},
    "offered": lambda _params: _("came back to you"),
    "adjudication": lambda _params: _("waits for an expert’s answer"),
    "rework": lambda _params: _("labelled anew after a rejection"),
    "no_label": lambda _params: _("labelled by nobody"),
    "label_issue": label_issue_words.sentence,
    "author_in_doubt": lambda _params: _("the work of one of its authors is in doubt"),
    # What reviewers of crops said of its objects.
}


# The same without the particulars, for narrowing the queue.
TITLES = {
    "tie": gettext_lazy("tie"),
    "minority_vote": gettext_lazy("no majority"),
    "low_agreement": gettext_lazy("low agreement"),
    "undecidable": gettext_lazy("said to be undecidable"),
    "single_label": gettext_lazy("labelled by one person"),
    "model_alone": gettext_lazy("answered by a model alone"),
    "model_differs": gettext_lazy("the model differs"),
    "drawn": gettext_lazy("drawn at random"),
    "label_issue": gettext_lazy("looks wrong to a model"),
    "author_in_doubt": gettext_lazy("work of somebody in doubt"),
}


def title_of(code: str) -> str:
    return str(TITLES.get(code, code))


def sentences(reasons: list[dict[str, Any]]) -> list[str]:
    """One short sentence a reason, in the order of their weight."""
    return [SENTENCES[reason["code"]](reason["params"]) for reason in reasons]
