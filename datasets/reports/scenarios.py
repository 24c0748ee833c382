"""What the pages of scenario tests show: verdicts in words, by model version and over versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets.analysis.scenario_bars import FAIL, MORE_MOST, PASS, Verdict
from datasets.models import DatasetVersion, Scenario, ScenarioRun
from datasets.reports.run_dots import Dots, run_dots
from datasets.services.release_gate import GateRow, gate_row
from datasets.services.scenario_checks import twins_since
from datasets.services.scenario_runs import in_gate, speaking_versions, stale_runs
from reviews.reports.dashboard_filters import class_titles
from tasks.kinds.schema import control_named
from tasks.models import ModelVersion, Project
from tasks.services.instructions import current_schema

VERSIONS_SHOWN = 6
RUNS_SHOWN = 12
SCENARIOS_SHOWN = 200
TWINS_SHOWN = 10


@dataclass(frozen=True)
class Line:
    """A scenario, and a cell for each version shown."""

    scenario: Scenario
    cells: list[GateRow]


@dataclass(frozen=True)
class Matrix:
    versions: list[ModelVersion]
    lines: list[Line]
    retired: list[Scenario]


@dataclass(frozen=True)
class ShownRun:
    """A run on the page of its scenario."""

    row: GateRow
    sentence: str

    @property
    def run(self) -> ScenarioRun | None:
        return self.row.run


@dataclass(frozen=True)
class ScenarioPage:
    """Newest version first; `dots` has the oldest first. The question and its class by title."""

    question: str
    label: str
    runs: list[ShownRun]
    unrun: list[ModelVersion]
    dots: Dots | None
    is_newest: bool
    # In the training split of the newest dataset version.
    twins: list[Any]
    twin_count: int
    twins_of: DatasetVersion | None


def matrix(project: Project) -> Matrix:
    """Five statements, and one for each version that is shown."""
    scenarios = list(in_gate(project).select_related("dataset_version")[:SCENARIOS_SHOWN])
    versions = list(speaking_versions(project)[:VERSIONS_SHOWN])
    rows = ScenarioRun.objects.filter(scenario__in=scenarios, model_version__in=versions)
    runs = {(run.scenario_id, run.model_version_id): run for run in rows.select_related("scenario")}
    stale = _stale(runs.values())
    lines = [
        Line(
            scenario,
            [
                gate_row(scenario, runs.get((scenario.pk, version.pk)), stale)
                for version in versions
            ],
        )
        for scenario in scenarios
    ]
    retired = project.scenarios.exclude(retired_at=None)[:SCENARIOS_SHOWN]
    return Matrix(versions, lines, list(retired))


def scenario_page(scenario: Scenario) -> ScenarioPage:
    newest, twins = twins_since(scenario)
    rows = ScenarioRun.objects.filter(scenario=scenario).order_by("-model_version_id")
    runs = list(rows.select_related("scenario", "model_version")[:RUNS_SHOWN])
    stale = _stale(runs)
    shown = [gate_row(scenario, run, stale) for run in runs]
    versions = speaking_versions(scenario.project)[:VERSIONS_SHOWN]
    known = {run.model_version_id for run in runs}
    control = control_named(current_schema(scenario.project), scenario.control)
    return ScenarioPage(
        question=control["title"] if control else scenario.control,
        label=class_titles(control).get(scenario.label, scenario.label),
        runs=[ShownRun(row, what_it_says(row)) for row in shown],
        unrun=[version for version in versions if version.pk not in known],
        dots=run_dots(list(reversed(runs)), scenario.bar),
        is_newest=in_gate(scenario.project).filter(pk=scenario.pk).exists(),
        twins=twins[:TWINS_SHOWN],
        twin_count=len(twins),
        twins_of=newest,
    )


def _stale(runs: Iterable[ScenarioRun]) -> set[int]:
    """One statement for each version that the runs are of."""
    by_version: dict[int, list[ScenarioRun]] = {}
    for run in runs:
        by_version.setdefault(run.model_version_id, []).append(run)
    return {pk for version, of in by_version.items() for pk in stale_runs(version, of)}


def what_it_says(row: GateRow) -> str:
    """Why the verdict is what it is, in a sentence."""
    run = row.run
    if run is None:
        return _("Not run yet.")
    if row.is_stale:
        return _("The predictions have changed since: run it again.")
    if run.unpredicted_count:
        return ngettext(
            "%(count)s of %(all)s items has no prediction, so nothing is proved.",
            "%(count)s of %(all)s items have no prediction, so nothing is proved.",
            run.unpredicted_count,
        ) % {"count": run.unpredicted_count, "all": row.scenario.item_count}
    if run.trained_on_count:
        return ngettext(
            "%(count)s item has taught this model, so nothing is proved.",
            "%(count)s items have taught this model, so nothing is proved.",
            run.trained_on_count,
        ) % {"count": run.trained_on_count}
    return _of_bounds(run, row.verdict)


def _of_bounds(run: ScenarioRun, verdict: Verdict) -> str:
    if run.lower is None or run.upper is None:
        return _("Nothing of these items counts.")
    low, high = shown_down(run.lower), shown_up(run.upper)
    words = {"right": run.right, "count": run.count, "low": low, "high": high}
    if verdict == PASS:
        return _("At least %(low)s %% (%(right)s of %(count)s).") % words
    if verdict == FAIL:
        return _("At most %(high)s %% (%(right)s of %(count)s).") % words
    between = _("%(low)s to %(high)s %% (%(right)s of %(count)s): not enough data.") % words
    return f"{between} {_of_more(run.more_needed)}"


def _of_more(more: int | None) -> str:
    if more is None:
        return _("It is so close to the bar that %(most)s more labels would not tell.") % {
            "most": number_format(MORE_MOST, force_grouping=True)
        }
    return ngettext(
        "At this rate %(more)s more label would tell.",
        "At this rate %(more)s more labels would tell.",
        more,
    ) % {"more": number_format(more, force_grouping=True)}


def shown_down(share: float) -> str:
    """Percent, never more than it is."""
    return number_format(floor(share * 1000 + 1e-9) / 10, 1)


def shown_up(share: float) -> str:
    """Percent, never less than it is."""
    return number_format(ceil(share * 1000 - 1e-9) / 10, 1)
