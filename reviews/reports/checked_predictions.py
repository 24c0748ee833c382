"""The checks behind a figure about a model: filters from a closed list, and their items."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import DomainError
from labelops.lists import Page, keyset_page
from reviews.models import ModelCheck, ModelLook, ModelStanding
from reviews.reports.dashboard_filters import find, read_class, unknown
from reviews.services.model_certificates import audits_of, counting
from tasks.models import ModelVersion

FILTERS = ("label", "expected", "state", "look")
# Those of a class as its line of the ladder counts them.
OF_SERIES = {
    "decided": gettext_lazy("decided, in the present series"),
    "waiting": gettext_lazy("waiting for an expert"),
    "thin": gettext_lazy("not counted: one person below level 3"),
    "audits": gettext_lazy("audits since it answers alone"),
    "audits_wrong": gettext_lazy("audits that were wrong"),
}
STATES = OF_SERIES | {
    "right": gettext_lazy("right"),
    "wrong": gettext_lazy("wrong"),
    "replay": gettext_lazy("decided before the version was made"),
    "void": gettext_lazy("void"),
}


@dataclass(frozen=True)
class Wanted:
    """`label` and `expected` None: all classes; `look`: what that look saw, above its cut."""

    label: str | None = None
    expected: str | None = None
    state: str = ""
    look: ModelLook | None = None


def read_wanted(model: ModelVersion, given: Mapping[str, str]) -> Wanted:
    """The filters of a query string. Raises DomainError for a value that is not in the list."""
    looks = ModelLook.objects.filter(standing__model_version=model).select_related("standing")
    wanted = Wanted(
        label=_class(given, "label"),
        expected=_class(given, "expected"),
        state=given.get("state", ""),
        look=find(looks, given.get("look", ""), "look"),
    )
    if wanted.state and wanted.state not in STATES:
        raise unknown("state")
    if wanted.state in OF_SERIES and wanted.label is None:
        raise DomainError(
            _("A series is that of a class: say which."), code="missing_parameter", field="label"
        )
    return wanted


def _class(given: Mapping[str, str], name: str) -> str | None:
    return read_class(given[name], name) if name in given else None


def checks_page(model: ModelVersion, wanted: Wanted, cursor: str) -> Page:
    rows = checks(model, wanted).select_related("task__item")
    return keyset_page(rows, cursor, newest_first=True)


def checks(model: ModelVersion, wanted: Wanted) -> QuerySet[ModelCheck]:
    rows = _seen_by(wanted.look) if wanted.look else _of_class(model, wanted)
    if wanted.state in {"right", "wrong"}:
        rows = rows.filter(is_right=wanted.state == "right")
    return rows if wanted.expected is None else rows.filter(expected=wanted.expected)


def _seen_by(look: ModelLook) -> QuerySet[ModelCheck]:
    rows = counting(look.standing, after=look.series_after).filter(pk__lte=look.upto)
    return rows if look.cut is None else rows.filter(score__gte=look.cut)


def _of_class(model: ModelVersion, wanted: Wanted) -> QuerySet[ModelCheck]:
    if wanted.state in OF_SERIES:
        return _of_series(model, wanted)
    rows = ModelCheck.objects.filter(model_version=model, is_void=wanted.state == "void")
    if wanted.label is not None:
        rows = rows.filter(label=wanted.label)
    return rows.filter(kind=ModelCheck.Kind.REPLAY) if wanted.state == "replay" else rows


def _of_series(model: ModelVersion, wanted: Wanted) -> QuerySet[ModelCheck]:
    standing = ModelStanding.objects.filter(model_version=model, label=wanted.label).first()
    if standing is None:
        return ModelCheck.objects.none()
    if wanted.state == "thin":
        return counting(standing, after=standing.series_after, is_enough=False)
    if wanted.state in {"decided", "waiting"}:
        rows = counting(standing, after=standing.series_after)
        return rows.filter(is_right__isnull=wanted.state == "waiting")
    audits = audits_of(standing)
    return audits.filter(is_right=False) if wanted.state == "audits_wrong" else audits


def sentences(wanted: Wanted, titles: Mapping[str, str]) -> list[str]:
    """What the list holds, in words; `titles` are those of the classes."""
    found = []
    if wanted.label:
        label = titles.get(wanted.label, wanted.label)
        found.append(_("it said “%(label)s”") % {"label": label})
    if wanted.expected is not None:
        label = titles.get(wanted.expected, wanted.expected) or "–"
        found.append(_("the right answer is “%(label)s”") % {"label": label})
    if wanted.look:
        found.append(_("seen by the look after %(seen)d checks") % {"seen": wanted.look.seen})
    if wanted.look and wanted.look.cut is not None:
        found.append(_("from score %(cut).3f on") % {"cut": wanted.look.cut})
    if wanted.state:
        found.append(str(STATES[wanted.state]))
    return found
