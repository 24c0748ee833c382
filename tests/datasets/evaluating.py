"""How the tests make a finished evaluation in one call, without a run."""

import numpy as np
from django.utils import timezone

from datasets.analysis.confusion import PARTS
from datasets.analysis.judged_parts import Part
from datasets.models import DatasetEntry, DatasetVersion, Evaluation, EvaluationPart, Match
from datasets.services.evaluations import bars_of
from datasets.services.outcomes import packed_outcomes
from labelops.jobs.models import Job


def make_frozen_version(task):
    """Of one label, without the snapshot that a run reads."""
    project = task.batch.project
    job = Job.objects.create(kind="freeze_dataset", state=Job.State.DONE)
    version = DatasetVersion.objects.create(
        project=project, number=1, job=job, schema_number=1, created_by=project.created_by
    )
    DatasetEntry.objects.create(
        version=version,
        item=task.item,
        position=1,
        task=task,
        batch_name=task.batch.name,
        answer=task.result_answer,
        answer_sha256="",
        source=task.result_source,
        annotation_count=1,
        revision=task.result_revision,
    )
    version.state, version.sha256, version.frozen_at = "frozen", "0" * 64, timezone.now()
    version.save()
    return version


def make_evaluation(dataset_version, model_version, *, classes=("robin", "wren"), **over):
    """Of classes, unless told otherwise; its matches are made by `make_match`."""
    over.setdefault("kind", Evaluation.Kind.CLASSES)
    over.setdefault("control", "species")
    over.setdefault("finished_at", timezone.now())
    by = model_version.project.created_by
    job = Job.objects.create(kind="evaluate", state=Job.State.DONE, created_by=by)
    return Evaluation.objects.create(
        project=model_version.project,
        dataset_version=dataset_version,
        model_version=model_version,
        job=job,
        classes=list(classes),
        created_by=by,
        **over,
    )


def make_match(evaluation, item, truth="", predicted="", **over):
    """A pair, or what stands alone where one side is empty."""
    over.setdefault("score", 0.9 if predicted else None)
    return Match.objects.create(
        evaluation=evaluation,
        item=item,
        truth=evaluation.code_of(truth),
        predicted=evaluation.code_of(predicted),
        **over,
    )


def evaluate_labels(dataset_version, model_version, said):
    """An evaluation of classes by what is `said` of each item: {item: label}."""
    evaluation = make_evaluation(dataset_version, model_version, item_count=len(said))
    labels = dict(dataset_version.entries.values_list("item", "label"))
    for item, label in said.items():
        make_match(evaluation, item, labels[item.pk], label)
    store_outcomes(evaluation)
    return evaluation


def store_outcomes(evaluation):
    """Of the matches that were made, as the job stores them of those that it finds."""
    rows = list(evaluation.matches.order_by("item", "pk"))
    items = np.array([row.item_id for row in rows], np.int64)
    part = Part(
        np.unique(items),
        items,
        np.zeros(len(rows), int),
        np.array([row.truth for row in rows]),
        np.array([row.predicted for row in rows]),
        *(
            np.array([round(PARTS * (1 if value is None else value)) for value in values])
            for values in ([row.score for row in rows], [row.overlap for row in rows])
        ),
    )
    stored = packed_outcomes(part, bars_of(evaluation))
    EvaluationPart.objects.create(evaluation=evaluation, number=1, packed=b"", **stored)
