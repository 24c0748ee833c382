"""What work is worth in a project: amounts from a day on, each change kept."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labelops.accounts.models import Team, User
from labelops.audit.services import record
from labelops.errors import DomainError
from reviews.models import Basis, ClosedMonth, PayRate
from reviews.quality.pay import STAGES, Entry, Terms, next_month
from tasks.models import Project
from tasks.models.batches import LEVEL_MAX
from tasks.services.archiving import lock_project
from tasks.services.checks import check_fields

EARLIEST = date(2000, 1, 1)
AHEAD_MOST = timedelta(days=366)


class Item(NamedTuple):
    """What an amount is set for."""

    basis: str
    level: int


class Change(NamedTuple):
    """An amount of the team's own (or the project's), before and from the chosen day on."""

    item: Item
    before: Decimal | None
    after: Decimal | None


ITEMS = [
    *(Item(stage, level) for stage in STAGES for level in range(LEVEL_MAX + 1)),
    *(Item(basis, 0) for basis in Basis.values if basis not in STAGES),
]


def terms_of(projects: Collection[int]) -> Terms:
    """All rates that were ever set in these projects."""
    rows = PayRate.objects.filter(project__in=projects).order_by("pk")
    columns = ("project", "team", "basis", "level", "amount", "valid_from")
    return Terms(Entry(*row) for row in rows.values_list(*columns))


def open_from(project: Project) -> date | None:
    """The first day after the last closed month; None while no month was closed."""
    newest = ClosedMonth.objects.filter(project=project).order_by("-month").first()
    return next_month(newest.month) if newest else None


def changes_of(
    project: Project, wanted: dict[Item, Decimal | None], *, team: Team | None, valid_from: date
) -> list[Change]:
    """What `wanted` changes from that day on. Raises DomainError for a day that is too early."""
    _check_day(project, valid_from)
    terms, owner = terms_of([project.pk]), team.pk if team else None
    found = (
        Change(item, terms.own(project.pk, owner, *item, valid_from), amount)
        for item, amount in wanted.items()
    )
    return [change for change in found if change.before != change.after]


def set_rates(
    project: Project,
    wanted: dict[Item, Decimal | None],
    *,
    team: Team | None,
    valid_from: date,
    by: User,
) -> list[Change]:
    """Store what `wanted` changes; an empty amount ends a rate. Raises DomainError."""
    with transaction.atomic():
        # Closing a month takes the same lock: a rate never changes a month while it is closed.
        lock_project(project.pk)
        if team and not project.teams.filter(pk=team.pk).exists():
            raise DomainError(_("There is no such team here."), code="no_such_team", field="team")
        changes = changes_of(project, wanted, team=team, valid_from=valid_from)
        rows = [
            PayRate(
                project=project,
                team=team,
                basis=change.item.basis,
                level=change.item.level,
                amount=change.after,
                valid_from=valid_from,
                set_by=by,
                set_at=timezone.now(),
            )
            for change in changes
        ]
        for row in rows:
            check_fields(row, "amount", "basis")
        PayRate.objects.bulk_create(rows)
        if changes:
            scope = {"team": team.name if team else None, "valid_from": str(valid_from)}
            record(
                by,
                "project.pay_rates",
                project,
                before=scope | {"rates": _facts(changes, "before")},
                after=scope | {"rates": _facts(changes, "after")},
            )
    return changes


def history(project: Project, team: Team | None) -> QuerySet[PayRate]:
    """What was ever set for the team, or for the project, newest first."""
    rows = PayRate.objects.filter(project=project, team=team).select_related("set_by")
    return rows.order_by("-pk")


def _check_day(project: Project, day: date) -> None:
    earliest = open_from(project) or EARLIEST
    if day < earliest:
        raise DomainError(
            _("Months before %(day)s are closed: choose that day or a later one.")
            % {"day": date_format(earliest)},
            code="month_closed",
            field="valid_from",
        )
    if day > timezone.now().date() + AHEAD_MOST:
        raise DomainError(
            _("Choose a day within a year from now."), code="too_far", field="valid_from"
        )


def _facts(changes: list[Change], side: str) -> dict[str, str | None]:
    found = {}
    for change in changes:
        amount = getattr(change, side)
        name = f"{change.item.basis} {change.item.level}"
        found[name] = None if amount is None else str(amount)
    return found
