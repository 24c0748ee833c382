"""Who may still label a task: so that no task waits for somebody who does not exist."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from labelops.accounts.models import Membership, Team, User
from tasks.access import LABELERS
from tasks.models import Assignment, Batch, Qualification, Stage, Task
from tasks.services import slots


def eligible_people(batch: Batch) -> QuerySet[User]:
    """Active people of the batch's teams at its level and in its language."""
    memberships = Membership.objects.filter(
        user=OuterRef("pk"),
        role__in=LABELERS,
        team__is_active=True,
        team__in=Team.objects.filter(batches=batch),
    )
    people = User.objects.filter(Exists(memberships), is_active=True)
    if batch.min_level:
        has_level = Qualification.objects.filter(
            person=OuterRef("pk"), project=batch.project_id, level__gte=batch.min_level
        )
        people = people.filter(Exists(has_level))
    return people


def anybody_left(task: Task) -> bool:
    """Whether an eligible person has neither answered, skipped nor taken this round of the task."""
    had_it = Assignment.objects.filter(
        Q(state__in=slots.DONE_BY_PERSON),
        task=task,
        annotator=OuterRef("pk"),
        stage=Stage.ANNOTATE,
        round=task.round,
    )
    left = eligible_people(task.batch).exclude(Exists(had_it))
    if not task.batch.language:
        return left.exists()
    return any(task.batch.language in person.reads for person in left.only("languages"))
