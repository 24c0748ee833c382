"""Looks for gold whose answers got around: whoever knows them does better there than elsewhere.

Nothing happens to anybody by itself: the gold is rotated, and a manager is told.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from reviews.models import GoldLeak, Measurement
from reviews.quality.gold import Share, halves, is_leak, share_of
from tasks.models import GoldItem, GoldServing, Project
from tasks.services import gold as pool
from tasks.services.checks import check_words

# What a finding rests on; then people and gold have changed.
WINDOW = timedelta(days=90)
# Of the items that somebody has met, so many in a hundred are changed for fresh ones.
ROTATED_PERCENT = 50
NOTE_LENGTH = 1_000
Pattern = GoldLeak.Pattern
Outcomes = dict[int, list[tuple[int, bool]]]


def check_leaks(*, now: datetime | None = None) -> int:
    """Compare everybody in every project with gold; how many suspicions are new."""
    now = now or timezone.now()
    projects = Project.objects.filter(gold_items__state=GoldItem.State.ACTIVE).distinct()
    return sum(check_project(project, now=now) for project in projects.order_by("pk"))


def check_project(project: Project, *, now: datetime) -> int:
    """New suspicions in a project; the gold is rotated once for all of them."""
    found = [
        (person, pattern, fresh, exposed)
        for person, pattern, fresh, exposed in _comparisons(project, now - WINDOW)
        if is_leak(fresh, exposed)
    ]
    if not found:
        return 0
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        known = set(_recent(project, now).values_list("person", "pattern"))
        new = [entry for entry in found if (entry[0], entry[1]) not in known]
        if new:
            rotated = _rotate(project)
            for person, pattern, fresh, exposed in new:
                _tell(project, person, pattern, fresh, exposed, rotated, now)
    return len(new)


def close(leak: GoldLeak, *, note: str, by: User) -> GoldLeak:
    """Say what was found out. Raises Conflict when it was closed before."""
    note = check_words(note, NOTE_LENGTH, field="note")
    with transaction.atomic():
        leak = GoldLeak.objects.select_for_update().get(pk=leak.pk)
        if leak.closed_at:
            raise Conflict(_("Somebody else has looked into this."), code="already_closed")
        leak.closed_at, leak.closed_by, leak.note = timezone.now(), by, note
        leak.save(update_fields=["closed_at", "closed_by", "note"])
        record(by, "gold.leak_closed", leak, reason=note)
    return leak


def _recent(project: Project, now: datetime) -> QuerySet[GoldLeak]:
    """What is open, or was closed so lately that it rests on the same answers."""
    return project.gold_leaks.exclude(closed_at__lt=now - WINDOW)


def _comparisons(
    project: Project, since: datetime
) -> Iterator[tuple[int, GoldLeak.Pattern, Share, Share]]:
    on_gold, in_audits = _outcomes(project, since)
    for person, outcomes in sorted(on_gold.items()):
        fresh, exposed = halves(outcomes)
        yield person, Pattern.LATER, fresh, exposed
        yield person, Pattern.AUDIT, share_of(in_audits[person]), fresh + exposed


def _outcomes(project: Project, since: datetime) -> tuple[Outcomes, dict[int, list[bool]]]:
    """Of each person: (how many had met it before, right) on gold, and right in random audits."""
    counted = Measurement.objects.filter(
        project=project, is_void=False, annotation__submitted_at__gte=since
    )
    served = GoldServing.objects.filter(gold__project=project, served_at__gte=since - WINDOW)
    earlier = {
        (task, person): count
        for task, person, count in served.values_list("task", "person", "earlier_count").iterator()
    }
    on_gold: Outcomes = defaultdict(list)
    in_audits: dict[int, list[bool]] = defaultdict(list)
    rows = counted.values_list("person", "source", "is_right", "annotation__task").order_by("pk")
    for person, source, is_right, task in rows.iterator():
        if source == Measurement.Source.AUDIT:
            in_audits[person].append(is_right)
        elif (task, person) in earlier:
            on_gold[person].append((earlier[task, person], is_right))
    return on_gold, in_audits


def _rotate(project: Project) -> int:
    """Retire the half of the met items that most people had; what nobody met stays."""
    met = project.gold_items.filter(state=GoldItem.State.ACTIVE, served_count__gt=0)
    rows = list(met.select_for_update(of=("self",)).order_by("-served_count", "pk"))
    worn = rows[: -(-len(rows) * ROTATED_PERCENT // 100)]
    for gold in worn:
        pool.move(gold, GoldItem.State.RETIRED, by=None, reason="its answer may be known")
    return len(worn)


def _tell(
    project: Project,
    person: int,
    pattern: str,
    fresh: Share,
    exposed: Share,
    rotated: int,
    now: datetime,
) -> None:
    figures = {"fresh": asdict(fresh), "exposed": asdict(exposed)}
    leak = GoldLeak.objects.create(
        project=project,
        person_id=person,
        pattern=pattern,
        figures=figures,
        rotated_count=rotated,
        found_at=now,
    )
    record(None, "gold.leak_found", leak, after={"pattern": pattern, **figures})
