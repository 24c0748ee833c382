"""How much work a person gets at most: in a batch, and in a project on one day of UTC.

What is handed out is counted when it is claimed, as with every limit of a batch: two tabs that
claim at the same moment may go over it by what one of them holds.
"""

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import Annotation, Assignment, Batch, Project, Stage, WorkCap
from tasks.services.checks import check_fields


def day_of(now: datetime) -> datetime:
    """When the day began, as dashboards count days."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def with_day(
    batches: QuerySet[Batch], user_id: int, now: datetime, day: datetime
) -> QuerySet[Batch]:
    """Batches with `day_limit` and `day_count` of a person; nothing is counted without a limit.

    Gold counts like all work: by what they get nobody can tell it apart.
    """
    own = WorkCap.objects.filter(project=OuterRef("project"), person=user_id)
    given = Annotation.everything.filter(
        author=user_id, submitted_at__gte=day, task__batch__project=OuterRef("project")
    )
    held = Assignment.objects.filter(
        annotator=user_id,
        stage=Stage.ANNOTATE,
        state=Assignment.State.LEASED,
        leased_until__gte=now,
        batch__project=OuterRef("project"),
    )
    count = _counted(given, "author") + _counted(held, "annotator")
    return batches.annotate(day_limit=Subquery(own.values("labels_per_day")[:1])).annotate(
        day_count=Case(
            When(Q(day_limit__isnull=False), then=count), default=0, output_field=IntegerField()
        )
    )


def _counted(rows: QuerySet, owner: str) -> Coalesce:
    counted = rows.order_by().values(owner).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def day_left(batch: Batch) -> int | None:
    """How many more the person may get in the project today; None without a limit."""
    return None if batch.day_limit is None else max(0, batch.day_limit - batch.day_count)


def left(batch: Batch) -> int | None:
    """How many more of the batch the person may get by all limits; None without any."""
    most = batch.most_by_person
    by_batch = None if most is None else max(0, most - batch.own_count - batch.held_count)
    return min((room for room in (by_batch, day_left(batch)) if room is not None), default=None)


def share_limit(batch: Batch) -> int | None:
    """The share of one person in labels: of all that the tasks of the batch need now."""
    if batch.person_share_percent is None:
        return None
    wanted = batch.progress.task_count * batch.overlap
    return max(1, wanted * batch.person_share_percent // 100)


def set_cap(
    project: Project, person: User, *, labels_per_day: int | None, by: User
) -> WorkCap | None:
    """Say how many labels somebody gives there in a day at most; None lifts the limit."""
    with transaction.atomic():
        found = WorkCap.objects.select_for_update().filter(project=project, person=person).first()
        before = {"labels_per_day": found.labels_per_day if found else None}
        after = {"labels_per_day": labels_per_day, "person": person.pk}
        if labels_per_day is None:
            if found:
                record(by, "work_cap.lifted", found, before=before, after=after)
                found.delete()
            return None
        cap = found or WorkCap(project=project, person=person)
        cap.labels_per_day, cap.set_by, cap.set_at = labels_per_day, by, timezone.now()
        check_fields(cap, "labels_per_day")
        cap.save()
        record(by, "work_cap.set", cap, before=before, after=after)
    return cap
