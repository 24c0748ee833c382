"""Assesses a task whose labels are in: vote, agreement, doubt, and whether an expert must look."""

import random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from reviews.models import Consensus, Measurement, QualitySnapshot
from reviews.quality.consensus import Vote, vote
from reviews.quality.doubt import doubt
from reviews.quality.item_agreement import item_agreement
from reviews.quality.judgement import BLENDED, MODEL, VOTE, is_inferable, judge
from reviews.quality.posterior import accuracy, certainty
from reviews.services import (
    fitted_models,
    inference,
    issue_outcomes,
    lone_models,
    model_voices,
    queue_marks,
    review_rates,
)
from reviews.services.figures import count_classes
from tasks.models import Annotation, Task
from tasks.services import eligibility, results
from tasks.services.grid import class_of

CHUNK = 100
CHECKS = 100
COMPUTED = [
    field.name
    for field in Consensus._meta.concrete_fields
    if not field.primary_key and field.name != "task"
]
ASSESSABLE = (Task.State.LABELING, Task.State.REWORK)
Commonness = dict[str, dict[str, int]]


def assess(
    task_id: int,
    *,
    rng: random.Random | None = None,
    commonness: Commonness | None = None,
    knowledge: fitted_models.Knowledge | None = None,
) -> Consensus | None:
    """Recompute the consensus of a task and move the task on. None when it is not waiting.

    Several labels that disagree, ties, and everything that was reworked go to review; of the rest
    the review rate is drawn at random; what is left is accepted.
    """
    # Within a sweep this is a part of its transaction: nobody catches its errors in between.
    with transaction.atomic(savepoint=False):
        task = results.lock_task(task_id)
        if task.state not in ASSESSABLE or task.labels_complete_at is None:
            return None
        answers = list(
            Annotation.objects.filter(task=task, assignment__round=task.round)
            .select_related("instruction_version", "author")
            .order_by("id")
        )
        project_id = task.batch.project_id
        if commonness is None:
            commonness = class_commonness(project_id)
        if knowledge is None:
            knowledge = fitted_models.stored(project_id)
        schema = answers[-1].instruction_version.label_schema
        outcome = vote(
            schema,
            [found.answer for found in answers],
            commonness=commonness,
            weights=knowledge.weights_of(schema, [found.author_id for found in answers]),
        )
        consensus = _judged(task, schema, answers, outcome, knowledge)
        is_alone = lone_models.is_alone(task, answers)
        if is_alone:
            lone_models.vouch(consensus, answers, task.batch)
        review_percent = review_rates.review_percent(
            task.batch, [found.author_id for found in answers]
        )
        _draw(consensus, task, review_percent, rng or random.SystemRandom())
        _store(consensus)
        issue_outcomes.forget([task.pk])
        queue_marks.mark(schema, [consensus])
        if is_alone or not _resolve_doubt(task, outcome, schema, answers):
            _move_on(task, consensus, outcome, answers)
    return consensus


def _judged(
    task: Task,
    schema: dict[str, Any],
    answers: list[Annotation],
    outcome: Vote,
    knowledge: fitted_models.Knowledge,
) -> Consensus:
    said = [(found.author_id, found.answer) for found in answers]
    shifts = model_voices.shifts_on(task, knowledge.models, knowledge.model_version_id, schema)
    beliefs = inference.beliefs_of(knowledge.models, schema, said, shifts)
    agreement = item_agreement(schema, [found.answer for found in answers])
    doubted = doubt(outcome, agreement)
    rest = 0.0 if is_inferable(schema, outcome) else doubted.score
    method = BLENDED if shifts else MODEL
    judged = judge(
        schema,
        outcome.answer,
        rest,
        beliefs,
        costs=knowledge.costs,
        method=method,
        decided_by=model_voices.people_alone(knowledge.models, beliefs, shifts, knowledge.proved),
    )
    objections = model_voices.objections(knowledge.models, shifts, outcome.answer)
    doubts = [{"code": reason.code, "params": reason.params} for reason in doubted.reasons]
    is_voted = judged.method == VOTE
    p_wrong = doubted.score if is_voted else judged.p_wrong
    risk = p_wrong if is_voted else judged.risk
    return Consensus(
        task=task,
        batch_id=task.batch_id,
        project_id=task.batch.project_id,
        label=class_of(schema, judged.answer),
        answer=judged.answer,
        voted=outcome.answer,
        method=judged.method,
        disputes=outcome.disputes,
        sources=[[found.pk, found.revision] for found in answers],
        confidence=outcome.confidence if is_voted else 1 - judged.p_wrong,
        agreement=agreement,
        is_tie=outcome.is_tie,
        votes={
            name: {str(label): count for label, count in votes.items()}
            for name, votes in outcome.votes.items()
        },
        annotation_count=outcome.n,
        p_wrong=p_wrong,
        risk=risk,
        inferred_wrong=p_wrong,
        inferred_risk=risk,
        rest_wrong=judged.rest_wrong,
        reasons=model_voices.with_objections(doubts, objections),
        computed_at=timezone.now(),
    )


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
    """Of each author, from the newest answers of theirs that gold or chance has measured."""
    found = []
    for answer in answers:
        checked = Measurement.objects.filter(
            person=answer.author_id,
            project=answer.instruction_version.project_id,
            is_void=False,
        )
        right = list(checked.order_by("-pk").values_list("is_right", flat=True)[:CHECKS])
        found.append(accuracy(sum(right), len(right)))
    return found


def class_commonness(project_id: int) -> Commonness:
    """How often each class was chosen in the project; breaks ties.

    As of the newest figures: counting anew for each task would cost more than a tie is worth.
    """
    snapshot = QualitySnapshot.objects.filter(project=project_id).first()
    return snapshot.figures["class_counts"] if snapshot else count_classes(project_id)


def _draw(consensus: Consensus, task: Task, review_percent: int, rng: random.Random) -> None:
    """Give the task its place in the random order of its batch: once, whatever becomes of it.

    Work that was rejected once has been wrong, however the next round ends.
    """
    earlier = Consensus.objects.filter(task=task).first()
    consensus.draw = earlier.draw if earlier else rng.random()
    consensus.is_drawn = consensus.draw * 100 < review_percent
    consensus.was_wrong = earlier.was_wrong if earlier and task.state == Task.State.REWORK else None
    if consensus.is_drawn:
        consensus.reasons.append({"code": "drawn", "params": {}})


def _store(consensus: Consensus) -> None:
    Consensus.objects.bulk_create(
        [consensus], update_conflicts=True, unique_fields=["task"], update_fields=COMPUTED
    )


def _move_on(task: Task, consensus: Consensus, outcome: Vote, answers: list[Annotation]) -> None:
    is_outvoted = consensus.answer != outcome.answer
    if task.state == Task.State.REWORK:
        results.open_review(task, by=None, reason="reworked")
    elif (outcome.n > 1 and not outcome.is_unanimous) or is_outvoted:
        results.open_review(task, by=None, reason="answers differ")
    elif consensus.is_drawn:
        results.open_review(task, by=None, reason="drawn at random")
    else:
        results.settle(
            task,
            answer=consensus.answer,
            source=Task.Source.VOTE,
            confidence=consensus.confidence,
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
    knowledge: dict[int, fitted_models.Knowledge] = {}
    while True:
        # One commit for many tasks: each is short, and a disk flush a task would dominate.
        with transaction.atomic():
            chunk = _waiting(project_id)
            for task_id, owner in chunk:
                if owner not in commonness:
                    commonness[owner] = class_commonness(owner)
                    knowledge[owner] = fitted_models.stored(owner)
                assess(task_id, rng=rng, commonness=commonness[owner], knowledge=knowledge[owner])
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
