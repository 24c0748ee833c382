"""What the reader of the audit log asked for, read from the address of the page."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.audit.access import Project, Reader
from labelops.errors import DomainError

FILTERS = ("person", "verb", "project", "object", "since", "until")
# Stands for what LabelOps did by itself; nobody can choose it as the name of an account.
ITSELF = "*"
# Imported labels bring accounts along that are called as somebody wrote them down elsewhere.
PERSON = re.compile(r"[^\x00-\x1f\x7f]{1,150}")
VERB = re.compile(r"[a-z_]+(\.[a-z_]+)+", re.ASCII)
OBJECT = re.compile(r"([a-z]+\.[a-z]+):([\w-]{1,40})", re.ASCII)
YEARS = range(2000, 2200)


@dataclass(frozen=True)
class Chosen:
    """All filters together; what is empty does not narrow the log."""

    person: str = ""
    verb: str = ""
    project: Project | None = None
    target: tuple[str, str] | None = None
    since: date | None = None
    until: date | None = None

    @property
    def is_any(self) -> bool:
        return self != Chosen()

    @property
    def object(self) -> str:
        return ":".join(self.target) if self.target else ""

    @property
    def starts_at(self) -> datetime | None:
        return _midnight(self.since) if self.since else None

    @property
    def ends_at(self) -> datetime | None:
        return _midnight(self.until + timedelta(days=1)) if self.until else None


def read_chosen(reader: Reader, given: QueryDict) -> Chosen:
    """Raises DomainError for what cannot be read, Http404 for a project of other people."""
    return Chosen(
        person=_matching(given, "person", PERSON, _("This is not the name of an account.")),
        verb=_matching(given, "verb", VERB, _("Choose one of the listed actions.")),
        project=_project(reader, given.get("project", "").strip()),
        target=_target(given),
        since=_day(given, "since"),
        until=_day(given, "until"),
    )


def _matching(given: QueryDict, name: str, pattern: re.Pattern[str], refusal: str) -> str:
    text = given.get(name, "").strip()
    if text and not pattern.fullmatch(text):
        raise DomainError(refusal, code="bad_filter", field=name)
    return text


def _project(reader: Reader, slug: str) -> Project | None:
    if not slug:
        return None
    found = next((one for one in reader.projects.values() if one.slug == slug), None)
    if found is None:
        raise Http404
    return found


def _target(given: QueryDict) -> tuple[str, str] | None:
    text = _matching(given, "object", OBJECT, _("This is not the mark of an object."))
    target_type, _colon, target_id = text.partition(":")
    return (target_type, target_id) if text else None


def _day(given: QueryDict, name: str) -> date | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise DomainError(
            _("“%(text)s” is not a day.") % {"text": text[:40]},
            code="bad_date",
            field=name,
            hint=_("Write it as 2026-11-28."),
        )
    return day


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
