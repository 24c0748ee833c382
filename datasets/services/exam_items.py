"""Items that are tests, and so are never learned from: told to whatever teaches a model."""

from django.db.models import Exists, OuterRef

from datasets.models import DatasetEntry, DatasetVersion, ScenarioItem

TRAIN, TEST = "train", "test"

# Retired scenarios, earlier numbers and former versions, too: somebody may measure by them.
OF_SCENARIOS = Exists(ScenarioItem.objects.filter(item=OuterRef("pk")))
OF_TEST_SPLITS = Exists(
    DatasetEntry.objects.filter(
        item=OuterRef("pk"), split=TEST, version__state=DatasetVersion.State.FROZEN
    )
)
EXAMS = (OF_SCENARIOS, OF_TEST_SPLITS)
