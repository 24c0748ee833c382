"""The items of a scenario test: all of them, or what became of them with one model version."""

from collections.abc import Mapping

from django.db.models import F
from django.utils.translation import gettext as _

from datasets.models import Scenario, ScenarioRun
from datasets.services.item_sets import QueriedItems, SetKind
from datasets.services.scenario_runs import unpacked
from datasets.services.sets.reading import refused, whole_number
from labelops.many_rows import Among
from tasks.models import Item, Project

WRONG, RIGHT, UNPREDICTED = OUTCOMES = ("wrong", "right", "unpredicted")


def read_scenario(project: Project, given: Mapping[str, str]) -> QueriedItems:
    """`scenario`; with `model` (the id of a version) and `outcome` those of its run."""
    scenario = project.scenarios.filter(pk=whole_number(given, "scenario")).first()
    if scenario is None:
        raise refused("scenario")
    rows = Item.objects.filter(project=project, scenario_items__scenario=scenario)
    outcome = given.get("outcome", "")
    if not outcome:
        return QueriedItems(project, str(scenario), rows, known_count=scenario.item_count)
    if outcome not in OUTCOMES:
        raise refused("outcome")
    runs = ScenarioRun.objects.filter(scenario=scenario, model_version=whole_number(given, "model"))
    run = runs.select_related("model_version").first()
    if run is None:
        raise refused("model")
    return _of_run(scenario, run, outcome)


def _of_run(scenario: Scenario, run: ScenarioRun, outcome: str) -> QueriedItems:
    wrong, unpredicted = unpacked(run.packed_wrong), unpacked(run.packed_unpredicted)
    rows = Item.objects.filter(project=scenario.project, scenario_items__scenario=scenario)
    names = {"scenario": scenario, "model": run.model_version}
    if outcome == WRONG:
        title, count = _("Wrong in %(scenario)s, by %(model)s"), len(wrong)
        rows = rows.filter(Among(F("pk"), wrong))
    elif outcome == UNPREDICTED:
        title, count = _("Without a prediction in %(scenario)s, by %(model)s"), len(unpredicted)
        rows = rows.filter(Among(F("pk"), unpredicted))
    else:
        title = _("Not wrong in %(scenario)s, by %(model)s")
        count = scenario.item_count - len(wrong) - len(unpredicted)
        rows = rows.exclude(Among(F("pk"), wrong + unpredicted))
    return QueriedItems(scenario.project, title % names, rows, known_count=count)


SCENARIO = SetKind(("scenario", "model", "outcome"), read_scenario)
