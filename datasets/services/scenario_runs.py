"""Runs scenario tests on a model version: its stored predictions beside the frozen labels."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.analysis.scenario_bars import FAIL, UNKNOWN, Judgement, judge_groups
from datasets.analysis.scenario_counts import Counts, count_right
from datasets.models import Scenario, ScenarioItem, ScenarioRun
from datasets.services.case_links import bring_back
from datasets.services.scenario_answers import Told, pairs_of
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from tasks.models import ModelVersion, Prediction, Project
from tasks.services.archiving import lock_project, require_live

KIND = "run_scenarios"


@dataclass(frozen=True)
class Said:
    """What a model version says of the items of a scenario, and of when that is."""

    counts: Counts
    unpredicted: list[int]
    trained_on_count: int
    said_at: datetime | None


def in_gate(project: Project) -> QuerySet[Scenario]:
    """The newest number of each scenario that is not retired, by name."""
    newer = Scenario.objects.filter(
        project=OuterRef("project"), name=OuterRef("name"), number__gt=OuterRef("number")
    )
    standing = project.scenarios.filter(retired_at=None).exclude(Exists(newer))
    return standing.order_by("name")


def start(version: ModelVersion, *, by: User | None) -> Job:
    """Queue a run of all scenarios that are in the gate; the caller wakes the job.

    One that waits is given back instead: it reads what is stored when it runs.
    """
    project = version.project
    require_live(project)
    with transaction.atomic():
        lock_project(project.pk)
        if not in_gate(project).exists():
            raise DomainError(
                _("There is no scenario test to run."),
                code="no_scenarios",
                hint=_("Make one of a segment first."),
            )
        job = unfinished(version)
        if job and job.state == Job.State.QUEUED and not job.is_cancel_requested:
            return job
        payload = {"model_version": version.pk, "project": project.slug}
        return create_job(KIND, payload, by=by, project_id=project.pk)


def jobs_of(version: ModelVersion) -> QuerySet[Job]:
    """All runs of the version, those that have ended too."""
    rows = Job.objects.filter(kind=KIND, project_id=version.project_id)
    return rows.filter(payload__model_version=version.pk)


def unfinished(version: ModelVersion) -> Job | None:
    return jobs_of(version).filter(state__in=Job.UNFINISHED).first()


def newest_job(version: ModelVersion) -> Job | None:
    """The run that is on, or that was the last one."""
    return jobs_of(version).order_by("-pk").first()


def speaking_versions(project: Project) -> QuerySet[ModelVersion]:
    """Those that have predicted anything, the newest first."""
    says = Prediction.objects.filter(model_version=OuterRef("pk"))
    return project.model_versions.filter(Exists(says)).order_by("-pk")


def run_all(job: Job) -> None:
    """Called again after a crash it begins again; what was done is done anew, to the same end."""
    version = ModelVersion.objects.get(pk=job.payload["model_version"])
    scenarios = list(in_gate(version.project))
    job.done_count, job.total_count = 0, len(scenarios)
    verdicts = {}
    for scenario in scenarios:
        with transaction.atomic():
            run = run_scenario(scenario, version, by=job.created_by)
            verdicts[str(scenario)] = run.verdict
            job.done_count += 1
            job.result = {"verdicts": verdicts}
            save_progress(job)


def run_scenario(scenario: Scenario, version: ModelVersion, *, by: User | None) -> ScenarioRun:
    """The run of this version is replaced by what its predictions say now."""
    with transaction.atomic():
        # Two runs at once: the second waits here, and reads what is newer.
        Scenario.objects.select_for_update(of=("self",)).get(pk=scenario.pk)
        said = _said(scenario, version)
        found = judge_groups(list(said.counts.by_item.values()), scenario.bar)
        before = ScenarioRun.objects.filter(scenario=scenario, model_version=version).first()
        run, _is_new = ScenarioRun.objects.update_or_create(
            scenario=scenario, model_version=version, defaults=_facts(said, found)
        )
        if before is None or before.verdict != run.verdict:
            after = {"model": str(version), "verdict": run.verdict}
            told = before and {"model": str(version), "verdict": before.verdict}
            record(by, "scenario.judged", scenario, before=told, after=after)
            if run.verdict == FAIL:
                bring_back(run)
    return run


def _said(scenario: Scenario, version: ModelVersion) -> Said:
    truths = dict(scenario.members.order_by("item").values_list("item", "answer"))
    rows = predictions_of(scenario, version).values_list(
        "item", "answer", "score", "scores", "is_trained_on", "created_at"
    )
    told, taught, moments = [], 0, []
    for item, answer, score, scores, is_trained_on, created_at in rows:
        told.append(Told(item, truths[item], answer, score, scores))
        taught += is_trained_on
        moments.append(created_at)
    said = {one.item for one in told}
    counts = count_right(pairs_of(scenario, told), said, scenario.measure, scenario.label)
    unpredicted = [item for item in truths if item not in said]
    return Said(counts, unpredicted, taught, max(moments, default=None))


def predictions_of(scenario: Scenario, version: ModelVersion) -> QuerySet[Prediction]:
    """What the version says of the items of the scenario, in their order."""
    members = ScenarioItem.objects.filter(scenario=scenario).values("item")
    return Prediction.objects.filter(model_version=version, item__in=members).order_by("item")


def _facts(said: Said, found: Judgement) -> dict[str, object]:
    """What was not said, or learned by heart, proves nothing: such a run is undecided."""
    is_whole = not said.unpredicted and not said.trained_on_count
    return {
        "right": found.right,
        "count": found.n,
        "unpredicted_count": len(said.unpredicted),
        "trained_on_count": said.trained_on_count,
        "lower": found.interval.low if found.interval else None,
        "upper": found.interval.high if found.interval else None,
        "verdict": found.verdict if is_whole else UNKNOWN,
        "more_needed": found.more if is_whole else None,
        "packed_wrong": packed(said.counts.wrong_items),
        "packed_unpredicted": packed(said.unpredicted),
        "said_at": said.said_at,
        "run_at": timezone.now(),
    }


def packed(ids: Iterable[int]) -> bytes:
    return np.array(sorted(ids), dtype="<i8").tobytes()


def unpacked(content: bytes) -> list[int]:
    return np.frombuffer(bytes(content), dtype="<i8").tolist()


def stale_runs(version: int, runs: Iterable[ScenarioRun]) -> set[int]:
    """Ids of those runs of a version whose predictions are others by now. One statement."""
    runs = list(runs)
    said = Prediction.objects.filter(
        model_version=version, item__scenario_items__scenario__in=[run.scenario_id for run in runs]
    )
    counted = (
        said.order_by()
        .values_list("item__scenario_items__scenario")
        .annotate(count=Count("pk"), newest=Max("created_at"))
    )
    now = {scenario: (count, newest) for scenario, count, newest in counted}
    return {
        run.pk
        for run in runs
        if now.get(run.scenario_id, (0, None)) != (_said_count(run), run.said_at)
    }


def _said_count(run: ScenarioRun) -> int:
    return run.scenario.item_count - run.unpredicted_count
