"""The built-in model trained once more as a version of it was, but for the labels of one batch.

It is held beside that version to tell what these labels did. Nothing of it is stored, so it never
predicts, suggests or answers anything.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from labelops.errors import DomainError
from labelops.jobs.heart import Beat
from reviews.baseline.trained import Trained
from reviews.models import ModelTraining
from reviews.services import built_in_predictions, model_training
from reviews.services.training_labels import labels_of, standing_labels
from tasks.kinds.schema import control_named
from tasks.models import Batch, Prediction, Task
from tasks.services.instructions import current_schema


@dataclass(frozen=True)
class Retrained:
    """What was learned from so many labels."""

    trained: Trained
    label_count: int


def train_without(batch: Batch, training: ModelTraining, beat: Beat) -> Retrained:
    """From the items that it was trained on, with the labels that stand but for those of the batch.

    An item that had a label before the batch was given it is learned with that one. Raises
    Conflict when the question has changed, DomainError when too little is left.
    """
    project = training.project
    # Refused here when the question is not the one that was learned.
    built_in_predictions.trained_of(training)
    control = control_named(current_schema(project), training.control)
    try:
        labels = labels_of(_taught(training).exclude(batch=batch), control)
        learned = model_training.study(project, labels, beat)
    except DomainError as error:
        raise DomainError(
            _("Without this batch too little is left to learn from. {reason}").format(
                reason=error.message
            ),
            code="too_little_left",
        ) from error
    return Retrained(learned.trained, len(learned.items))


def changed_count(training: ModelTraining) -> int:
    """Of how many items that it was trained on the label was settled since, or is there no more."""
    taught = _taught(training)
    changed = taught.filter(settled_at__gt=training.started_at).values("item")
    as_before = taught.exclude(item__in=changed).values("item").distinct().count()
    return training.label_count - as_before


def _taught(training: ModelTraining) -> QuerySet[Task]:
    """Labels that stand, of the items that it was trained on; some may be tests by now."""
    said = Prediction.objects.filter(
        model_version=training.model_version_id, is_trained_on=True, item=OuterRef("item")
    )
    return standing_labels(training.project).filter(Exists(said))
