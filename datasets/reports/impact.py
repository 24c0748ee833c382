"""What an impact card says: to managers all of it, to those who did the work what it was for."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets import access
from datasets.analysis.impact import Change, cost_per_point
from datasets.models import Impact
from datasets.services.impact_measuring import REST, p_value_of, shown
from labelops.accounts.models import User
from reviews.models import Review
from reviews.reports.money import shown_hours
from tasks.models import Annotation, ModelVersion

SHOWN_FOR = timedelta(days=90)
OWN_SHOWN = 10
# By batch, one's labels and decisions.
OwnWork = dict[int, tuple[int, int]]
# Of less the words say that it may be chance.
ERROR = 0.05
LEAST_P = 0.001
ENDS = ("value", "low", "high")


@dataclass(frozen=True)
class Share:
    """What the batch adds: the newer version beside the same without the labels of the batch."""

    rights: str
    added: str
    changed: str
    labels: str


@dataclass(frozen=True)
class Card:
    """Sentences and figures; `is_better` and `is_worse` are proved."""

    verdict: str
    is_better: bool
    is_worse: bool
    before: str
    now: str
    gain: str
    changed: str
    control: str
    own: str
    cost: str
    hours: str
    per_point: str
    labels: str
    shared: str
    share: Share | None
    regressions: list[dict[str, Any]]


@dataclass(frozen=True)
class OwnCard:
    impact: Impact
    verdict: str
    figures: str
    labels: str


def card(impact: Impact, currency: str) -> Card:
    """Of a measured one."""
    found, effect = impact.result, impact.result["gain"]
    return Card(
        verdict=_verdict(found),
        is_better=effect["low"] > 0,
        is_worse=effect["high"] < 0,
        before=_percent(found["right_before"], found["n"]),
        now=_percent(found["right_before"] + found["fixed"] - found["broken"], found["n"]),
        gain=points(effect),
        changed=_changed(found),
        control=_control(found["control"]),
        own=points(found["own"]) if found["own"] else "",
        cost=f"{number_format(round(float(found['cost']), 2), 2, force_grouping=True)} {currency}",
        hours=shown_hours(found["hours_ms"]),
        per_point=_per_point(found | _cost_of_share(impact), currency),
        labels=_labels(found["labels"]),
        shared=_shared(impact),
        share=_share(impact.share) if impact.share else None,
        regressions=[
            row | {"is_proved": row["p_value"] <= ERROR, "lost": row["broken"] - row["fixed"]}
            for row in found["regressions"]
        ],
    )


def points(effect: dict[str, float]) -> str:
    """With its interval, in points of a hundred."""
    value, low, high = (number_format(round(100 * effect[name], 1) + 0.0, 1) for name in ENDS)
    return _("%(value)s points (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


def _verdict(found: dict[str, Any]) -> str:
    if not found["n"]:
        return _("Nothing could be compared: the two models have no item of the test in common.")
    if found["gain"]["low"] > 0:
        return _("It got better.")
    if found["gain"]["high"] < 0:
        return _("It got worse.")
    return _("No change is proved: it may be a little better or worse.")


def _percent(part: int, n: int) -> str:
    return f"{number_format(round(100 * part / n, 1), 1)} %" if n else "–"


def _changed(found: dict[str, Any]) -> str:
    words = {name: found[name] for name in ("fixed", "broken", "n")}
    words["p"] = _chance(found["p_value"])
    return _("%(fixed)s of %(n)s fixed, %(broken)s broken; by chance alone: %(p)s.") % words


def _chance(p_value: float) -> str:
    if p_value < LEAST_P:
        return f"p < {number_format(LEAST_P, 3)}"
    return f"p = {number_format(round(p_value, 3), 3)}"


def _control(control: dict[str, Any] | None) -> str:
    if control is None:
        return _("There is nothing like it to compare with, so other reasons may be in the gain.")
    gain, n = points(control["gain"]), control["n"]
    if control["kind"] == REST and control["is_of_class"]:
        return ngettext(
            "%(n)s other test item, of the same class and as often right before: %(gain)s.",
            "%(n)s other test items, of the same classes and as often right before: %(gain)s.",
            n,
        ) % {"n": n, "gain": gain}
    if control["kind"] == REST:
        return ngettext(
            "%(n)s test item of another class, as often right before: %(gain)s.",
            "%(n)s test items of other classes, too, as often right before: %(gain)s.",
            n,
        ) % {"n": n, "gain": gain}
    return _("%(names)s, which were as often right before (n = %(n)s): %(gain)s.") % {
        "names": ", ".join(control["names"]),
        "n": n,
        "gain": gain,
    }


def _per_point(found: dict[str, Any], currency: str) -> str:
    per_point = found["cost_per_point"]
    if per_point is None:
        return _("nothing was gained")
    if not found["is_priced"] or not float(found["cost"]):
        return _("not all of the work has a price")
    value, low = (_money(per_point[name]) for name in ("value", "low"))
    if per_point["high"] is None:
        return _("%(value)s %(currency)s, at least %(low)s; perhaps nothing was gained") % {
            "value": value,
            "currency": currency,
            "low": low,
        }
    return _("%(value)s %(currency)s (%(low)s to %(high)s)") % {
        "value": value,
        "currency": currency,
        "low": low,
        "high": _money(per_point["high"]),
    }


def _money(amount: float) -> str:
    return number_format(round(amount, 2), 2, force_grouping=True)


def _labels(labels: dict[str, int]) -> str:
    added = ngettext("%(n)s new label", "%(n)s new labels", labels["added"])
    fixed = ngettext("%(n)s looked at anew", "%(n)s looked at anew", labels["fixed"])
    return f"{added % {'n': labels['added']}}, {fixed % {'n': labels['fixed']}}"


def _shared(impact: Impact) -> str:
    shared = impact.result["shared"]
    if not shared["names"]:
        return ""
    names = ", ".join(shared["names"]) + (", …" if shared["batches"] > len(shared["names"]) else "")
    words = {"own": shared["own"], "all": shared["all"], "names": names}
    if impact.share:
        told = _(
            "%(own)s of the %(all)s labels that were new for this version are of this batch, the "
            "others of %(names)s."
        )
    elif impact.after.origin == ModelVersion.Origin.BUILT_IN:
        told = _(
            "An estimate: %(own)s of the %(all)s labels that were new for this version are of this "
            "batch, the others of %(names)s."
        )
    else:
        told = _(
            "An estimate: %(own)s of the %(all)s labels that were new for this version are of this "
            "batch, the others of %(names)s. What it adds alone cannot be told: only the built-in "
            "model can be trained without it."
        )
    return told % words


def _share(share: dict[str, Any]) -> Share:
    found = Change(**share["change"])
    return Share(
        rights=_("With everything %(with)s right, without this batch %(without)s (n = %(n)s).")
        % {
            "with": _percent(found.right_before + found.fixed - found.broken, found.n),
            "without": _percent(found.right_before, found.n),
            "n": found.n,
        },
        added=points(shown(found.effect)),
        changed=_(
            "%(fixed)s right only with it, %(broken)s only without it; by chance alone: %(p)s."
        )
        % {"fixed": found.fixed, "broken": found.broken, "p": _chance(p_value_of(found))},
        labels=_labels_of_share(share),
    )


def _labels_of_share(share: dict[str, Any]) -> str:
    told = ngettext(
        "For this the model was trained once more, without the labels of this batch: from "
        "%(without)s label, not %(all)s. What several batches add does not sum up to the whole.",
        "For this the model was trained once more, without the labels of this batch: from "
        "%(without)s labels, not %(all)s. What several batches add does not sum up to the whole.",
        share["labels_without"],
    ) % {"without": share["labels_without"], "all": share["labels"]}
    if not share["changed"]:
        return told
    changed = ngettext(
        "%(n)s of the labels has changed since, and counts as it stands now.",
        "%(n)s of the labels have changed since, and count as they stand now.",
        share["changed"],
    ) % {"n": share["changed"]}
    return f"{told} {changed}"


def _cost_of_share(impact: Impact) -> dict[str, Any]:
    """A point is then one that the batch has added itself."""
    if not impact.share:
        return {}
    effect = Change(**impact.share["change"]).effect
    per_point = cost_per_point(float(impact.result["cost"]), effect)
    return {"cost_per_point": per_point and asdict(per_point)}


def own_card(impact: Impact, person: User) -> OwnCard:
    return _own_card(impact, _own_work([impact.batch_id], person))


def own_cards(person: User) -> list[OwnCard]:
    """Of the last 90 days, the newest first. Three statements."""
    rows = access.measured_impacts(person).filter(measured_at__gt=timezone.now() - SHOWN_FOR)
    impacts = list(rows.order_by("-measured_at")[:OWN_SHOWN])
    work = _own_work([impact.batch_id for impact in impacts], person)
    return [_own_card(impact, work) for impact in impacts]


def _own_card(impact: Impact, work: OwnWork) -> OwnCard:
    """What it was for and what came of it; nothing of others, of items or of money."""
    found = impact.result
    figures = _(
        "Right before: %(before)s; now: %(now)s. Change: %(gain)s, on %(n)s test items."
    ) % {
        "before": _percent(found["right_before"], found["n"]),
        "now": _percent(found["right_before"] + found["fixed"] - found["broken"], found["n"]),
        "gain": points(found["gain"]),
        "n": found["n"],
    }
    counted = work.get(impact.batch_id, (0, 0))
    return OwnCard(impact, _verdict(found), figures, _work_in_words(*counted))


def _own_work(batches: list[int], person: User) -> OwnWork:
    labels = Annotation.objects.filter(author=person)
    decisions = Review.objects.filter(reviewer=person, withdrawn_at__isnull=True)
    counted = [
        dict(
            rows.filter(task__batch__in=batches)
            .order_by()
            .values_list("task__batch")
            .annotate(count=Count("pk"))
        )
        for rows in (labels, decisions)
    ]
    return {batch: (counted[0].get(batch, 0), counted[1].get(batch, 0)) for batch in batches}


def _work_in_words(labels: int, decisions: int) -> str:
    parts = []
    if labels:
        parts.append(ngettext("%(n)s label", "%(n)s labels", labels) % {"n": labels})
    if decisions:
        parts.append(ngettext("%(n)s decision", "%(n)s decisions", decisions) % {"n": decisions})
    return ", ".join(parts)
