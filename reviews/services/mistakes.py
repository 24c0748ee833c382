"""A person's mistakes between classes: what reviews told them, and what was measured of them."""

from collections import defaultdict
from datetime import datetime

from labelops.accounts.models import User
from reviews.models import Feedback, Measurement
from reviews.quality.mistakes import Mistake
from tasks.kinds.answer import value_of
from tasks.kinds.schema import single_choice
from tasks.models import Annotation, Project, Task
from tasks.services.instructions import published_content

# The newest are read; older ones say little of what somebody gets wrong today.
READ = 500


def mistakes_of(
    person: User,
    *,
    since: datetime,
    project: Project | None = None,
    until: datetime | None = None,
    measured_until: datetime | None = None,
) -> dict[int, list[Mistake]]:
    """By project, each answer counted once. Projects without one single choice have none.

    Hidden checks count up to `measured_until`: their author must not see the latest ones at once.
    """
    found = _told(person, since, until, project) | _measured(
        person, since, measured_until or until, project
    )
    by_project: dict[int, list[Mistake]] = defaultdict(list)
    for project_id, mistake in found.values():
        by_project[project_id].append(mistake)
    return by_project


def _told(
    person: User, since: datetime, until: datetime | None, project: Project | None
) -> dict[int, tuple[int, Mistake]]:
    """From the last decision on each answer; what was overturned left the answer accepted."""
    rows = Feedback.objects.filter(
        author=person,
        outcome__in=Annotation.OVERRULED,
        annotation__state__in=Annotation.OVERRULED,
        review__withdrawn_at=None,
        created_at__gt=since,
    ).select_related("annotation__task__batch", "review")
    if until:
        rows = rows.filter(created_at__lt=until)
    if project:
        rows = rows.filter(annotation__task__batch__project=project)
    newest: dict[int, Feedback] = {}
    for entry in rows.order_by("-id")[:READ]:
        newest.setdefault(entry.annotation_id, entry)
    return {
        annotation_id: (entry.annotation.task.batch.project_id, mistake)
        for annotation_id, entry in newest.items()
        if (mistake := _mistake(entry))
    }


def _mistake(entry: Feedback) -> Mistake | None:
    """A rejection names no class; the label that was accepted in the end does."""
    schema = published_content(entry.annotation.instruction_version_id).label_schema
    choice = single_choice(schema)
    task = entry.annotation.task
    right = entry.review.answer
    if right is None and task.state == Task.State.ACCEPTED:
        right = task.result_answer
    if choice is None or right is None:
        return None
    given, expected = value_of(choice, entry.annotation.answer), value_of(choice, right)
    if given is None or expected is None or given == expected:
        return None
    return Mistake(choice["name"], str(given), str(expected))


def _measured(
    person: User, since: datetime, until: datetime | None, project: Project | None
) -> dict[int, tuple[int, Mistake]]:
    rows = (
        Measurement.objects.filter(
            person=person, is_right=False, is_void=False, measured_at__gt=since
        )
        .exclude(expected="")
        .exclude(given="")
        .select_related("annotation")
    )
    if until:
        rows = rows.filter(measured_at__lt=until)
    if project:
        rows = rows.filter(project=project)
    found = {}
    for row in rows.order_by("-id")[:READ]:
        choice = single_choice(
            published_content(row.annotation.instruction_version_id).label_schema
        )
        if choice and row.given != row.expected:
            mistake = Mistake(choice["name"], row.given, row.expected)
            found[row.annotation_id] = (row.project_id, mistake)
    return found
