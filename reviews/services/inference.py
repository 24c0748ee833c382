"""Fits a project's labels: what each person's word is worth, and which stored labels look wrong.

The fit is from scratch every time, so the same labels give the same figures, and it is only read
by single assessments: losing it costs nothing but time.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from labelops.json_member import Member
from reviews.models import (
    Consensus,
    InferenceModel,
    MistakeCost,
    Review,
    Withdrawal,
)
from reviews.quality.class_model import Fitted, fit
from reviews.quality.consensus import MERGE
from reviews.quality.judgement import BLENDED, MODEL, Beliefs, judge
from reviews.quality.voters import estimate_weights
from reviews.services import (
    certain_answers,
    fitted_models,
    issue_outcomes,
    model_voices,
    queue_marks,
)
from reviews.services.costs import costs_of
from reviews.services.fitted_models import Key, Models
from reviews.services.lone_models import ALONE
from tasks.kinds import kind_of
from tasks.models import Annotation, Project, Task
from tasks.services import results
from tasks.services.grid import class_of
from tasks.services.instructions import current_schema

DOUBTS = ("p_wrong", "risk", "inferred_wrong", "inferred_risk")
ARRAYS = ("confusion", "average", "prior", "common")
CHUNK = 2_000
# Smaller changes of a probability are not worth a write.
NOTICEABLE = 0.0005
# A project whose fit takes long is fitted less often.
REST = 20
# People's weights in merging objects rest on so many of the newest tasks.
WEIGHED_TASKS = 500
Standing = Consensus.Standing


@dataclass(frozen=True)
class Refit:
    """The fits by question, and how many labels changed for them."""

    fits: dict[Key, Fitted]
    changed: int

    @property
    def models(self) -> Models:
        return {key: fitted.model for key, fitted in self.fits.items()}


def questions(schema: dict[str, Any]) -> Iterator[tuple[Key, dict[str, Any]]]:
    """What is inferred: single choices and ratings, and each option of a multiple choice."""
    for control in schema["controls"]:
        if control["type"] == "choice" and control.get("multiple", False):
            for option in kind_of(control).classes(control):
                yield (control["name"], option), control
        elif control["type"] in ("choice", "rating"):
            yield (control["name"], None), control


def refit(project: Project) -> Refit:
    """Fit all questions of a project, and bring what is stored of undecided tasks up to date."""
    started, moment = time.monotonic(), timezone.now()
    schema = current_schema(project)
    known, checked = certain_answers.certain(project), certain_answers.sampled(project)
    version = model_voices.newest(project)
    opinions = model_voices.opinions_of(
        version and version.pk, schema, Task.objects.filter(batch__project=project)
    )
    fits: dict[Key, Fitted] = {}
    labels: dict[str, list[Any]] = {}
    for (name, option), _control in questions(schema):
        if name not in labels:
            labels = {name: _labels(project, name)}
        fitted = fit(
            _said(labels[name], option),
            known=certain_answers.values_of(known, name, option),
            checked=certain_answers.values_of(checked, name, option),
            opinions=opinions.get(name) if option is None else None,
        )
        if fitted:
            fits[name, option] = fitted
    weights = _weights(project, schema)
    fitted_models.keep(project, fits, weights, version, moment, time.monotonic() - started)
    proved = model_voices.proved_classes(version and version.pk)
    return Refit(fits, _apply(project, schema, fits, proved))


def refit_outdated() -> int:
    """Refit the projects in which something was labelled or decided since, each in its time."""
    count = 0
    newest = Annotation.objects.filter(task__batch__project=OuterRef("pk"))
    for project in Project.objects.filter(Exists(newest)):
        found = InferenceModel.objects.filter(project=project).first()
        if found is None or (_is_rested(found) and _happened_since(project, found)):
            refit(project)
            count += 1
    return count


def _is_rested(found: InferenceModel) -> bool:
    return timezone.now() > found.fitted_at + timedelta(seconds=REST * found.seconds)


def _happened_since(project: Project, found: InferenceModel) -> bool:
    labeled = Annotation.objects.filter(task__batch__project=project).order_by("-pk")[:1]
    decided = Review.objects.filter(task__batch__project=project).order_by("-pk")[:1]
    priced = MistakeCost.objects.filter(project=project).order_by("-set_at")[:1]
    moments = [
        *labeled.values_list("submitted_at", flat=True),
        *decided.values_list("decided_at", flat=True),
        *priced.values_list("set_at", flat=True),
    ]
    assessed = Consensus.objects.filter(
        batch__project=project, standing=Standing.UNDECIDED, computed_at__gt=found.fitted_at
    )
    taken_out = Withdrawal.objects.filter(project=project, changed_at__gt=found.fitted_at)
    is_later = any(moment > found.fitted_at for moment in moments)
    return (
        is_later
        or assessed.exists()
        or taken_out.exists()
        or model_voices.changed_since(project, found.fitted_at)
    )


def beliefs_of(
    models: Models,
    schema: dict[str, Any],
    said: list[tuple[int, dict[str, Any]]],
    shifts: model_voices.Shifts,
) -> Beliefs:
    """What the models say of one task, given (author, answer) of each of its labels.

    `shifts` are what a model that predicts classes adds.
    """
    found: dict[str, dict[Any, float]] = {}
    for (name, option), _control in questions(schema):
        model = models.get((name, option))
        if model is None:
            continue
        values = [(who, answer[name]) for who, answer in said if answer.get(name) is not None]
        if option is not None:
            values = [(who, option in value) for who, value in values]
        belief = model.judge(values, shifts.get(name) if option is None else None)
        if belief is None:
            continue
        if option is None:
            found[name] = belief
        else:
            found.setdefault(name, {})[option] = belief.get(True, 0.0)
    return found


def beliefs_by_task(fits: dict[Key, Fitted]) -> dict[int, dict[str, dict[Any, float]]]:
    """The same of every task of a fit."""
    found: dict[int, dict[str, dict[Any, float]]] = {}
    for (name, option), fitted in fits.items():
        classes = fitted.table.classes
        for task, row in zip(fitted.table.items, fitted.posterior.tolist(), strict=True):
            belief = dict(zip(classes, row, strict=True))
            of_task = found.setdefault(task, {})  # type: ignore[arg-type]
            if option is None:
                of_task[name] = belief
            else:
                of_task.setdefault(name, {})[option] = belief.get(True, 0.0)
    return found


def _labels(project: Project, name: str) -> list[tuple[int, int, Any]]:
    """(task, author, value) of the labels that count: those of each task's newest round.

    Labels of gold count like any: they tell most about people, as its truth is known.
    """
    rows = Annotation.objects.filter(
        task__batch__project=project, assignment__round=F("task__round")
    ).exclude(task__state=Task.State.EXCLUDED)
    values = rows.annotate(value=Member("answer", name)).order_by("pk")
    return list(values.values_list("task", "author", "value").iterator(chunk_size=CHUNK))


def _weights(project: Project, schema: dict[str, Any]) -> dict[str, dict[int, float]]:
    """How much each person counts where objects are merged, from the newest tasks."""
    controls = [control for control in schema["controls"] if control["type"] in MERGE]
    if not controls:
        return {}
    newest = (
        Task.objects.filter(batch__project=project, consensus__annotation_count__gt=1)
        .order_by("-pk")
        .values("pk")[:WEIGHED_TASKS]
    )
    rows = Annotation.objects.filter(task__in=newest, assignment__round=F("task__round"))
    by_task: dict[int, dict[int, dict[str, Any]]] = {}
    for task, author, answer in rows.order_by("pk").values_list("task", "author", "answer"):
        by_task.setdefault(task, {})[author] = answer
    return {control["name"]: estimate_weights(control, by_task.values()) for control in controls}


def _said(rows: list[Any], option: str | None) -> Iterable[Any]:
    if option is None:
        return rows
    return [
        (task, author, option in value) for task, author, value in rows if isinstance(value, list)
    ]


def _apply(
    project: Project, schema: dict[str, Any], fits: dict[Key, Fitted], proved: frozenset[str]
) -> int:
    """Write what changed of the undecided tasks. Returns how many labels did."""
    beliefs, costs = beliefs_by_task(fits), costs_of(project.pk)
    models = {key: fitted.model for key, fitted in fits.items()}
    shifts = model_voices.shifts_by_task(fits)
    undecided = Consensus.objects.filter(batch__project=project, standing=Standing.UNDECIDED)
    # What a model answered alone is right as often as was proved, whatever the others say of it.
    undecided = undecided.exclude(method=ALONE)
    rows: list[tuple[Consensus, list[dict[str, Any]]]] = []
    changed: list[int] = []
    marked: list[int] = []
    for consensus in undecided.order_by("pk").iterator(chunk_size=CHUNK):
        if consensus.task_id not in beliefs:
            continue
        believed, heard = beliefs[consensus.task_id], shifts.get(consensus.task_id, {})
        method = BLENDED if heard else MODEL
        found = judge(
            schema,
            consensus.voted,
            consensus.rest_wrong,
            believed,
            costs=costs,
            method=method,
            decided_by=model_voices.people_alone(models, believed, heard, proved),
        )
        objections = model_voices.objections(models, heard, consensus.voted)
        reasons = model_voices.with_objections(consensus.reasons, objections)
        is_new, has_other_reasons = found.answer != consensus.answer, reasons != consensus.reasons
        moved = max(
            abs(found.p_wrong - consensus.inferred_wrong),
            abs(found.risk - consensus.inferred_risk),
        )
        if is_new or has_other_reasons or moved > NOTICEABLE or found.method != consensus.method:
            consensus.answer, consensus.method = found.answer, found.method
            consensus.label = class_of(schema, found.answer)
            consensus.inferred_wrong, consensus.inferred_risk = found.p_wrong, found.risk
            consensus.confidence = 1 - found.p_wrong
            rows.append((consensus, objections))
        if is_new:
            changed.append(consensus.task_id)
        if is_new or has_other_reasons:
            marked.append(consensus.task_id)
    for start in range(0, len(rows), CHUNK):
        _write(rows[start : start + CHUNK])
    for start in range(0, len(changed), CHUNK):
        _restate(changed[start : start + CHUNK])
        issue_outcomes.clear(changed[start : start + CHUNK])
    for start in range(0, len(marked), CHUNK):
        queue_marks.mark(schema, Consensus.objects.filter(task__in=marked[start : start + CHUNK]))
    return len(changed)


def _write(rows: list[tuple[Consensus, list[dict[str, Any]]]]) -> None:
    """An upsert of rows that exist: the fastest way to change many. Decided ones stay.

    Each comes with the objections of the model, which stand before its other reasons.
    """
    with transaction.atomic():
        # In the order of every other: two fits of one project must not wait for each other.
        still = Consensus.objects.filter(
            pk__in=[row.pk for row, _objections in rows], standing=Standing.UNDECIDED
        ).order_by("pk")
        locked = still.select_for_update().values_list("pk", "computed_at", "suspicion", "reasons")
        alive = {(pk, computed_at): rest for pk, computed_at, *rest in locked}
        kept = []
        for row, objections in rows:
            if (row.pk, row.computed_at) in alive:
                row.suspicion, reasons = alive[row.pk, row.computed_at]
                row.reasons = model_voices.with_objections(reasons, objections)
                row.weigh()
                kept.append(row)
        Consensus.objects.bulk_create(
            kept,
            update_conflicts=True,
            unique_fields=["task"],
            update_fields=["answer", "label", "method", "confidence", "reasons", *DOUBTS],
        )


def _restate(task_ids: list[int]) -> None:
    """The labels that the product stands for follow their consensus, until an expert decides."""
    accepted = Task.objects.filter(
        pk__in=task_ids,
        state=Task.State.ACCEPTED,
        result_source__in=[Task.Source.VOTE, Task.Source.CONSENSUS],
    )
    for task_id in accepted.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            task = results.lock_task(task_id)
            consensus = Consensus.objects.get(task=task)
            if (
                task.state == Task.State.ACCEPTED
                and consensus.standing == Standing.UNDECIDED
                and task.result_answer != consensus.answer
            ):
                results.restate(task, answer=consensus.answer, confidence=consensus.confidence)
