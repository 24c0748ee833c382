"""The answers behind a count about suggestions: filters from a closed list, and their items.

What was known to be right about one's own answers is not for oneself: they are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.lists import Page, keyset_page
from reviews.reports.dashboard_filters import find, flag, unknown
from reviews.reports.following import TITLES
from reviews.services.anchoring import WRONG, with_suggestion
from tasks.models import Annotation, Batch, ModelVersion

FILTERS = ("batch", "mode", "model", "followed", "person")


@dataclass(frozen=True)
class Wanted:
    batch: Batch | None = None
    person: User | None = None
    mode: str = ""
    is_wrong: bool = False
    is_followed: bool = False


def read_wanted(model: ModelVersion, given: Mapping[str, str], *, viewer: User) -> Wanted:
    """The filters of a query string. Raises DomainError for a value that is not in the list."""
    mode, wrong = given.get("mode", ""), given.get("model", "")
    if mode and mode not in TITLES:
        raise unknown("mode")
    if wrong not in {"", "wrong"}:
        raise unknown("model")
    answered = _of(model).order_by().values("author")
    people = User.objects.filter(pk__in=answered).exclude(pk=viewer.pk)
    return Wanted(
        batch=find(model.project.batches.all(), given.get("batch", ""), "batch"),
        person=find(people, given.get("person", ""), "person"),
        mode=mode,
        is_wrong=wrong == "wrong",
        is_followed=flag(given, "followed"),
    )


def answers_page(model: ModelVersion, wanted: Wanted, cursor: str, *, viewer: User) -> Page:
    rows = _of(model).exclude(author=viewer)
    if wanted.batch:
        rows = rows.filter(task__batch=wanted.batch)
    if wanted.person:
        rows = rows.filter(author=wanted.person)
    if wanted.mode:
        rows = rows.filter(suggestion_mode=wanted.mode)
    if wanted.is_wrong:
        rows = rows.filter(WRONG)
    if wanted.is_followed:
        rows = rows.filter(suggestion_changed=False)
    rows = rows.select_related("task__item", "author", "suggestion", "measurement")
    return keyset_page(rows, cursor, newest_first=True)


def _of(model: ModelVersion) -> QuerySet[Annotation]:
    return with_suggestion(Annotation.objects.filter(suggestion__model_version=model))


def sentences(wanted: Wanted, *, show_names: bool) -> list[str]:
    """What the list holds, in words."""
    found = []
    if wanted.batch:
        found.append(_("of the batch %(name)s") % {"name": wanted.batch.name})
    if wanted.person:
        name = str(wanted.person) if show_names else wanted.person.pseudonym
        found.append(_("answered by %(name)s") % {"name": name})
    if wanted.mode:
        found.append(_("suggestion %(mode)s") % {"mode": TITLES[wanted.mode]})
    if wanted.is_wrong:
        found.append(_("the suggestion was wrong"))
    if wanted.is_followed:
        found.append(_("the answer is the same as the suggestion"))
    return found
