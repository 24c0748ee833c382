"""Whether a failure case is proved to be solved: its tests with the newest model version."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from datasets.analysis.scenario_bars import FAIL, PASS
from datasets.models import FailureCase, Scenario, ScenarioRun
from datasets.reports.scenarios import what_it_says
from datasets.services.release_gate import GateRow, gate_row
from datasets.services.scenario_runs import in_gate, stale_runs
from tasks.models import ModelVersion


@dataclass(frozen=True)
class Proof:
    """The tests of a case with the newest version that was run on any; None where none was."""

    version: ModelVersion | None
    rows: list[GateRow]
    # Why it is not proved; empty when it is.
    lack: str

    @property
    def is_failed(self) -> bool:
        return any(row.verdict == FAIL for row in self.rows)


def tests_of(case: FailureCase) -> QuerySet[Scenario]:
    """Those in the release gate that bear the name of one made of its segment, or linked to it."""
    linked = case.scenarios.values("pk")
    own = Scenario.objects.filter(Q(segment=case.segment_id) | Q(pk__in=linked))
    return in_gate(case.project).filter(name__in=own.values("name"))


def proof_of(case: FailureCase) -> Proof:
    """A model before the one that the failure was seen with proves nothing, nor another model."""
    tests = list(tests_of(case))
    runs = ScenarioRun.objects.filter(scenario__in=tests)
    if seen := case.model_version:
        runs = runs.filter(model_version__gte=seen.pk, model_version__name=seen.name)
    newest = runs.select_related("model_version").order_by("-model_version_id").first()
    if newest is None:
        return Proof(None, [GateRow(test, None, False) for test in tests], _unrun(case, tests))
    version = newest.model_version
    rows = runs.filter(model_version=version).select_related("scenario")
    by_test = {run.scenario_id: run for run in rows}
    stale = stale_runs(version.pk, by_test.values())
    found = [gate_row(test, by_test.get(test.pk), stale) for test in tests]
    return Proof(version, found, _lack(version, found))


def _unrun(case: FailureCase, tests: list[Scenario]) -> str:
    if not tests:
        return _("No scenario test has been made of its items, so nothing can prove it solved.")
    if case.model_version:
        return _("Its test has not been run on %(model)s or a later version.") % {
            "model": case.model_version
        }
    return _("Its test has not been run on any model.")


def _lack(version: ModelVersion, rows: list[GateRow]) -> str:
    """Of the tests that are not passed the one that is failed, if any."""
    lacking = [row for row in rows if row.verdict != PASS]
    if not lacking:
        return ""
    worst = next((row for row in lacking if row.verdict == FAIL), lacking[0])
    words = {"version": version, "test": worst.scenario, "why": what_it_says(worst)}
    if worst.verdict == FAIL:
        return _("%(version)s fails its test “%(test)s”. %(why)s") % words
    return _("%(version)s has not passed its test “%(test)s”. %(why)s") % words
