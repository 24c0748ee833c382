"""The pool of items whose answer is known: what goes in, rests and leaves."""

from collections.abc import Iterable

from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import Assignment, GoldItem, Item, ReservedItem, Task

State = GoldItem.State
Purpose = ReservedItem.Purpose
# While an item is one of these, it is kept out of new work, lessons, exams and examples.
KEPT = (State.PROPOSED, State.ACTIVE, State.SUSPENDED)


def add(item: Item, *, label_class: str, by: User | None, state: State) -> GoldItem:
    """Put an item into the pool, or back into it. The caller knows what is right about it."""
    gold, is_new = GoldItem.objects.get_or_create(
        project_id=item.project_id,
        item=item,
        defaults={"label_class": label_class, "state": state},
    )
    if is_new:
        record(by, "gold.added", gold, after={"state": state})
    else:
        if gold.label_class != label_class:
            gold.label_class = label_class
            gold.save(update_fields=["label_class"])
        move(gold, state, by=by)
    _reserve(gold)
    return gold


def move(gold: GoldItem, state: State, *, by: User | None, reason: str = "") -> None:
    """Suspend, retire or use an item of the pool. Doing it again changes nothing.

    Whoever has it before them goes on as with any work.
    """
    before = gold.state
    if before == state:
        return
    gold.state = state
    if state in (State.SUSPENDED, State.ACTIVE):
        gold.is_doubted = state == State.SUSPENDED
    gold.save(update_fields=["state", "is_doubted"])
    if state == State.RETIRED:
        ReservedItem.objects.filter(item=gold.item_id, purpose=Purpose.GOLD).delete()
    elif before == State.RETIRED:
        _reserve(gold)
    record(
        by, f"gold.{state}", gold, before={"state": before}, after={"state": state}, reason=reason
    )


def retire_shown(items: Iterable[Item], *, by: User, reason: str) -> None:
    """Everybody is shown these items from now on: they measure nobody any more."""
    for gold in GoldItem.objects.filter(item__in=list(items), state__in=KEPT).order_by("pk"):
        move(gold, State.RETIRED, by=by, reason=reason)


def doubt(task: Task, *, by: User, reason: str) -> None:
    """Suspend the gold of a task whose item cannot be labeled; who waits for it gets it no more."""
    Assignment.objects.filter(
        task=task, state__in=[Assignment.State.OPEN, Assignment.State.PARKED]
    ).update(state=Assignment.State.REVOKED, ended_at=timezone.now())
    found = GoldItem.objects.select_for_update(of=("self",)).filter(
        item=task.item_id, state=State.ACTIVE
    )
    for gold in found:
        move(gold, State.SUSPENDED, by=by, reason=reason)


def _reserve(gold: GoldItem) -> None:
    """Keep the item out of new work; the tasks it had stay as they are."""
    ReservedItem.objects.get_or_create(
        item_id=gold.item_id,
        purpose=Purpose.GOLD,
        defaults={"project_id": gold.project_id, "reserved_at": timezone.now()},
    )
