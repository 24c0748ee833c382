"""What mistakes cost in a project, by class: the review queue goes by the expected cost."""

from collections import defaultdict

from django.db import transaction
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from reviews.models import MistakeCost
from reviews.quality.judgement import Costs
from tasks.models import Project
from tasks.services.archiving import lock_project
from tasks.services.checks import check_fields


def costs_of(project_id: int) -> Costs:
    """By control and class; what is not named costs 1."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    rows = MistakeCost.objects.filter(project=project_id).values_list("control", "value", "cost")
    for control, value, cost in rows:
        found[control][value] = cost
    return dict(found)


def set_costs(project: Project, wanted: dict[tuple[str, str], float], *, by: User) -> None:
    """Replace the costs of a project's classes, (control, value) each. Raises DomainError.

    The queue follows with the next fit: its caller wakes that job.
    """
    now = timezone.now()
    rows = [
        MistakeCost(project=project, control=control, value=value, cost=cost, set_at=now)
        for (control, value), cost in sorted(wanted.items())
    ]
    for row in rows:
        check_fields(row, "cost")
    with transaction.atomic():
        lock_project(project.pk)
        before = costs_of(project.pk)
        MistakeCost.objects.filter(project=project).delete()
        # A row of the usual cost is kept, too: its time says when the costs changed last.
        MistakeCost.objects.bulk_create(rows)
        after = costs_of(project.pk)
        if after != before:
            record(by, "project.mistake_costs", project, before=before, after=after)
