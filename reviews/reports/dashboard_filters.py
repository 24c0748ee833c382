"""The filters of the quality page: what may be chosen, and how it is read from an address."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.accounts.models import Team
from labelops.errors import DomainError
from reviews.models import ProjectClassRollup
from tasks.blocks.classes import schema_classes
from tasks.kinds.schema import single_choice
from tasks.models import Batch, Project
from tasks.services.instructions import current_schema

FILTERS = ("batch", "team", "label", "weeks", "sort")
WEEKS = (4, 13, 26, 52)
SORTS = ("name", "n", "agreement", "accuracy")
KEY_DIGITS = 18
BATCHES_OFFERED = 200
CLASSES_OFFERED = 200
LABEL_LENGTH = 200


@dataclass(frozen=True)
class Chosen:
    """The filters of a person. A vendor and a class exclude each other: no sum has both."""

    batch: Batch | None = None
    team: Team | None = None
    label: str = ""
    weeks: int | None = None
    sort: str = ""

    @property
    def since(self) -> date | None:
        return since(self.weeks) if self.weeks else None


@dataclass(frozen=True)
class Choice:
    value: str
    title: str
    is_chosen: bool


@dataclass(frozen=True)
class FilterChoices:
    batches: list[Choice]
    teams: list[Choice]
    labels: list[Choice]
    weeks: list[Choice]
    class_titles: dict[str, str]


@dataclass(frozen=True)
class SortLink:
    """The head of a column: where a click leads, and how it is sorted now, in ARIA's words."""

    query: str
    order: str


def since(weeks: int) -> date:
    """The Monday that began so many weeks, this one included."""
    today = datetime.now(UTC).date()
    return today - timedelta(days=today.weekday(), weeks=weeks - 1)


def read_chosen(project: Project, given: Mapping[str, str]) -> Chosen:
    """The filters of a query string. Raises DomainError for a value that is not in the list."""
    weeks, sort = given.get("weeks", ""), given.get("sort", "")
    if weeks and weeks not in {str(number) for number in WEEKS}:
        raise unknown("weeks")
    if sort and sort.removeprefix("-") not in SORTS:
        raise unknown("sort")
    chosen = Chosen(
        batch=find(project.batches.all(), given.get("batch", ""), "batch"),
        team=find(Team.objects.filter(batches__project=project), given.get("team", ""), "team"),
        label=given.get("label", ""),
        weeks=int(weeks) if weeks else None,
        sort=sort,
    )
    if chosen.team and chosen.label:
        raise DomainError(
            _("Choose a vendor or a class: the figures of a class are not kept by vendor."),
            code="filters_exclude",
            field="label",
        )
    if (
        chosen.label
        and not ProjectClassRollup.objects.filter(
            project=project, label_class=chosen.label
        ).exists()
    ):
        raise unknown("label")
    return chosen


def find(rows: QuerySet, key: str, field: str) -> Any:
    """The row of a key that was given, None without one. Raises DomainError for a strange one."""
    if not key:
        return None
    if not (key.isascii() and key.isdecimal() and len(key) <= KEY_DIGITS):
        raise unknown(field)
    found = rows.filter(pk=int(key)).first()
    if found is None:
        raise unknown(field)
    return found


def flag(given: Mapping[str, str], name: str) -> bool:
    """Whether a filter of yes or no is on. Raises DomainError for anything else."""
    if given.get(name, "") not in {"", "1"}:
        raise unknown(name)
    return given.get(name) == "1"


def read_class(given: str, field: str) -> str:
    """A class as a query or a form names it. Raises DomainError for what can be none."""
    if "\0" in given or len(given) > LABEL_LENGTH:
        raise unknown(field)
    return given


def unknown(field: str) -> DomainError:
    return DomainError(_("This filter has no such value."), field=field, code="unknown_value")


def filter_choices(project: Project, chosen: Chosen) -> FilterChoices:
    """What the form offers: the newest batches, and the classes that are asked for now."""
    batches = project.batches.order_by("-pk").values_list("pk", "name")[:BATCHES_OFFERED]
    teams = Team.objects.filter(batches__project=project).distinct().values_list("pk", "name")
    titles = class_titles(single_choice(current_schema(project)))
    return FilterChoices(
        _choices(batches, chosen.batch.pk if chosen.batch else None),
        _choices(teams, chosen.team.pk if chosen.team else None),
        _choices(list(titles.items())[:CLASSES_OFFERED], chosen.label),
        _choices(((number, _weeks(number)) for number in WEEKS), chosen.weeks),
        titles,
    )


def class_titles(control: dict[str, Any] | None) -> dict[str, str]:
    """The classes of the project's single choice in its words, in schema order."""
    found = schema_classes({"controls": [control]}) if control else {}
    return {value: title for (_control, value), title in found.items()}


def _weeks(number: int) -> str:
    return ngettext("last week", "last %(n)d weeks", number) % {"n": number}


def _choices(rows: Iterable[tuple[Any, str]], chosen: Any) -> list[Choice]:
    return [Choice(str(value), title, value == chosen) for value, title in rows]


def sort_links(given: QueryDict, chosen: Chosen) -> dict[str, SortLink]:
    return sort_links_of(given, SORTS, chosen.sort, highest_first=("n",))


def sort_links_of(
    given: QueryDict, names: Iterable[str], current: str, *, highest_first: Container[str] = ()
) -> dict[str, SortLink]:
    """By column. Figures begin with the lowest: that is where somebody must look."""
    links = {}
    for name in names:
        query = given.copy()
        first, second = name, f"-{name}"
        if name in highest_first:
            first, second = second, first
        query["sort"] = second if current == first else first
        order = ""
        if current.removeprefix("-") == name:
            order = "descending" if current.startswith("-") else "ascending"
        links[name] = SortLink(query.urlencode(), order)
    return links
