"""What a project's newest model says of tasks, where its word is a voice of its own.

It is none where the model learned from the very label, unless out of fold, and where somebody who
answered had seen a suggestion, or is a model: one voice would count twice. Nor is it one in an
audit, which asks people what they say without it.
"""

from array import array
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet

from labelops.accounts.models import User
from labelops.audit.models import Event
from reviews.quality.class_model import ClassModel, Fitted
from reviews.quality.judgement import Beliefs
from reviews.quality.model_voice import Array, Opinions
from tasks.kinds import kind_of
from tasks.kinds.schema import single_choice
from tasks.models import Annotation, ModelGrant, ModelVersion, Prediction, Project, Task

CHUNK = 2_000
DIFFERS = "model_differs"
Mode = Annotation.SuggestionMode
SEEN = (Mode.SHOWN, Mode.AFTER)
SAID = "item__predictions__"
Key = tuple[str, str | None]
# By control, what the model's word adds to each of the classes of its question.
Shifts = Mapping[str, Array]


def newest(project: Project) -> ModelVersion | None:
    """The version that is heard: the newest that predicts anything and is not stopped."""
    says = Prediction.objects.filter(model_version=OuterRef("pk"))
    rows = ModelVersion.objects.filter(Exists(says), project=project, stopped_at=None)
    return rows.order_by("-pk").first()


def opinions_of(
    version_id: int | None, schema: dict[str, Any], tasks: QuerySet[Task]
) -> dict[str, Opinions]:
    """By control, of tasks: of the one single choice, where a project has just one."""
    control = single_choice(schema)
    if version_id is None or control is None:
        return {}
    classes = kind_of(control).classes(control)
    rows: dict[Any, int] = {}
    shares = array("f")
    for task, answer, score, scores in _words(version_id, tasks).iterator(chunk_size=CHUNK):
        told = _shares(classes, answer.get(control["name"]), score, scores)
        if told:
            rows[task] = len(rows)
            shares.extend(told)
    if not rows:
        return {}
    table = np.frombuffer(shares, dtype=np.float32).reshape(-1, len(classes))
    return {control["name"]: Opinions(classes, rows, table)}


def shifts_on(
    task: Task, models: Mapping[Key, ClassModel], version_id: int | None, schema: dict[str, Any]
) -> Shifts:
    """What the model adds to one task; nothing, and no statement, where it is not heard."""
    said = opinions_of(version_id, schema, Task.objects.filter(pk=task.pk))
    found = {
        name: models[name, None].shift_of(opinions, task.pk)
        for name, opinions in said.items()
        if (name, None) in models
    }
    return {name: shift for name, shift in found.items() if shift is not None}


def shifts_by_task(fits: Mapping[Key, Fitted]) -> dict[Any, dict[str, Array]]:
    """The same of every task of a fit."""
    found: dict[Any, dict[str, Array]] = {}
    for (name, _option), fitted in fits.items():
        if fitted.shift is not None:
            for task, shift in zip(fitted.table.items, fitted.shift, strict=True):
                if shift.any():
                    found.setdefault(task, {})[name] = shift
    return found


def proved_classes(version_id: int | None) -> frozenset[str]:
    """The classes in which a version has earned to be a voter; the empty one stands for all."""
    if version_id is None:
        return frozenset()
    grants = ModelGrant.objects.filter(
        model_version=version_id, level__gte=ModelGrant.Level.SECOND_READER
    )
    return frozenset(grants.values_list("label", flat=True))


def people_alone(
    models: Mapping[Key, ClassModel], beliefs: Beliefs, shifts: Shifts, proved: frozenset[str]
) -> Beliefs:
    """By control, what people believe without the model, where it speaks for an unproved class.

    There its word makes a label doubtful, and never another.
    """
    found = {}
    for name, shift in shifts.items():
        model = models[name, None]
        speaks_for = str(model.classes[int(shift.argmax())])
        if name in beliefs and not proved & {speaks_for, ""}:
            found[name] = model.without(beliefs[name], shift)
    return found


def objections(
    models: Mapping[Key, ClassModel], shifts: Shifts, voted: dict[str, Any]
) -> list[dict[str, Any]]:
    """As reasons of doubt: that the model is for another class than the vote."""
    found = []
    for name, shift in shifts.items():
        objection = models[name, None].objection(shift, voted.get(name))
        if objection:
            label, p = objection
            # Rounded: a row is not written for less.
            params = {"control": name, "label": label, "p": round(p, 2)}
            found.append({"code": DIFFERS, "params": params})
    return found


def with_objections(
    reasons: Iterable[dict[str, Any]], found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The reasons of doubt with these objections before them, instead of earlier ones."""
    return [*found, *(reason for reason in reasons if reason["code"] != DIFFERS)]


def changed_since(project: Project, moment: datetime) -> bool:
    """Whether a version of the project said something, was stopped, or got another level."""
    versions = ModelVersion.objects.filter(project=project).values_list("pk", flat=True)
    if ModelGrant.objects.filter(model_version__project=project, since__gt=moment).exists():
        return True
    happened = Event.objects.filter(
        target_type=ModelVersion._meta.label_lower,
        target_id__in=[str(pk) for pk in versions],
        created_at__gt=moment,
    )
    return happened.exists()


def _words(version_id: int, tasks: QuerySet[Task]) -> QuerySet[Task, Any]:
    """(task, answer, score, scores) where the word is the model's own."""
    counted_already = Annotation.objects.filter(
        Q(suggestion_mode__in=SEEN) | Q(author__kind=User.Kind.MODEL),
        task=OuterRef("pk"),
        assignment__round=OuterRef("round"),
    )
    is_out_of_sample = Q(**{f"{SAID}is_trained_on": False}) | Q(
        **{f"{SAID}model_version__origin": ModelVersion.Origin.BUILT_IN}
    )
    said = {f"{SAID}model_version": version_id, f"{SAID}model_version__stopped_at": None}
    unaudited = tasks.filter(is_suggestion_hidden=False)
    rows = unaudited.filter(is_out_of_sample, ~Exists(counted_already), **said).order_by()
    return rows.values_list("pk", f"{SAID}answer", f"{SAID}score", f"{SAID}scores")


def _shares(
    classes: list[Any], named: Any, score: float | None, scores: dict[str, float] | None
) -> list[float] | None:
    """P of each class; with one score alone the others share the rest."""
    if scores:
        told = [scores.get(label, 0.0) for label in classes]
        return told if any(told) else None
    if named not in classes:
        return None
    p = 1.0 if score is None else score
    rest = (1 - p) / max(1, len(classes) - 1)
    return [p if label == named else rest for label in classes]
