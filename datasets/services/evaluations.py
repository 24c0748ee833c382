"""Evaluations of models on frozen labels: begun, cancelled, deleted, their thresholds moved."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from datasets.analysis.judged_parts import Bars
from datasets.analysis.judging import judged_controls
from datasets.models import DatasetVersion, Evaluation
from datasets.services.label_copies import published_schemas
from datasets.services.outcomes import store_outcomes
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, create_job
from labelops.locking import locked
from tasks.kinds.schema import control_named
from tasks.models import ModelVersion, Prediction, Project
from tasks.services.archiving import lock_project, require_live

KIND = "evaluate"
Control = dict[str, Any]


@dataclass(frozen=True)
class EvaluationWish:
    """Which model on which labels. Empty: all splits, and the first question that can be judged."""

    dataset_version: DatasetVersion
    model_version: ModelVersion
    split: str = ""
    control: str = ""
    leaves_out_trained: bool = False


def controls_of(version: DatasetVersion) -> list[Control]:
    """The questions of a version by which models can be evaluated: choices, shapes and spans."""
    schemas = published_schemas(version.project)
    schema = schemas.get(version.schema_number)
    return judged_controls(schema) if schema else []


def control_of(evaluation: Evaluation) -> Control | None:
    """The question as it stood when the labels were frozen."""
    schema = {"controls": controls_of(evaluation.dataset_version)}
    return control_named(schema, evaluation.control)


def start(project: Project, wish: EvaluationWish, *, by: User) -> Evaluation:
    """Queue an evaluation; the caller wakes its job.

    Raises Conflict while the same is being evaluated, and DomainError where nothing could be.
    """
    require_live(project)
    control = _checked_control(wish)
    _check(project, wish)
    with transaction.atomic():
        lock_project(project.pk)
        same = project.evaluations.filter(
            dataset_version=wish.dataset_version,
            model_version=wish.model_version,
            split=wish.split,
            control=control["name"],
        )
        if same.filter(finished_at=None, job__state__in=Job.UNFINISHED).exists():
            raise Conflict(_("This is being evaluated already."), code="still_running")
        evaluation = Evaluation.objects.create(
            project=project,
            dataset_version=wish.dataset_version,
            model_version=wish.model_version,
            job=create_job(KIND, {"project": project.slug}, by=by, project_id=project.pk),
            split=wish.split,
            control=control["name"],
            kind=_kind_of(control),
            leaves_out_trained=wish.leaves_out_trained,
            created_by=by,
        )
        after = {
            "dataset": wish.dataset_version.number,
            "model": str(wish.model_version),
            "split": wish.split,
            "control": control["name"],
        }
        record(by, "evaluation.started", evaluation, after=after)
    return evaluation


def _check(project: Project, wish: EvaluationWish) -> None:
    version, model = wish.dataset_version, wish.model_version
    if {version.project_id, model.project_id} != {project.pk} or not version.is_frozen:
        raise DomainError(
            _("Name a frozen dataset version and a model of this project."),
            code="unknown_value",
            field="dataset_version",
        )
    if wish.split and wish.split not in version.counts.get("splits", {}):
        raise DomainError(
            _("The version has no split of that name."), code="unknown_value", field="split"
        )
    if not Prediction.objects.filter(model_version=model).exists():
        raise DomainError(
            _("The model has predicted nothing yet."),
            code="no_predictions",
            field="model_version",
            hint=_("Send predictions by the API, or have the model asked."),
        )


def _checked_control(wish: EvaluationWish) -> Control:
    controls = controls_of(wish.dataset_version)
    if not controls:
        raise DomainError(
            _("Nothing that is asked here can be evaluated."),
            code="no_control",
            hint=_("Choices, shapes and spans can; ratings and free texts have no classes."),
        )
    if not wish.control:
        return controls[0]
    control = control_named({"controls": controls}, wish.control)
    if control is None:
        raise DomainError(
            _("There is no such question among those that can be evaluated."),
            code="unknown_value",
            field="control",
            hint=_("Questions: %(names)s.") % {"names": ", ".join(one["name"] for one in controls)},
        )
    return control


def _kind_of(control: Control) -> Evaluation.Kind:
    if control["type"] != "choice":
        return Evaluation.Kind.OBJECTS
    is_multiple = control.get("multiple", False)
    return Evaluation.Kind.OPTIONS if is_multiple else Evaluation.Kind.CLASSES


def cancel(evaluation: Evaluation, *, by: User) -> None:
    """Stop the job; what it stored goes with it. Raises Conflict when it has ended."""
    if cancel_job(evaluation.job, by=by).is_finished:
        clear(evaluation)


def clear(evaluation: Evaluation) -> None:
    """Take away all that an evaluation stored which will not be finished."""
    with transaction.atomic():
        evaluation.matches.all()._raw_delete("default")
        evaluation.parts.all()._raw_delete("default")


def delete(evaluation: Evaluation, *, by: User) -> None:
    """Raises Conflict while it runs, and for one that something else rests on."""
    if evaluation.is_running:
        raise Conflict(_("Cancel the evaluation before you delete it."), code="still_running")
    try:
        with transaction.atomic():
            lock_project(evaluation.project_id)
            locked(Evaluation.objects.only("pk"), evaluation.pk)
            looks = (evaluation.slice_searches, evaluation.tracings)
            if any(rows.filter(job__state__in=Job.UNFINISHED).exists() for rows in looks):
                raise Conflict(
                    _("Slices or causes are being looked for in this evaluation. Stop that first."),
                    code="still_running",
                )
            before = {"evaluation": evaluation.pk, "model": str(evaluation.model_version)}
            record(by, "evaluation.deleted", evaluation.dataset_version, before=before)
            evaluation.delete()
    except ProtectedError as error:
        raise Conflict(
            _("Something rests on this evaluation, as a scenario test: it stays."),
            code="in_use",
        ) from error


def bars_of(evaluation: Evaluation) -> Bars:
    """Its own thresholds, in steps."""
    return Bars(round(100 * evaluation.score_bar), round(20 * evaluation.overlap_bar))


def keep_bars(evaluation: Evaluation, bars: Bars, *, by: User) -> None:
    """Make thresholds the evaluation's own: by them its items fail or not, everywhere.

    Raises Conflict while it is not finished.
    """
    with transaction.atomic():
        known = locked(Evaluation.objects.all(), evaluation.pk)
        if not known.is_finished:
            raise Conflict(_("The evaluation is not finished yet."), code="not_finished")
        before = bars_of(known)
        evaluation.score_bar, evaluation.overlap_bar = bars.score / 100, bars.overlap / 20
        if bars == before:
            return
        evaluation.save(update_fields=["score_bar", "overlap_bar"])
        store_outcomes(evaluation, bars)
        record(
            by,
            "evaluation.bars_kept",
            evaluation,
            before=before._asdict(),
            after=bars._asdict(),
        )
