"""What becomes of suspicions when an expert decides a label, or another label takes its place."""

from django.db import transaction
from django.utils import timezone

from reviews.models import Consensus, LabelIssue
from tasks.models import Task


def note(task: Task, *, was_wrong: bool) -> None:
    """An expert has decided: all that was suspicious of the label is confirmed, or is not.

    Callers hold the consensus of the task, so that none is found at the same moment.
    """
    waiting = LabelIssue.objects.waiting().filter(task=task)
    waiting.update(is_confirmed=was_wrong, decided_at=timezone.now())


def redecide(task: Task, *, was_wrong: bool | None) -> None:
    """Another decision takes the place of the first; None: it is taken back, or yet to be noted.

    What was decided of an earlier label of the task stays: it was another label.
    """
    computed_at = Consensus.objects.filter(task=task).values("computed_at")
    decided = LabelIssue.objects.decided().filter(task=task, decided_at__gte=computed_at[:1])
    if was_wrong is None:
        decided.update(is_confirmed=None, decided_at=None)
    else:
        decided.update(is_confirmed=was_wrong)


def forget(task_ids: list[int]) -> None:
    """Other labels stand for these tasks by now: what was suspicious of the old ones is gone."""
    LabelIssue.objects.waiting().filter(task__in=task_ids).delete()


def clear(task_ids: list[int]) -> None:
    """The same, where the tasks were not assessed anew: their queue knows of it still."""
    forget(task_ids)
    doubted = Consensus.objects.filter(task__in=task_ids, suspicion__gt=0).order_by("pk")
    with transaction.atomic():
        for consensus in doubted.select_for_update(of=("self",)):
            consensus.suspect(0, None)
            consensus.save(update_fields=["suspicion", "p_wrong", "risk", "reasons"])
