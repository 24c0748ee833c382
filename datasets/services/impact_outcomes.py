"""Which items a model version has right: of a scenario test, and of the rest of a test split."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import F, QuerySet

from datasets.analysis.scenario_counts import RIGHT, count_right
from datasets.models import DatasetEntry, Scenario
from datasets.services.exam_items import TEST
from datasets.services.scenario_answers import Told, pairs_of
from datasets.services.scenario_runs import predictions_of
from labelops.many_rows import Among
from tasks.models import ModelVersion, Prediction

# Of a larger test split its first items, of a version always the same.
REST_MOST = 20_000
CHUNK = 2_000
Answers = dict[int, dict]


def of_scenario(scenario: Scenario, version: ModelVersion) -> dict[int, bool]:
    """By item that counts: whether all of it is right. What the model learned from is left out.

    Where the test is about what is there to be found, items without it do not count.
    """
    truths = dict(scenario.members.values_list("item", "answer"))
    return _right(scenario, truths, predictions_of(scenario, version))


def of_rest(scenario: Scenario, version: ModelVersion) -> dict[int, bool]:
    """The same of items of the test split that are not in the scenario."""
    found: dict[int, bool] = {}
    for truths in _rest(scenario):
        rows = Prediction.objects.filter(Among(F("item"), list(truths)), model_version=version)
        found |= _right(scenario, truths, rows)
    return found


def classes_of(scenario: Scenario, item_ids: Iterable[int]) -> dict[int, str]:
    """The class of each of the items in the scenario's version; empty where it has none."""
    rows = DatasetEntry.objects.filter(
        Among(F("item"), list(item_ids)), version=scenario.dataset_version_id
    )
    return dict(rows.values_list("item", "label"))


def _rest(scenario: Scenario) -> Iterator[Answers]:
    members = set(scenario.members.values_list("item", flat=True))
    rows = DatasetEntry.objects.filter(version=scenario.dataset_version_id, split=TEST)
    rows = rows.order_by("position")
    last = 0
    for _chunk in range(REST_MOST // CHUNK):
        page = list(
            rows.filter(position__gt=last).values_list("position", "item", "answer")[:CHUNK]
        )
        if not page:
            return
        last = page[-1][0]
        yield {item: answer for _position, item, answer in page if item not in members}


def _right(scenario: Scenario, truths: Answers, said: QuerySet[Prediction]) -> dict[int, bool]:
    rows = said.filter(is_trained_on=False).values_list("item", "answer", "score", "scores")
    return right_of(
        scenario, [Told(item, truths[item], *word) for item, *word in rows if item in truths]
    )


def right_of(scenario: Scenario, told: Sequence[Told]) -> dict[int, bool]:
    """By item that counts, whether all that was told of it is right."""
    is_recall = scenario.measure == Scenario.Measure.RECALL
    measure = scenario.measure if is_recall else RIGHT
    items = [one.item for one in told]
    label = scenario.label if is_recall else ""
    counted = count_right(pairs_of(scenario, told), items, measure, label).by_item
    return {item: right == n for item, (right, n) in counted.items()}
