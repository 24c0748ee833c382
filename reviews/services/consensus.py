"""Assesses a task whose labels are in: vote, agreement, doubt, and whether an expert must look."""

import random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from reviews.models import Consensus, QualitySnapshot
from reviews.quality.consensus import Vote, vote
from reviews.quality.doubt import doubt
from reviews.quality.item_agreement import item_agreement
from reviews.quality.posterior import accuracy, certainty
from reviews.services.figures import count_classes
from tasks.models import Annotation, Task
from tasks.services import eligibility, results

METHOD = "vote"
CHUNK = 100
CHECKS = 100
DECIDED = (Annotation.State.ACCEPTED, Annotation.State.FIXED, Annotation.State.REJECTED)
COMPUTED = [
    field.name
    for field in Consensus._meta.concrete_fields
    if not field.primary_key and field.name != "task"
]
ASSESSABLE = (Task.State.LABELING, Task.State.REWORK)
Commonness = dict[str, dict[str, int]]


def assess(
    task_id: int, *, rng: random.Random | None = None, commonness: Commonness | None = None
) -> Consensus | None:
    """Recompute the consensus of a task and move the task on. None when it is not waiting.

    Several labels that disagree, ties, and everything that was reworked go to review; of the rest
    the batch's review rate is drawn at random; what is left is accepted by vote.
    """
    # Within a sweep this is a part of its transaction: nobody catches its errors in between.
    with transaction.atomic(savepoint=False):
        task = results.lock_task(task_id)
        if task.state not in ASSESSABLE or task.labels_complete_at is None:
            return None
        answers = list(
            Annotation.objects.filter(task=task, assignment__round=task.round)
            .select_related("instruction_version")
            .order_by("id")
        )
        if commonness is None:
            commonness = class_commonness(task.batch.project_id)
        schema = answers[-1].instruction_version.label_schema
        outcome = vote(schema, [found.answer for found in answers], commonness=commonness)
        agreement = item_agreement(schema, [found.answer for found in answers])
        is_drawn = _is_drawn(task.batch.review_percent, rng)
        consensus = _store(task, outcome, agreement, is_drawn=is_drawn)
        if not _resolve_doubt(task, outcome, schema, answers):
            _move_on(task, outcome, answers, is_drawn=is_drawn)
    return consensus


def _resolve_doubt(
    task: Task, outcome: Vote, schema: dict[str, Any], answers: list[Annotation]
) -> bool:
    """In a batch with a target: another label while the answer is less certain, then an expert.

    False when the labels are certain enough, or the batch has no target.
    """
    target = task.batch.confidence_percent
    if target is None or task.state == Task.State.REWORK:
        return False
    sure = certainty(schema, outcome, [found.answer for found in answers], _accuracies(answers))
    if sure * 100 >= target:
        return False
    if len(answers) < task.batch.most_labels and eligibility.anybody_left(task):
        reason = f"{sure:.0%} certain, {target}% wanted"
        results.ask_for_another(task, labels=len(answers), reason=reason)
    else:
        results.open_adjudication(task, by=None, reason="the labels leave doubt")
    return True


def _accuracies(answers: list[Annotation]) -> list[float]:
    """Of each author, from the newest answers of theirs that experts checked at random."""
    found = []
    for answer in answers:
        checked = Annotation.objects.filter(
            author=answer.author_id,
            task__batch__project=answer.instruction_version.project_id,
            task__consensus__is_drawn=True,
            state__in=DECIDED,
        )
        states = list(checked.order_by("-pk").values_list("state", flat=True)[:CHECKS])
        found.append(accuracy(states.count(Annotation.State.ACCEPTED), len(states)))
    return found


def class_commonness(project_id: int) -> Commonness:
    """How often each class was chosen in the project; breaks ties.

    As of the newest figures: counting anew for each task would cost more than a tie is worth.
    """
    snapshot = QualitySnapshot.objects.filter(project=project_id).first()
    return snapshot.figures["class_counts"] if snapshot else count_classes(project_id)


def _is_drawn(percent: int, rng: random.Random | None) -> bool:
    rng = rng or random.SystemRandom()
    return rng.random() * 100 < percent


def _store(task: Task, outcome: Vote, agreement: float | None, *, is_drawn: bool) -> Consensus:
    in_doubt = doubt(outcome, agreement, drawn=is_drawn)
    consensus = Consensus(
        task=task,
        answer=outcome.answer,
        method=METHOD,
        confidence=outcome.confidence,
        agreement=agreement,
        is_tie=outcome.is_tie,
        votes={
            name: {str(label): count for label, count in votes.items()}
            for name, votes in outcome.votes.items()
        },
        annotation_count=outcome.n,
        doubt=in_doubt.score,
        reasons=[{"code": reason.code, "params": reason.params} for reason in in_doubt.reasons],
        is_drawn=is_drawn,
        computed_at=timezone.now(),
    )
    [stored] = Consensus.objects.bulk_create(
        [consensus], update_conflicts=True, unique_fields=["task"], update_fields=COMPUTED
    )
    return stored


def _move_on(task: Task, outcome: Vote, answers: list[Annotation], *, is_drawn: bool) -> None:
    if task.state == Task.State.REWORK:
        results.open_review(task, by=None, reason="reworked")
    elif outcome.n > 1 and not outcome.is_unanimous:
        results.open_review(task, by=None, reason="answers differ")
    elif is_drawn:
        results.open_review(task, by=None, reason="drawn at random")
    else:
        results.settle(
            task,
            answer=outcome.answer,
            source=Task.Source.VOTE,
            confidence=outcome.confidence,
            # A label is only as new as the oldest voice in it.
            version=min(
                (found.instruction_version for found in answers), key=lambda version: version.number
            ),
            by=None,
        )


def assess_waiting(*, rng: random.Random | None = None, project_id: int | None = None) -> int:
    """Assess every task whose wake-up call was lost, or that was labelled elsewhere."""
    count = 0
    commonness: dict[int, Commonness] = {}
    while True:
        # One commit for many tasks: each is short, and a disk flush a task would dominate.
        with transaction.atomic():
            chunk = _waiting(project_id)
            for task_id, owner in chunk:
                if owner not in commonness:
                    commonness[owner] = class_commonness(owner)
                assess(task_id, rng=rng, commonness=commonness[owner])
        count += len(chunk)
        if len(chunk) < CHUNK:
            return count


def _waiting(project_id: int | None) -> list[tuple[int, int]]:
    """Oldest first, under their row locks: what another sweep is at is passed over."""
    waiting = Task.objects.filter(state__in=ASSESSABLE, labels_complete_at__isnull=False)
    if project_id is not None:
        waiting = waiting.filter(batch__project=project_id)
    locked = waiting.select_for_update(
        of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
    )
    return list(
        locked.order_by("labels_complete_at", "id").values_list("pk", "batch__project")[:CHUNK]
    )
