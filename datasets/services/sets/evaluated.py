"""Items of an evaluation by what the model said of them at all."""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from datasets.models import DatasetEntry, Evaluation
from datasets.services.item_sets import AskedItems, SetKind
from datasets.services.sets.cells import evaluation_of
from labelops.errors import DomainError
from tasks.kinds.answer import UNDECIDABLE
from tasks.models import Item, ModelVersion, Prediction, Project

NOTHING, TAUGHT = "nothing", "taught"


def read_evaluated(project: Project, given: Mapping[str, str]) -> AskedItems:
    """`said`: nothing, of items without a prediction; taught, of those the model learned from."""
    evaluation = evaluation_of(project, given.get("evaluation", ""), "evaluation")
    entries = DatasetEntry.objects.filter(
        item=OuterRef("pk"), version=evaluation.dataset_version_id
    ).exclude(answer__has_key=UNDECIDABLE)
    if evaluation.split:
        entries = entries.filter(split=evaluation.split)
    items = Item.objects.filter(Exists(entries), project=project)
    said = Prediction.objects.filter(model_version=evaluation.model_version_id, item=OuterRef("pk"))
    # Of the built-in model none is out: it predicts its own items by what it learned from others.
    is_built_in = evaluation.model_version.origin == ModelVersion.Origin.BUILT_IN
    taught = said.none() if is_built_in else said.filter(is_trained_on=True)
    titles = {
        NOTHING: _("No prediction · %(evaluation)s"),
        TAUGHT: _("Taught the model · %(evaluation)s"),
    }
    rows = {
        NOTHING: items.filter(~Exists(said.exclude(answer__has_key=UNDECIDABLE))),
        TAUGHT: items.filter(Exists(taught)),
    }
    wanted = given.get("said", "")
    if wanted not in rows:
        raise DomainError(
            _("There are these sets: %(names)s.") % {"names": ", ".join(rows)},
            code="unknown_value",
            field="said",
        )
    title = titles[wanted] % {"evaluation": evaluation}
    return AskedItems(project, title, rows[wanted], evaluation, _count(evaluation, wanted))


def _count(evaluation: Evaluation, said: str) -> int:
    return evaluation.unpredicted_count if said == NOTHING else evaluation.trained_on_count


EVALUATED = SetKind(("evaluation", "said"), read_evaluated)
