"""How the tests make scenario tests, and models that are right so often."""

from decimal import Decimal

from datasets.models import Scenario
from datasets.services import scenarios
from datasets.services.scenarios import ScenarioWish
from tests.datasets.freezing import freeze, make_label
from tests.factories import make_model_version, make_prediction


def freeze_birds(batch, *, tests=40, trained=4):
    """A version with so many robins in its test split, half of them wrens, and some in training."""
    for number in range(tests):
        label = "wren" if number % 2 else "robin"
        make_label(batch, label, name=f"test{number}", data={"split": "test"})
    for number in range(trained):
        make_label(batch, name=f"train{number}", data={"split": "train"})
    return freeze(batch.project)


def item_ids(version, split="test"):
    return list(version.entries.filter(split=split).values_list("item", flat=True))


def make_scenario(version, ids=None, *, by=None, segment=None, **wish):
    wish.setdefault("name", "birds at dusk")
    wish.setdefault("bar_percent", Decimal(80))
    return scenarios.freeze(
        version.project,
        ScenarioWish(version=version, **wish),
        item_ids(version) if ids is None else ids,
        by=by or version.created_by,
        segment=segment,
    )


def say(version, ids, *, wrong=(), model=None, **over):
    """Predictions of a model for these items, wrong for some of them."""
    model = model or make_model_version(version.project)
    labels = dict(version.entries.values_list("item", "label"))
    for entry in version.entries.filter(item__in=ids).select_related("item"):
        label = labels[entry.item_id]
        other = "robin" if label == "wren" else "wren"
        make_prediction(model, entry.item, other if entry.item_id in wrong else label, **over)
    return model


def newest_scenario():
    return Scenario.objects.order_by("-pk").first()
