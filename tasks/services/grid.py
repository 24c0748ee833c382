"""Many items at a glance: pages of one class, leased, answered and taken back together.

Where the batch shows suggestions, or as far as they are earned, a page holds what the model takes
for one class, and may show first; elsewhere the person says which class to look for, and a page
holds whatever comes next.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record_each
from labelops.errors import DomainError
from tasks.kinds.choice import classes
from tasks.models import Assignment, Batch, InstructionVersion, Precedence, Stage
from tasks.services import annotations, assignments, caps, handout, slots, suggestions, withdrawals
from tasks.services.instructions import current_version, published_content

PAGE = 60
# Open slots that one request looks at; a rare class takes several, each as cheap as the first.
LOOK = 2_000
# The page before the person and the one that is fetched ahead.
LEASES = 2 * PAGE


@dataclass(frozen=True)
class GridPage:
    """Items of one class to be looked through; `reason` says why there are none.

    `go_on_after`: this is not all, the next request looks on behind that slot.
    """

    value: str | None
    control: dict[str, Any]
    assignments: list[Assignment]
    reason: str = ""
    go_on_after: uuid.UUID | None = None


@dataclass(frozen=True)
class Look:
    """A stretch of a batch's queue: the open slots in it, and where the next stretch begins."""

    slots: list[tuple[int, str]]
    go_on_after: uuid.UUID | None


@dataclass(frozen=True)
class Answered:
    """One answer of a page, with the request key that its client made for it."""

    assignment: uuid.UUID
    request_id: uuid.UUID
    answer: Any


@dataclass(frozen=True)
class Fate:
    """What became of one row of a page; `error` is empty when it was done."""

    assignment: uuid.UUID
    error: dict[str, Any] = field(default_factory=dict)


def grid_control(label_schema: dict[str, Any]) -> dict[str, Any] | None:
    """The one required single choice that a schema consists of, or None."""
    controls = label_schema["controls"]
    only = controls[0] if len(controls) == 1 else {}
    is_single = only.get("type") == "choice" and not only.get("multiple", False)
    return only if is_single and only.get("required", False) else None


def class_of(label_schema: dict[str, Any], answer: dict[str, Any]) -> str:
    """The class that an answer names, where that is all it can name; else empty."""
    control = grid_control(label_schema)
    return answer.get(control["name"]) or "" if control else ""


def control_of(batch: Batch) -> dict[str, Any] | None:
    """The question of a batch that can be answered on a grid, or None.

    Where suggestions come after the answer, each item has to be answered by itself.
    """
    version = current_version(batch.project)
    if version is None or batch.suggestions == Batch.Suggestions.AFTER:
        return None
    return grid_control(version.label_schema)


def with_grid(batches: Sequence[Batch]) -> set[int]:
    """The ids of those whose question can be answered on a grid: one statement."""
    versions = InstructionVersion.objects.filter(
        project__in={batch.project_id for batch in batches},
        state=InstructionVersion.State.PUBLISHED,
    )
    suited = {version.project_id for version in versions if grid_control(version.label_schema)}
    return {
        batch.pk
        for batch in batches
        if batch.project_id in suited and batch.suggestions != Batch.Suggestions.AFTER
    }


def next_page(
    user: User,
    batch_id: int,
    *,
    value: str | None = None,
    known: Collection[uuid.UUID] = (),
    after: uuid.UUID | None = None,
    now: datetime | None = None,
) -> GridPage:
    """Lease up to 60 tasks beside those that the page knows of.

    `value` is the class to look for; without one, with suggestions, the class that comes next.
    `after` is where an earlier page said that the queue goes on. Raises Batch.DoesNotExist, and
    DomainError for a class that is not in the schema.
    """
    now = now or timezone.now()
    for _race in range(handout.TAB_RACES):
        # The same person took another slot of a task at this moment, in another tab: look again.
        with suppress(IntegrityError):
            return _next_page(user, batch_id, value, set(known), after, now)
    return _next_page(user, batch_id, value, set(known), after, now)


@transaction.atomic
def _next_page(
    user: User,
    batch_id: int,
    value: str | None,
    known: set[uuid.UUID],
    after: uuid.UUID | None,
    now: datetime,
) -> GridPage:
    found = handout.fetch_running(user, batch=batch_id, now=now)
    batch = found[0] if found else None
    control = control_of(batch) if batch else None
    if batch is None or control is None:
        raise Batch.DoesNotExist
    if value is not None and value not in classes(control):
        raise DomainError(_("This class is not in the schema."), field="value")
    if batch.suggestions in suggestions.PROPOSED:
        return _proposed_page(user, batch, control, value, known, after, now)
    if value is None:
        raise DomainError(_("Choose the class to look for."), field="value")
    return _mixed_page(user, batch, control, value, known, now)


def _mixed_page(
    user: User,
    batch: Batch,
    control: dict[str, Any],
    value: str,
    known: set[uuid.UUID],
    now: datetime,
) -> GridPage:
    wanted = len(known) + PAGE
    # Nobody could read sixty explanations at once.
    given = handout.next_assignments(
        user, batch=batch.pk, count=wanted, most=LEASES, teaches=False, now=now
    )
    fresh = [row for row in given.assignments if row.public_id not in known]
    # What came back to its author is read with its reason, on the ordinary page.
    rows = [row for row in fresh if row.rework_note is None]
    return GridPage(value, control, rows[:PAGE], given.reason)


def _proposed_page(
    user: User,
    batch: Batch,
    control: dict[str, Any],
    value: str | None,
    known: set[uuid.UUID],
    after: uuid.UUID | None,
    now: datetime,
) -> GridPage:
    held = [(row, _proposed(row, control)) for row in _held(user, batch)]
    free = [(row, proposed) for row, proposed in held if proposed and row.public_id not in known]
    look = _look(user, batch, control, after, now)
    if value is None:
        first = [proposed for _row, proposed in free] + [proposed for _slot, proposed in look.slots]
        value = first[0] if first else None
    rows = [row for row, proposed in free if proposed == value][:PAGE]
    most = min(PAGE - len(rows), _room(batch, len(held)))
    wanted = [slot for slot, proposed in look.slots if proposed == value][:most]
    rows += _held(user, batch, _claim(user, batch, wanted, now)) if wanted else []
    is_more = len(rows) < PAGE and _room(batch, len(held)) > len(wanted)
    return GridPage(value, control, rows, go_on_after=look.go_on_after if is_more else None)


def _room(batch: Batch, held_count: int) -> int:
    """How many more this person may hold in this batch."""
    room, allowed = LEASES - held_count, caps.left(batch)
    return max(0, room if allowed is None else min(room, allowed))


def _held(user: User, batch: Batch, ids: Collection[int] | None = None) -> list[Assignment]:
    own = Assignment.objects.filter(
        annotator=user, batch=batch, stage=Stage.ANNOTATE, state=Assignment.State.LEASED
    )
    own = own.filter(rework_note__isnull=True)
    rows = handout.for_work(own if ids is None else own.filter(pk__in=ids))
    return list(rows.order_by("leased_at", "precedence", "pk"))


def _proposed(assignment: Assignment, control: dict[str, Any]) -> str | None:
    """The class that the person may know, before they answer, the model takes the item for."""
    seen = suggestions.visible(assignment)
    is_first = seen and seen["mode"] == suggestions.Mode.SHOWN
    return seen["answer"].get(control["name"]) if is_first else None


def _look(
    user: User, batch: Batch, control: dict[str, Any], after: uuid.UUID | None, now: datetime
) -> Look:
    """The next stretch of open slots that this person may take, with the class the model says."""
    queue = batch.assignments.filter(stage=Stage.ANNOTATE, state=Assignment.State.OPEN)
    reached = batch.assignments.filter(public_id=after).first() if after else None
    if reached:
        # As one comparison of rows it is a place in the queue's index.
        place = (reached.precedence, reached.pk)
        queue = queue.filter(TupleGreaterThan(Tuple("precedence", "pk"), place))
    seen = queue.order_by("precedence", "pk").values_list("precedence", "pk", "public_id")[:LOOK]
    # What waits for the end of a filling is the last of the queue.
    end = (Precedence.FRESH, batch.fresh_below or slots.ALL)
    stretch = [(pk, public_id) for place, pk, public_id in seen if (place, pk) < end]
    rows = _candidates(user, batch, control, now).filter(pk__in=[pk for pk, _public_id in stretch])
    known = set(classes(control))
    # What is kept back for a blind answer must not show by its place on a page.
    found = [
        (row.pk, row.proposed)
        for row in rows
        if row.proposed in known and not suggestions.is_blind(row.task, batch)
    ]
    return Look(found, stretch[-1][1] if len(stretch) == LOOK else None)


def _candidates(
    user: User, batch: Batch, control: dict[str, Any], now: datetime
) -> QuerySet[Assignment]:
    """Slots that this person may take, one a task, with the class that the model says."""
    labeling = Assignment.objects.filter(
        task=OuterRef("task"), stage=Stage.ANNOTATE, round=OuterRef("round")
    )
    own = labeling.filter(annotator=user, state__in=slots.DONE_BY_PERSON)
    taken_out = slots.withdrawn(OuterRef("task")).filter(annotator=user)
    twin = labeling.filter(state=Assignment.State.OPEN, slot__lt=OuterRef("slot"))
    is_free = Q(offered_to=None) | Q(offered_to=user) | Q(offered_until__lte=now)
    rows = Assignment.objects.filter(is_free, ~Exists(own), ~Exists(taken_out), ~Exists(twin))
    # A lease would begin at this moment.
    rows = rows.alias(now=Value(now, output_field=DateTimeField()))
    return (
        rows.filter(rework_note__isnull=True)
        .annotate(proposed=suggestions.shown_first(batch, control["name"], at="now"))
        .select_related("task")
        .order_by("precedence", "pk")
    )


def _claim(user: User, batch: Batch, wanted: list[int], now: datetime) -> list[int]:
    """Lease those of the slots that are still open; return their ids."""
    free = list(slots.still_open(wanted).filter(slots.handed_out()))
    Assignment.objects.filter(pk__in=[row.pk for row in free]).update(
        state=Assignment.State.LEASED,
        annotator=user,
        leased_at=now,
        leased_until=now + batch.lease_time,
        instruction_version=published_content(batch.version_id),
    )
    if free:
        record_each(user, "assignment.leased", free)
    return [row.pk for row in free]


def submit_page(
    user: User, rows: Sequence[Answered], *, clocks: annotations.Clocks = annotations.NOT_MEASURED
) -> list[Fate]:
    """Store each answer by itself: one that is refused does not hold up the others.

    The time of the page is shared out among its items.
    """
    count = max(1, len(rows))
    share = annotations.Clocks(
        *(
            None if value is None else value // count
            for value in (clocks.active_ms, clocks.reading_ms, clocks.idle_ms)
        )
    )

    def submit(row: Answered) -> None:
        annotations.submit(
            row.assignment, answer=row.answer, request_id=row.request_id, clocks=share, by=user
        )

    return [fate_of(row.assignment, lambda row=row: submit(row)) for row in rows]


def undo_page(user: User, ids: Sequence[uuid.UUID]) -> list[Fate]:
    """Take each of these answers back, as far as that is still possible."""
    return [fate_of(id, lambda id=id: withdrawals.withdraw(id, by=user)) for id in ids]


def release_page(
    user: User, ids: Sequence[uuid.UUID], *, stage: Stage = Stage.ANNOTATE
) -> list[Fate]:
    """Give back what was leased for a page that is being left."""
    own = Assignment.objects.filter(annotator=user, stage=stage)
    return [
        fate_of(id, lambda id=id: assignments.release(own.get(public_id=id), by=user)) for id in ids
    ]


@transaction.atomic
def beat_page(
    user: User,
    ids: Sequence[uuid.UUID],
    *,
    stage: Stage = Stage.ANNOTATE,
    now: datetime | None = None,
) -> list[Fate]:
    """Move the ends of these leases on while their person is at work: one statement for all."""
    now = now or timezone.now()
    own = Assignment.objects.filter(
        annotator=user, stage=stage, state=Assignment.State.LEASED, public_id__in=ids
    )
    held = list(own.select_related("batch").order_by("pk").select_for_update(of=("self",)))
    for row in held:
        row.leased_until = now + row.batch.lease_time
    Assignment.objects.bulk_update(held, ["leased_until"])
    alive = {row.public_id for row in held}
    lost = {"code": "lease_lost", "message": _("The time for this task is over.")}
    return [Fate(id, {} if id in alive else lost) for id in ids]


def fate_of(assignment: uuid.UUID, act: Callable[[], Any]) -> Fate:
    """Do it, and say what became of it: what is refused does not hold up the rest of a page."""
    try:
        act()
    except Assignment.DoesNotExist:
        return Fate(assignment, {"code": "not_found", "message": _("There is no such task.")})
    except DomainError as error:
        return Fate(assignment, error.as_dict())
    return Fate(assignment)
