"""What the audit log knows of what stands in this app; verbs are told in histories as well."""

from django.utils.translation import gettext_lazy as _

from datasets.models import (
    BulkEdit,
    Campaign,
    DatasetVersion,
    Evaluation,
    FailureCase,
    FailureCause,
    FailureCluster,
    Impact,
    Scenario,
    Segment,
    Tracing,
    VectorSet,
)
from labelops.audit import subjects, words
from labelops.audit.subjects import Subject

OF_PROJECT = ("slug", "project__slug")

subjects.register(
    Subject(
        DatasetVersion,
        _("dataset version"),
        project="project_id",
        name="number",
        page="dataset_detail",
        arguments=(("version_id", "pk"),),
    ),
    Subject(
        Evaluation,
        _("evaluation"),
        project="project_id",
        name="pk",
        page="evaluation_detail",
        arguments=(OF_PROJECT, ("evaluation_id", "pk")),
    ),
    Subject(
        BulkEdit,
        _("edit of many items"),
        project="project_id",
        name="act",
        page="bulk_edit_detail",
        arguments=(OF_PROJECT, ("edit_id", "pk")),
    ),
    Subject(VectorSet, _("vectors"), project="project_id", name="name"),
    Subject(Segment, _("segment"), project="project_id", name="name"),
    Subject(
        Tracing,
        _("traced causes"),
        project="evaluation__project_id",
        name="evaluation__model_version__name",
        page="tracing_detail",
        arguments=(("slug", "evaluation__project__slug"), ("evaluation_id", "evaluation_id")),
    ),
    Subject(
        FailureCluster,
        _("group of failures"),
        project="tracing__evaluation__project_id",
        name="number",
    ),
    Subject(
        FailureCause,
        _("failing item"),
        project="tracing__evaluation__project_id",
        name="item__external_id",
    ),
    Subject(
        Campaign,
        _("campaign"),
        project="project_id",
        name="name",
        page="campaign_detail",
        arguments=(OF_PROJECT, ("campaign_id", "pk")),
    ),
    Subject(
        Scenario,
        _("scenario test"),
        project="project_id",
        name="name",
        page="scenario_detail",
        arguments=(OF_PROJECT, ("scenario_id", "pk")),
    ),
    Subject(
        FailureCase,
        _("failure case"),
        project="project_id",
        name="title",
        page="failure_case_detail",
        arguments=(OF_PROJECT, ("case_id", "pk")),
    ),
    Subject(
        Impact,
        _("impact of a batch"),
        project="batch__project_id",
        name="batch__name",
        page="batch_detail",
        arguments=(("batch_id", "batch_id"),),
    ),
)

words.register(
    kinds={
        "campaign": _("Campaigns"),
        "case": _("Failure cases"),
        "causes": _("Causes of failures"),
        "dataset": _("Dataset versions"),
        "edit": _("Edits of many items"),
        "evaluation": _("Evaluations"),
        "failure": _("Verdicts on failures"),
        "failures": _("Failures handed over"),
        "impact": _("Impact of work"),
        "scenario": _("Scenario tests"),
        "segment": _("Segments"),
        "vectors": _("Vectors of items"),
    },
    verbs={
        "evaluation.started": _("began to evaluate a model"),
        "evaluation.finished": _("evaluated a model"),
        "evaluation.searched": _("looked for slices of an evaluation"),
        "evaluation.deleted": _("deleted an evaluation"),
        "evaluation.bars_kept": _("moved the thresholds of an evaluation"),
        "case.opened": _("opened the case"),
        "case.changed": _("changed the case"),
        "case.begun": _("began to work on it"),
        "case.solved": _("solved it: its tests are passed"),
        "case.came_back": _("brought it back: its test is failed"),
        "case.reopened": _("reopened it"),
        "case.dropped": _("dropped it"),
        "segment.deleted": _("deleted the segment"),
        "vectors.created": _("began a set of vectors"),
        "vectors.added": _("added vectors"),
        "vectors.deleted": _("deleted a set of vectors"),
        "causes.started": _("began to trace causes"),
        "causes.traced": _("traced causes"),
        "failure.overruled": _("changed the cause of a failure"),
        "failures.handed_over": _("handed failures over"),
    },
)
