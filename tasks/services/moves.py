"""Moves what a person holds, or what is kept for them, to somebody else or back to the queue.

Drafts stay with their author. Gold is not moved: it measures whoever was given it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models, transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import Membership, Team, User
from labelops.audit.services import record, record_each
from labelops.errors import DomainError
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from tasks.access import LABELERS, people_to_work_on
from tasks.models import Assignment, Batch, Draft, Project, Stage, Task, WorkMove
from tasks.services import batches, slots
from tasks.services.archiving import lock_project
from tasks.services.checks import REASON_LENGTH, check_words

State = Assignment.State
# Why a lease was revoked; the comment beside it is what the person reads.
MOVED = "moved"


class Hold(models.TextChoices):
    """How a slot belongs to a person."""

    HELD = "held", gettext_lazy("held now")
    RETURNED = "returned", gettext_lazy("came back to them")
    PINNED = "pinned", gettext_lazy("kept for them")


@dataclass(frozen=True)
class Moved:
    """How many slots went, and how many stay as whoever was named may not have them."""

    held_count: int
    kept_count: int
    stayed_count: int


def slots_of(people: Q, place: Q) -> QuerySet[Assignment]:
    """The labeling slots that are held by or kept for people, each with its `kind`."""
    draft = Draft.objects.filter(
        task=OuterRef("task"), annotator=OuterRef("offered_to"), stage=Stage.ANNOTATE, is_late=False
    )
    came_back = Q(rework_note__isnull=False) | Q(Exists(draft))
    return (
        Assignment.objects.filter(place, people, stage=Stage.ANNOTATE, task__set_aside__isnull=True)
        .exclude(task__state=Task.State.GOLD)
        .annotate(
            kind=Case(
                When(state=State.LEASED, then=Value(Hold.HELD)),
                When(came_back, then=Value(Hold.RETURNED)),
                default=Value(Hold.PINNED),
                output_field=models.CharField(),
            )
        )
    )


def of_people(people: Iterable[int]) -> Q:
    """What they hold and what is kept for them: each arm is a stretch of an index of its own."""
    ids = list(people)
    return (
        Q(state=State.LEASED, annotator__in=ids)
        | Q(state=State.OPEN, offered_to__in=ids)
        | Q(state=State.PARKED, offered_to__in=ids)
    )


def colleagues(project: Project, person: User) -> QuerySet[User]:
    """Who labels beside the person in a team of the project."""
    teams = project.teams.filter(is_active=True, memberships__user=person)
    beside = Membership.objects.filter(
        user=OuterRef("pk"), role__in=LABELERS, team__in=teams.values("pk")
    )
    people = User.objects.filter(Exists(beside), is_active=True).exclude(pk=person.pk)
    return people.order_by("username")


def move(
    project: Project,
    person: User,
    *,
    to: User | None,
    reason: str,
    by: User,
    now: datetime | None = None,
) -> Moved:
    """Give a person's work in a project to a colleague, or back to the queue.

    Raises DomainError when the colleague is none, or when there is nothing to move.
    """
    now = now or timezone.now()
    reason = check_words(reason, REASON_LENGTH, field="reason")
    if to is not None and not colleagues(project, person).filter(pk=to.pk).exists():
        raise DomainError(
            _("Choose somebody who labels in a team of this person."),
            code="no_colleague",
            field="to",
        )
    with transaction.atomic():
        lock_project(project.pk)
        rows = _locked(of_people([person.pk]), Q(batch__project=project))
        may_have = _allowed(rows, to)
        moving = [row for row in rows if may_have(row)]
        if not moving:
            raise DomainError(_nothing(len(rows)), code="nothing_to_move", field="to")
        note = WorkMove(
            project=project, person=person, to=to, reason=reason, moved_by=by, moved_at=now
        )
        _note(note, _move(moving, to, by=by, comment=reason, now=now))
    return Moved(note.held_count, note.kept_count, len(rows) - len(moving))


def _nothing(stayed_count: int) -> str:
    if stayed_count:
        return _("Nothing of it is for this colleague: they may not work on it, or have had it.")
    return _("This person holds nothing here, and nothing is kept for them.")


def change_teams(
    batch: Batch, teams: Iterable[Team], *, reason: str, by: User, now: datetime | None = None
) -> Moved:
    """Let other teams work on a batch; what people hold who are in none of them goes to the queue.

    Raises DomainError without a team, or for one without access to the project.
    """
    now = now or timezone.now()
    reason = check_words(reason, REASON_LENGTH, field="reason")
    chosen = list(teams)
    if not chosen:
        raise DomainError(_("Choose at least one team."), code="no_team", field="teams")
    with transaction.atomic():
        former = set(batch.teams.values_list("pk", flat=True))
        batch = batches.update_batch(batch, by=by, teams=chosen)
        staying = members({team.pk for team in chosen})
        leaving = members(former) - staying
        rows = _locked(of_people(leaving), Q(batch=batch))
        moved = _move(rows, None, by=by, comment=reason, now=now)
        by_person: dict[int, list[Assignment]] = defaultdict(list)
        for row, owner in moved:
            by_person[owner].append((row, owner))
        told = {"project": batch.project, "reason": reason, "moved_by": by, "moved_at": now}
        for owner, theirs in sorted(by_person.items()):
            _note(WorkMove(person_id=owner, **told), theirs)
    held = sum(row.state == State.REVOKED for row, _owner in moved)
    return Moved(held, len(moved) - held, 0)


def members(teams: Iterable[int]) -> set[int]:
    """Who labels in one of the teams."""
    rows = Membership.objects.filter(team__in=list(teams), role__in=LABELERS)
    return set(rows.values_list("user", flat=True))


def _locked(people: Q, place: Q) -> list[Assignment]:
    """What somebody is submitting at this moment is passed over."""
    rows = slots_of(people, place).select_related("task", "batch").order_by("pk")
    return list(
        rows.select_for_update(
            of=("self", "task"), skip_locked=connection.features.has_select_for_update_skip_locked
        )
    )


def _allowed(rows: list[Assignment], to: User | None) -> Callable[[Assignment], bool]:
    """Whether a slot may go to them: they work on its batch, and have not had its task."""
    if to is None:
        return lambda _row: True
    found = {row.batch_id: row.batch for row in rows}
    open_to = {pk for pk, batch in found.items() if to in people_to_work_on(batch)}
    own = Assignment.objects.filter(
        Q(state__in=slots.DONE_BY_PERSON) | Q(state=State.REVOKED, reason=slots.WITHDRAWN),
        task__in=[row.task_id for row in rows],
        annotator=to,
        stage=Stage.ANNOTATE,
    )
    had = set(own.values_list("task", flat=True))
    return lambda row: row.batch_id in open_to and row.task_id not in had


def _move(
    rows: list[Assignment], to: User | None, *, by: User, comment: str, now: datetime
) -> list[tuple[Assignment, int]]:
    """Each slot with whose it was."""
    until = now + slots.OFFER_TIME if to else None
    moved = [(row, row.annotator_id or row.offered_to_id) for row in rows]
    kept = [row.pk for row in rows if row.state != State.LEASED]
    Assignment.objects.filter(pk__in=kept).update(offered_to=to, offered_until=until)
    held = [row for row in rows if row.state == State.LEASED]
    for row in held:
        row.state, row.ended_at, row.reason, row.comment = State.REVOKED, now, MOVED, comment
    Assignment.objects.bulk_update(held, ["state", "ended_at", "reason", "comment"])
    following = [slots.successor(row) for row in held if slots.is_wanted(row, row.task)]
    for slot in following:
        slot.offered_to, slot.offered_until = to, until
    Assignment.objects.bulk_create(following)
    for row in held:
        if not slots.is_wanted(row, row.task):
            slots.drop_label(row)
    record_each(by, "assignment.revoked", held, reason=comment)
    return moved


def _note(note: WorkMove, moved: list[tuple[Assignment, int]]) -> None:
    """Store a move with its counts: its person reads it."""
    note.held_count = sum(row.state == State.REVOKED for row, _owner in moved)
    note.kept_count = len(moved) - note.held_count
    note.save()
    parameters = {"project": note.project.name, "detail": note.reason}
    notify([note.person], Kind.WORK_MOVED, about=note, parameters=parameters)
    after = {"person": note.person_id, "to": note.to_id, "count": len(moved)}
    record(note.moved_by, "work.moved", note, after=after, reason=note.reason)
