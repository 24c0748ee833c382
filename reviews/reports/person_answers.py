"""The answers behind a bar of a person's active time."""

from collections.abc import Mapping

from labelops.accounts.models import User
from labelops.lists import Page, keyset_page
from reviews.quality.time_spread import TimeBin, bin_named
from reviews.reports.dashboard_filters import unknown
from reviews.reports.person_history import newest_timed
from tasks.models import Annotation, Project

FILTERS = ("seconds",)


def read_bin(given: Mapping[str, str]) -> TimeBin | None:
    """Raises DomainError for a bar that there is not."""
    key = given.get("seconds", "")
    found = bin_named(key)
    if key and found is None:
        raise unknown("seconds")
    return found


def answers_page(project: Project, person: User, found: TimeBin | None, cursor: str) -> Page:
    """Of the newest answers that the figures are of, and no others."""
    rows = Annotation.objects.filter(pk__in=newest_timed(project, person).values("pk"))
    if found:
        rows = rows.filter(active_ms__gte=1_000 * found.low)
        if found.high is not None:
            rows = rows.filter(active_ms__lt=1_000 * found.high)
    return keyset_page(rows.select_related("task__item"), cursor, newest_first=True)
