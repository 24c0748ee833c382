"""Fixes before the work of a batch what it is to better, by how much, and against which model."""

from contextlib import suppress

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets.analysis.impact import smallest_gain
from datasets.models import Impact, Scenario
from datasets.services.case_links import begin_work, cases_tested_by
from datasets.services.scenario_runs import predictions_of, run_scenario
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job
from tasks.models import Annotation, Batch, ModelVersion, Project
from tasks.services.archiving import lock_project, require_live
from tasks.services.checks import check_fields

KIND = "measure_impact"


def plan(
    batch: Batch, *, target: Scenario, before: ModelVersion, wanted_gain: float, by: User
) -> Impact:
    """Raises DomainError for a gain that the target's items cannot show, and after the work."""
    impact = Impact(
        batch=batch, target=target, before=before, wanted_gain=wanted_gain, created_by=by
    )
    check_fields(impact, "wanted_gain")
    with transaction.atomic():
        lock_project(batch.project_id)
        _refuse_late(batch)
        _refuse_foreign(impact)
        _refuse_hopeless(impact, by=by)
        impact.save()
        after = {"target": str(target), "before": str(before), "wanted_gain": wanted_gain}
        record(by, "impact.planned", impact, after=after)
        begin_work(cases_tested_by(target), by=by)
    return impact


def can_plan(batch: Batch) -> bool:
    """Before its first answer."""
    return not Annotation.everything.filter(task__batch=batch).exists()


def _refuse_late(batch: Batch) -> None:
    if Impact.objects.filter(batch=batch).exists():
        raise Conflict(_("What this batch is to better is fixed already."), code="already_planned")
    if not can_plan(batch):
        raise Conflict(
            _("This batch has answers already: a target is fixed before the work."),
            code="already_begun",
        )


def _refuse_foreign(impact: Impact) -> None:
    project = impact.batch.project_id
    if impact.target.project_id != project or impact.target.retired_at is not None:
        raise DomainError(_("Choose a scenario test of this project."), field="target")
    if impact.before.project_id != project:
        raise DomainError(_("Choose a model of this project."), field="before")


def _refuse_hopeless(impact: Impact, *, by: User) -> None:
    run = run_scenario(impact.target, impact.before, by=by)
    if run.unpredicted_count or run.trained_on_count or not run.count:
        count = run.unpredicted_count + run.trained_on_count
        raise DomainError(
            ngettext(
                "The model says nothing of %(count)d item of the test, or has learned from it.",
                "The model says nothing of %(count)d items of the test, or has learned from them.",
                count,
            )
            % {"count": count},
            code="no_baseline",
            field="before",
        )
    least, most = smallest_gain(run.count), 100 * (1 - run.right / run.count)
    if least is None or impact.wanted_gain < 100 * least:
        raise DomainError(
            _refused_gain(run.count, least), code="cannot_be_shown", field="wanted_gain"
        )
    if impact.wanted_gain > most:
        raise DomainError(
            _("The model is wrong in %(most)s %% of these items, so it cannot gain as much.")
            % {"most": number_format(round(most, 1), 1)},
            code="too_much",
            field="wanted_gain",
        )


def _refused_gain(n: int, least: float | None) -> str:
    if least is None:
        return ngettext(
            "%(n)d item cannot show any gain. Take a larger test.",
            "%(n)d items cannot show any gain. Take a larger test.",
            n,
        ) % {"n": n}
    return ngettext(
        "%(n)d item shows a gain of %(least)s points or more, and no smaller one. Take a larger "
        "test, or say a larger gain.",
        "%(n)d items show a gain of %(least)s points or more, and no smaller one. Take a larger "
        "test, or say a larger gain.",
        n,
    ) % {"n": n, "least": number_format(round(100 * least + 0.05, 1), 1)}


def newer_versions(impact: Impact) -> QuerySet[ModelVersion]:
    """Of the same model, after the one before the work; the newest first."""
    rows = ModelVersion.objects.filter(
        project=impact.batch.project_id, name=impact.before.name, pk__gt=impact.before_id
    )
    return rows.order_by("-pk")


def start_measuring(impact: Impact, *, by: User | None) -> Job:
    """By the newest version of the model; the caller wakes the job."""
    require_live(impact.batch.project)
    with transaction.atomic():
        lock_project(impact.batch.project_id)
        after = newer_versions(impact).first()
        if after is None:
            raise Conflict(
                _("There is no newer version of %(name)s yet.") % {"name": impact.before.name},
                code="no_newer_version",
            )
        if unfinished(impact):
            raise Conflict(_("It is being measured already."), code="still_running")
        payload = {"impact": impact.pk, "after": after.pk, "batch": impact.batch_id}
        return create_job(KIND, payload, by=by, project_id=impact.batch.project_id)


def unfinished(impact: Impact) -> Job | None:
    return _jobs_of(impact).filter(state__in=Job.UNFINISHED).first()


def newest_job(impact: Impact) -> Job | None:
    """The one that measures it, or that did so last."""
    return _jobs_of(impact).order_by("-pk").first()


def _jobs_of(impact: Impact) -> QuerySet[Job]:
    rows = Job.objects.filter(kind=KIND, project_id=impact.batch.project_id)
    return rows.filter(payload__impact=impact.pk)


def start_due() -> list[Job]:
    """Of each impact whose model has a newer version that says something of the whole target."""
    found = []
    rows = Impact.objects.filter(batch__project__in=Project.objects.live())
    for impact in rows.select_related("batch__project", "before", "target"):
        newest = newer_versions(impact).first()
        if newest and not _was_measured(impact, newest) and _says_all(newest, impact.target):
            # A person or another run may have been quicker.
            with suppress(Conflict):
                found.append(start_measuring(impact, by=None))
    return found


def _was_measured(impact: Impact, after: ModelVersion) -> bool:
    """Or is being measured; what failed is left to people."""
    return _jobs_of(impact).filter(payload__after=after.pk).exists()


def _says_all(version: ModelVersion, target: Scenario) -> bool:
    return predictions_of(target, version).count() == target.item_count
