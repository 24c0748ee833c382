"""The built-in model: a button, a job that learns and predicts, and a new version at its end.

The job may be killed anywhere. Before the lesson is stored it begins anew, and learns the same;
afterwards it goes on behind the item where it was. Nobody sees the version before its end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.heart import Beat, heart
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from reviews.baseline import learner, novelty, texts
from reviews.baseline.report_card import ReportCard, make_cards
from reviews.baseline.trained import Trained, vectors_of
from reviews.models import ModelTraining
from reviews.services import built_in_predictions, item_vectors, training_labels
from reviews.services.training_labels import CLASSES_LEAST, ENOUGH, TrainingLabels
from tasks.models import Item, ModelVersion, Prediction, Project
from tasks.services.archiving import lock_project
from tasks.services.predictions import get_model_version, keep_judgements

KIND = "train_model"
NAME = "built-in"
CHUNK = 200
ROWS_AT_ONCE = 1_000
GIVEN_UP = (Job.State.CANCELLED, Job.State.FAILED)


@dataclass(frozen=True)
class Study:
    """What was learned from the items that could be read, and what it says of each unseen."""

    items: Sequence[Item]
    trained: Trained
    out_of_fold: NDArray[Any]
    novelty: NDArray[Any]
    calibration_error: float


def start(project: Project, *, by: User) -> ModelTraining:
    """Begin to train; the caller wakes the job.

    Raises DomainError when there is too little to learn from, Conflict while another training of
    the project is under way or when the project is not live.
    """
    control = training_labels.learned_control(project)
    training_labels.count_labels(project)
    with transaction.atomic():
        lock_project(project.pk)
        if unfinished(project):
            raise Conflict(
                _("The model of this project is being trained already."),
                code="still_running",
                hint=_("Wait until it has ended, or cancel it."),
            )
        training = ModelTraining.objects.create(
            project=project,
            control=control["name"],
            job=create_job(KIND, {"project": project.slug}, by=by, project_id=project.pk),
            started_at=timezone.now(),
        )
        record(by, "model_training.started", training)
    return training


def unfinished(project: Project) -> ModelTraining | None:
    rows = ModelTraining.objects.filter(project=project, job__state__in=Job.UNFINISHED)
    return rows.select_related("job").defer("weights", "report").first()


def run_training(job: Job) -> None:
    """Learn, predict all items and show the version; called again after a crash it goes on."""
    training = ModelTraining.objects.select_related("project", "model_version").get(job=job)
    if training.model_version is None:
        beat = heart(job)
        drop_abandoned(training.project, beat=beat)
        _learn(training, job, beat)
    _predict(training, job)
    _finish(training, job)


def _learn(training: ModelTraining, job: Job, beat: Beat) -> None:
    """From the labels of this moment, to a version with what it says of the items it learned."""
    project = training.project
    control = training_labels.learned_control(project)
    labels = training_labels.training_labels(project, control)
    learned = study(project, labels, beat)
    training.control = control["name"]
    training.label_count = len(learned.items)
    training.weights = learned.trained.as_bytes()
    said = built_in_predictions.judgements(
        project,
        control["name"],
        learned.trained.classes,
        learned.items,
        learned.out_of_fold,
        learned.novelty,
        is_trained_on=True,
    )
    with transaction.atomic():
        version = training.model_version = _make_version(project, by=job.created_by)
        named = [judgement.answer[control["name"]] for judgement in said]
        training.report = _report_card(training, labels, learned, named).as_dict()
        training.save()
        for first in range(0, len(said), ROWS_AT_ONCE):
            keep_judgements(version, said[first : first + ROWS_AT_ONCE], by=job.created_by)
        job.done_count = len(said)
        job.total_count = Item.objects.filter(project=project).count()
        save_progress(job)


def study(project: Project, labels: TrainingLabels, beat: Beat) -> Study:
    """Learn from these labels. Raises DomainError when too few of their items can be read."""
    items, read = _read(project, labels, beat)
    named = [labels.of_items[item.pk] for item in items]
    classes = sorted(set(named))
    unread_count = len(labels.of_items) - len(items)
    if labels.count - unread_count < ENOUGH or len(classes) < CLASSES_LEAST:
        raise DomainError(
            _("Too few of the labeled items can be read: {count} of {total}.").format(
                count=len(items), total=len(labels.of_items)
            ),
            code="too_few_readable",
            hint=_("Look at the items: their pictures are damaged, or their texts are empty."),
        )
    targets = np.array([classes.index(name) for name in named])
    rarity = None if project.item_type == Project.ItemType.IMAGE else texts.rarity(read)
    rows = vectors_of(read, rarity)
    groups = [training_labels.group_of(item) for item in items]
    lesson = learner.learn(rows, targets, groups, beat=beat)
    familiar = novelty.familiar(rows)
    return Study(
        items,
        Trained(classes, lesson.model, familiar, rarity),
        lesson.out_of_fold,
        familiar.own_novelty(rows),
        learner.calibration_error(lesson.out_of_fold, targets),
    )


def _read(project: Project, labels: TrainingLabels, beat: Beat) -> tuple[list[Item], Any]:
    """The labeled items that can be read, and a row for each; a chunk of pictures at a time."""
    is_image = project.item_type == Project.ItemType.IMAGE
    items: list[Item] = []
    parts = []
    for ids in _parts(list(labels.of_items), CHUNK):
        found = Item.objects.in_bulk(ids)
        chunk = [found[item_id] for item_id in ids if item_id in found]
        readable, rows = item_vectors.read(chunk, is_image=is_image)
        items += readable
        parts.append(rows)
        beat()
    return items, item_vectors.stack(parts)


def _make_version(project: Project, *, by: User | None) -> ModelVersion:
    """The next number of the built-in model, unseen until its training ends."""
    taken = ModelVersion.everything.filter(project=project, name=NAME)
    numbers = [int(name) for name in taken.values_list("version", flat=True) if name.isdecimal()]
    return get_model_version(
        project,
        name=NAME,
        version=str(max(numbers, default=0) + 1),
        by=by,
        origin=ModelVersion.Origin.BUILT_IN,
        is_ready=False,
    )


def _report_card(
    training: ModelTraining, labels: TrainingLabels, study: Study, named: Sequence[str]
) -> ReportCard:
    """Of the labels, against what the version before it said of the same items unseen."""
    before: dict[int, str] = {}
    if parent := training.model_version.parent:
        for ids in _parts([item.pk for item in study.items], ROWS_AT_ONCE):
            rows = Prediction.objects.filter(model_version=parent, item__in=ids)
            for item, answer in rows.values_list("item", "answer"):
                before[item] = answer.get(training.control)
    return ReportCard(
        classes=make_cards(
            [labels.of_items[item.pk] for item in study.items],
            named,
            [before.get(item.pk) for item in study.items],
        ),
        calibration_error=study.calibration_error,
        compared=len(before),
        too_few=labels.too_few,
        unreadable=len(labels.of_items) - len(study.items),
    )


def _predict(training: ModelTraining, job: Job) -> None:
    """All items of which the version says nothing yet; those that cannot be read are counted."""
    trained = built_in_predictions.trained_of(training)
    project, version = training.project, training.model_version
    for chunk in built_in_predictions.chunks_behind(training, job.cursor.get("item", 0)):
        said = built_in_predictions.judge(project, trained, training.control, chunk)
        with transaction.atomic():
            keep_judgements(version, said, by=job.created_by)
            job.cursor["item"] = chunk[-1].pk
            job.done_count += len(chunk)
            job.result["unreadable"] = job.result.get("unreadable", 0) + len(chunk) - len(said)
            save_progress(job)


def _finish(training: ModelTraining, job: Job) -> None:
    now = timezone.now()
    with transaction.atomic():
        # A cancelled training ends here at the latest.
        save_progress(job)
        training.finished_at = now
        training.save(update_fields=["finished_at"])
        built_in_predictions.keep_place(training, now)
        ModelVersion.everything.filter(pk=training.model_version_id).update(ready_at=now)
        after = {"version": str(training.model_version), "labels": training.label_count}
        record(job.created_by, "model_training.finished", training, after=after)


def drop_abandoned(project: Project | None = None, *, beat: Beat = lambda: None) -> int:
    """Versions whose training was cancelled or failed, and all that they said. Returns how many."""
    rows = ModelVersion.everything.filter(ready_at=None, training__job__state__in=GIVEN_UP)
    if project is not None:
        rows = rows.filter(project=project)
    abandoned = list(rows)
    for version in abandoned:
        said = Prediction.objects.filter(model_version=version).order_by("pk")
        while ids := list(said.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
            Prediction.objects.filter(pk__in=ids).delete()
            beat()
        _drop(version)
    return len(abandoned)


def _drop(version: ModelVersion) -> None:
    with transaction.atomic():
        # Another run may be at it as well.
        found = ModelVersion.everything.select_for_update().filter(pk=version.pk).first()
        if found is None:
            return
        ModelTraining.objects.filter(model_version=found).update(model_version=None)
        record(None, "model_version.dropped", found, before={"version": str(found)})
        found.delete()
        User.objects.filter(pk=found.user_id).delete()


def _parts(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[first : first + size] for first in range(0, len(ids), size))
