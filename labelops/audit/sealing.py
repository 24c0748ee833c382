"""Seals events some seconds after they were written: the chain, and the project of each event.

What waits for it are people who look at the log, not those whose change is written: their
transaction only inserts its event.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labelops.audit.chain import COLUMNS, Head, digest, head
from labelops.audit.models import Event, EventSeal, SealMark
from labelops.audit.subjects import project_ids

# An insert draws its number a moment before its transaction can be seen.
AGE = timedelta(seconds=2)
CHUNK = 1_000
# People wait for other work of the same worker, so a backlog is sealed bit by bit.
RUN_SECONDS = 2.0
MARK = 1
SNAPSHOT = (
    "SELECT pg_snapshot_xmin(taken)::text::bigint, pg_snapshot_xmax(taken)::text::bigint, "
    "(SELECT id FROM audit_event WHERE created_at <= %s ORDER BY id DESC LIMIT 1) "
    "FROM pg_current_snapshot() AS taken"
)


def seal_events(now: datetime | None = None) -> int:
    """Seal what is ripe, for some seconds at most; the next run goes on. Returns how many.

    Runs may meet: a link is made from rows that never change, and its number is unique.
    """
    started, count = time.monotonic(), 0
    cutoff = (now or timezone.now()) - AGE
    while time.monotonic() - started < RUN_SECONDS:
        last = head()
        made = seal_up_to(_ripe(cutoff, last), last)
        if not made:
            break
        count += made
    return count


def seal_up_to(event_id: int, last: Head | None = None) -> int:
    """Add one chunk of links to the chain; none when somebody else is just adding them."""
    last = last or head()
    waiting = Event.objects.filter(id__gt=last.event_id, id__lte=event_id).order_by("id")
    events = list(waiting.values(*COLUMNS)[:CHUNK])
    projects = project_ids({(event["target_type"], event["target_id"]) for event in events})
    try:
        with transaction.atomic():
            EventSeal.objects.bulk_create(_links(last, events, projects))
    except IntegrityError:
        return 0
    return len(events)


def _links(
    last: Head, events: list[dict[str, Any]], projects: dict[tuple[str, str], int]
) -> list[EventSeal]:
    links, sha256 = [], last.sha256
    for sequence, event in enumerate(events, last.sequence + 1):
        project_id = projects.get((event["target_type"], event["target_id"]))
        sha256 = digest(sha256, event, project_id)
        links.append(
            EventSeal(
                event_id=event["id"],
                sequence=sequence,
                sha256=sha256,
                project_id=project_id,
                actor_id=event["actor_id"],
                verb=event["verb"],
                created_at=event["created_at"],
            )
        )
    return links


def _ripe(cutoff: datetime, last: Head) -> int:
    """The event up to which no other one can appear any more."""
    if connection.vendor != "postgresql":
        # One writer at a time: numbers become visible in their order.
        old = Event.objects.filter(created_at__lte=cutoff).order_by("-id")
        return old.values_list("id", flat=True).first() or 0
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOT, [cutoff])
        xmin, xmax, newest = cursor.fetchone()
    newest = newest or 0
    if xmin >= xmax:
        # Nobody writes at this moment.
        return newest
    return _ripe_by_mark(last, newest, xmin, xmax)


def _ripe_by_mark(last: Head, newest: int, xmin: int, xmax: int) -> int:
    """Numbers are drawn in another order than they are committed in.

    So the newest event is remembered together with the first transaction that has not begun; it
    counts when all before that one have ended, and the next one is remembered when it is sealed.
    """
    mark = SealMark.objects.filter(pk=MARK).first()
    is_over = mark is not None and mark.next_transaction <= xmin
    # After a restore into another server its transactions are counted anew.
    is_foreign = mark is not None and mark.next_transaction > xmax
    if mark is None or is_foreign or (is_over and mark.event_id <= last.event_id):
        remembered = {"event_id": newest, "next_transaction": xmax}
        SealMark.objects.update_or_create(pk=MARK, defaults=remembered)
        return 0
    return mark.event_id if is_over else 0
