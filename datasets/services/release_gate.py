"""Whether a model version may go out: every scenario test that blocks has to be passed."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from datasets.analysis.scenario_bars import FAIL, PASS, UNKNOWN, Verdict
from datasets.models import Scenario, ScenarioRun
from datasets.services.scenario_runs import (
    in_gate,
    jobs_of,
    speaking_versions,
    stale_runs,
    start,
)
from labelops.jobs.models import Job
from tasks.models import ModelVersion, Project

AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class GateRow:
    """A scenario with the newest run of the version, which is worth nothing once it is stale."""

    scenario: Scenario
    run: ScenarioRun | None
    is_stale: bool

    @property
    def verdict(self) -> Verdict:
        is_known = self.run is not None and not self.is_stale
        return self.run.verdict if is_known else UNKNOWN

    @property
    def blocks(self) -> bool:
        return self.scenario.severity == Scenario.Severity.BLOCKS


@dataclass(frozen=True)
class Gate:
    model_version: ModelVersion
    rows: list[GateRow]

    @property
    def verdict(self) -> Verdict:
        """Without a scenario that blocks nothing is proved, so nothing passes."""
        verdicts = {row.verdict for row in self.rows if row.blocks}
        if FAIL in verdicts:
            return FAIL
        return PASS if verdicts == {PASS} else UNKNOWN


def release_gate(version: ModelVersion) -> Gate:
    """Three statements, whatever the number of scenarios."""
    scenarios = list(in_gate(version.project))
    rows = ScenarioRun.objects.filter(model_version=version, scenario__in=scenarios)
    runs = {run.scenario_id: run for run in rows.select_related("scenario")}
    stale = stale_runs(version.pk, runs.values()) if runs else set()
    return Gate(
        version, [gate_row(scenario, runs.get(scenario.pk), stale) for scenario in scenarios]
    )


def start_due() -> list[Job]:
    """In each project that has tests: run them on the newest version, where a run is out of date.

    Once an hour at most: predictions may go on coming in, and what failed is for people.
    """
    found = []
    tested = Scenario.objects.filter(project=OuterRef("pk"), retired_at=None)
    lately = timezone.now() - AGAIN_AFTER
    for project in Project.objects.live().filter(Exists(tested)):
        version = speaking_versions(project).first()
        if version is None or jobs_of(version).filter(created_at__gt=lately).exists():
            continue
        if any(row.run is None or row.is_stale for row in release_gate(version).rows):
            found.append(start(version, by=None))
    return found


def gate_row(scenario: Scenario, run: ScenarioRun | None, stale: set[int]) -> GateRow:
    return GateRow(scenario, run, run is not None and run.pk in stale)
