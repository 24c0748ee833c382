"""Has experts look again at what somebody did lately. Nothing of it is taken back before."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from labelops.accounts.models import User
from reviews.models import Consensus
from reviews.services.queue import open_look
from tasks.models import Annotation, Assignment, Project, Stage, Task

LATELY = timedelta(days=14)
AFTER_ALARM = 50
AFTER_SUSPENSION = 200
REASON = {"code": "author_in_doubt", "params": {}}


def look_again(project: Project, person: User, *, most: int, now: datetime) -> int:
    """A review slot on the newest labels of theirs that stand without an expert's decision."""
    own = Annotation.objects.filter(
        task=OuterRef("task"), author=person, submitted_at__gte=now - LATELY
    )
    looked_at = Assignment.objects.filter(
        task=OuterRef("task"),
        stage=Stage.REVIEW,
        state__in=[
            Assignment.State.OPEN,
            Assignment.State.LEASED,
            Assignment.State.PARKED,
        ],
    )
    standing = Consensus.objects.filter(
        Exists(own),
        ~Exists(looked_at),
        batch__project=project,
        standing=Consensus.Standing.UNDECIDED,
        task__state=Task.State.ACCEPTED,
    ).select_related("task__batch")
    count = 0
    for consensus in standing.order_by("-task")[:most]:
        if open_look(consensus.task) is None:
            continue
        consensus.reasons.append(REASON)
        consensus.save(update_fields=["reasons"])
        count += 1
    return count
