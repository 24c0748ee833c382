"""Items that are tests, and so are never learned from: told to whatever teaches a model."""

from datasets.models import DatasetEntry, DatasetVersion, ScenarioItem

TRAIN, TEST = "train", "test"

# Retired scenarios, earlier numbers and former versions, too: somebody may measure by them.
EXAMS = (
    ScenarioItem.objects.all(),
    DatasetEntry.objects.filter(split=TEST, version__state=DatasetVersion.State.FROZEN).order_by(),
)
