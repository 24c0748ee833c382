"""Items that are tests, and so are never learned from: told to whatever teaches a model."""

from collections.abc import Sequence

from django.db.models import QuerySet

from datasets.models import DatasetEntry, DatasetVersion, ScenarioItem
from tasks.models import Project

TRAIN, TEST = "train", "test"


def of_scenarios(project: Project) -> QuerySet[ScenarioItem]:
    """Those of retired scenarios and of earlier numbers, too: somebody may measure by them."""
    return ScenarioItem.objects.filter(scenario__project=project).values("item")


def of_test_split(project: Project) -> QuerySet[DatasetEntry]:
    """The test split of the newest frozen version."""
    newest = DatasetVersion.objects.filter(project=project, state=DatasetVersion.State.FROZEN)
    newest = newest.order_by("-number").values("pk")[:1]
    return DatasetEntry.objects.filter(version__in=newest, split=TEST).order_by().values("item")


EXAMS = (of_scenarios, of_test_split)


def among(ids: Sequence[int]) -> set[int]:
    """Those of some items that are in a scenario."""
    return set(ScenarioItem.objects.filter(item__in=ids).values_list("item", flat=True))
