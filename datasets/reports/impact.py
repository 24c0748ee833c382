"""What an impact card says: to managers all of it, to those who did the work what it was for."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets import access
from datasets.models import Impact
from datasets.services.impact_measuring import REST
from labelops.accounts.models import User
from reviews.models import Review
from reviews.reports.money import shown_hours
from tasks.models import Annotation

SHOWN_FOR = timedelta(days=90)
OWN_SHOWN = 10
# By batch, one's labels and decisions.
OwnWork = dict[int, tuple[int, int]]
# Of less the words say that it may be chance.
ERROR = 0.05
LEAST_P = 0.001
ENDS = ("value", "low", "high")


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
    regressions: list[dict[str, Any]]


@dataclass(frozen=True)
class OwnCard:
    impact: Impact
    verdict: str
    figures: str
    labels: str


def card(impact: Impact, currency: str) -> Card:
    """Of a measured one."""
    found = impact.result
    gain = found["gain"]
    return Card(
        verdict=_verdict(found),
        is_better=gain["low"] > 0,
        is_worse=gain["high"] < 0,
        before=_percent(found["right_before"], found["n"]),
        now=_percent(found["right_before"] + found["fixed"] - found["broken"], found["n"]),
        gain=points(gain),
        changed=_changed(found),
        control=_control(found["control"]),
        own=points(found["own"]) if found["own"] else "",
        cost=f"{number_format(round(float(found['cost']), 2), 2, force_grouping=True)} {currency}",
        hours=shown_hours(found["hours_ms"]),
        per_point=_per_point(found, currency),
        labels=_labels(found["labels"]),
        shared=_shared(found["shared"]),
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
    if found["p_value"] < LEAST_P:
        words["p"] = f"p < {number_format(LEAST_P, 3)}"
    else:
        words["p"] = f"p = {number_format(round(found['p_value'], 3), 3)}"
    return _("%(fixed)s of %(n)s fixed, %(broken)s broken; by chance alone: %(p)s.") % words


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


def _shared(shared: dict[str, Any]) -> str:
    if not shared["names"]:
        return ""
    names = ", ".join(shared["names"]) + (", …" if shared["batches"] > len(shared["names"]) else "")
    return _(
        "An estimate: %(own)s of the %(all)s labels that were new for this version are of this "
        "batch, the others of %(names)s."
    ) % {"own": shared["own"], "all": shared["all"], "names": names}


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
