"""Claims open labeling slots: one conditional UPDATE that walks the queue's index.

Nothing here depends on the number of tasks. A person's place in the queue of a batch is the last
fresh slot they took: slots behind it that are still open were not for them. `from_the_start`
looks behind it all the same, for the rare slot that was locked or became free to them since.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from labelops.accounts.models import User
from labelops.prepared_cursor import prepared_cursor
from tasks.models import Precedence
from tasks.services.slots import ALL

BELOW = "COALESCE((SELECT fresh_below FROM tasks_batch WHERE id = %s), %s)"


@dataclass(frozen=True)
class Source:
    """A batch that may hand out: under which version, until when, and at most how many.

    `day_left` is what the person may still get today of all batches of the project together.
    """

    batch_id: int
    version_id: int
    leased_until: datetime
    most: int
    project_id: int
    day_left: int | None

    def after(self, taken: int) -> "Source":
        """What is left of it once so many were taken of its project."""
        return self if self.day_left is None else replace(self, day_left=self.day_left - taken)


def claim(
    user: User, sources: Sequence[Source], *, count: int, now: datetime, from_the_start: bool
) -> list[int]:
    """Lease up to `count` open slots; return their ids. Own offers first, then batch by batch.

    Raises IntegrityError when the same person claims in another tab at this very moment.
    """
    if not sources or count <= 0:
        return []
    query = _Query(user, now)
    branches: list[str] = []
    for project_id, group in _by_limit(sources).items():
        if project_id is None:
            branches += query.branches(group, count, from_the_start)
        elif (most := min(count, group[0].day_left or 0)) > 0:
            branches.append(query.limited(group, most, from_the_start))
    if not branches:
        return []
    sql = query.update(sources, branches, count)
    with prepared_cursor() as cursor:
        cursor.execute(sql, query.parameters)
        return [row[0] for row in cursor.fetchall()]


def _by_limit(sources: Sequence[Source]) -> dict[int | None, list[Source]]:
    """In their order: all without a limit of the day, and those of each project that has one."""
    groups: dict[int | None, list[Source]] = {}
    for source in sources:
        project_id = None if source.day_left is None else source.project_id
        groups.setdefault(project_id, []).append(source)
    return groups


class _Query:
    """The SQL text with its parameters in order. Every value is a parameter."""

    def __init__(self, user: User, now: datetime) -> None:
        self.user_id = user.pk
        self.now = self._moment(now)
        self.parameters: list[Any] = []
        can_skip = connection.features.has_select_for_update_skip_locked
        self.lock = "FOR UPDATE OF slot SKIP LOCKED" if can_skip else ""

    def _moment(self, moment: datetime) -> Any:
        return connection.ops.adapt_datetimefield_value(moment)

    def branches(self, sources: Sequence[Source], count: int, from_the_start: bool) -> list[str]:
        """Own offers, then the queue of each batch."""
        found = [self.offers(sources, count)]
        for source in sources:
            most = min(count, source.most)
            found.append(self.queue(source, Precedence.BEGUN, most, from_the_start))
            found.append(self.queue(source, Precedence.FRESH, most, from_the_start))
        return found

    def limited(self, sources: Sequence[Source], most: int, from_the_start: bool) -> str:
        """The same of batches that may give only so many together."""
        branches = self.branches(sources, most, from_the_start)
        self.parameters.append(most)
        pool = f"SELECT id FROM ({' UNION ALL '.join(branches)}) pool LIMIT %s"
        return f"SELECT id FROM ({pool}) limited"

    def offers(self, sources: Sequence[Source], count: int) -> str:
        """Slots that this person is offered: rework first, then their own begun work."""
        marks = ", ".join(["%s"] * len(sources))
        self.parameters += [self.user_id, *(source.batch_id for source in sources)]
        own = self._own()
        self.parameters.append(count)
        return f"""
            SELECT id FROM (
                SELECT slot.id FROM tasks_assignment slot
                WHERE slot.offered_to_id = %s AND slot.state = 'open'
                  AND slot.stage = 'annotate' AND slot.batch_id IN ({marks}) AND {own}
                ORDER BY slot.rework_note IS NULL, slot.id LIMIT %s {self.lock}
            ) offered"""

    def queue(self, source: Source, precedence: int, most: int, from_the_start: bool) -> str:
        """The first open slots of a batch that this person may take, one a task."""
        self.parameters += [source.batch_id, precedence]
        reached = "0"
        if precedence == Precedence.FRESH and not from_the_start:
            reached = """COALESCE((
                SELECT MAX(past.id) FROM tasks_assignment past
                WHERE past.annotator_id = %s AND past.batch_id = %s
                  AND past.stage = 'annotate' AND past.precedence = %s), 0)"""
            self.parameters += [self.user_id, source.batch_id, precedence]
        self.parameters.append(precedence)
        waits, shown = "", ""
        if precedence == Precedence.FRESH:
            waits, shown = f"slot.id >= {BELOW} OR", f"WHERE id < {BELOW}"
            self.parameters += [source.batch_id, ALL]
        self.parameters += [self.now, self.user_id]
        own = self._own()
        self.parameters += [self.user_id, most]
        if shown:
            self.parameters += [source.batch_id, ALL]
        # Scalar subqueries, each an index probe: EXISTS would let PostgreSQL hash all rows of
        # a busy person at every call. The pair (precedence, id) is what only the queue's index
        # is ordered by: with the id alone PostgreSQL may walk the slots of all other batches.
        # What waits for the end of a filling comes last: found, it ends the walk, and is left out.
        # The number is read here: in the statement before, the filling may not have begun.
        return f"""
            SELECT id FROM (
                SELECT slot.id FROM tasks_assignment slot
                WHERE slot.batch_id = %s AND slot.stage = 'annotate' AND slot.state = 'open'
                  AND (slot.precedence, slot.id) > (%s, {reached})
                  AND slot.precedence <= %s
                  AND ({waits}
                       (slot.offered_to_id IS NULL
                        OR (slot.offered_until <= %s AND slot.offered_to_id <> %s))
                       AND {own}
                       AND (SELECT 1 FROM tasks_assignment twin
                            WHERE twin.task_id = slot.task_id AND twin.stage = 'annotate'
                              AND twin.round = slot.round AND twin.state = 'open'
                              AND (twin.slot < slot.slot OR twin.offered_to_id = %s)
                            LIMIT 1) IS NULL)
                ORDER BY slot.precedence, slot.id LIMIT %s {self.lock}
            ) queued {shown}"""

    def _own(self) -> str:
        """Not what the person has had in this round, nor what an answer of theirs was taken of."""
        self.parameters += [self.user_id, self.user_id]
        return """(SELECT 1 FROM tasks_assignment own
                   WHERE own.task_id = slot.task_id AND own.annotator_id = %s
                     AND own.stage = 'annotate' AND own.round = slot.round
                     AND own.state IN ('leased', 'submitted', 'skipped')
                   LIMIT 1) IS NULL
                AND (SELECT 1 FROM tasks_assignment past
                     WHERE past.task_id = slot.task_id AND past.annotator_id = %s
                       AND past.state = 'revoked' AND past.reason = 'withdrawn'
                     LIMIT 1) IS NULL"""

    def update(self, sources: Sequence[Source], branches: list[str], count: int) -> str:
        chosen = f"SELECT id FROM ({' UNION ALL '.join(branches)}) candidates LIMIT %s"
        # An array is computed once; PostgreSQL may run a plain IN again for each row.
        is_chosen = (
            f"= ANY(ARRAY({chosen}))" if connection.vendor == "postgresql" else f"IN ({chosen})"
        )
        head: list[Any] = [self.user_id, self.now]
        untils = [(source.batch_id, self._moment(source.leased_until)) for source in sources]
        versions = [(source.batch_id, source.version_id) for source in sources]
        by_batch = " ".join(["WHEN %s THEN %s"] * len(sources))
        for pairs in (untils, versions):
            head += [value for pair in pairs for value in pair]
        self.parameters = [*head, *self.parameters, count]
        return f"""
            UPDATE tasks_assignment
            SET state = 'leased', annotator_id = %s, leased_at = %s,
                leased_until = CASE batch_id {by_batch} END,
                instruction_version_id = CASE batch_id {by_batch} END
            WHERE state = 'open' AND id {is_chosen}
            RETURNING id"""
