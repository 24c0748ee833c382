"""What a built-in model says of items: of all at its training, of later ones by a sweep."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from labelops.errors import Conflict
from reviews.baseline.trained import Trained
from reviews.models import ModelTraining
from reviews.services import item_vectors, training_labels
from tasks.models import Item, Prediction, Project
from tasks.services.grid import class_of
from tasks.services.instructions import current_schema
from tasks.services.predictions import Judgement, keep_judgements

CHUNK = 200
# Of one project in one sweep: others wait for their turn.
CHUNKS_AT_ONCE = 25
# An import that began earlier may still add items below numbers that are taken.
SETTLED = timedelta(minutes=10)
DIGITS = 6


def trained_of(training: ModelTraining) -> Trained:
    """What was learned. Raises Conflict when the project no longer asks for these classes."""
    trained = Trained.from_bytes(bytes(training.weights))
    schema = current_schema(training.project)
    if not training_labels.knows(schema, training.control, trained.classes):
        raise Conflict(
            _("The project asks for other classes than those that were learned."),
            code="question_changed",
            hint=_("Train it anew."),
        )
    return trained


def unpredicted(training: ModelTraining, after: int) -> QuerySet[Item]:
    """Items behind that number of which the version says nothing yet."""
    said = Prediction.objects.filter(model_version=training.model_version_id, item=OuterRef("pk"))
    rows = Item.objects.filter(project=training.project_id, pk__gt=after).order_by("pk")
    return rows.exclude(Exists(said))


def chunks_behind(training: ModelTraining, after: int) -> Iterator[list[Item]]:
    rows = unpredicted(training, after)
    while chunk := list(rows.filter(pk__gt=after)[:CHUNK]):
        yield chunk
        after = chunk[-1].pk


def judge(
    project: Project, trained: Trained, control: str, items: Sequence[Item]
) -> list[Judgement]:
    """Of the items that can be read."""
    is_image = project.item_type == Project.ItemType.IMAGE
    readable, rows = item_vectors.read(items, is_image=is_image)
    if not readable:
        return []
    said, novelty = trained.judge(rows)
    return judgements(project, control, trained.classes, readable, said, novelty)


def judgements(
    project: Project,
    control: str,
    classes: Sequence[str],
    items: Sequence[Item],
    probabilities: NDArray[Any],
    novelty: NDArray[Any],
    *,
    is_trained_on: bool = False,
) -> list[Judgement]:
    """The surest class of each item is its answer; other questions stay without one."""
    schema = current_schema(project)
    found = []
    for item, row, new in zip(items, probabilities.tolist(), novelty.tolist(), strict=True):
        score = max(row)
        answer = {control: classes[row.index(score)]}
        scores = {name: round(share, DIGITS) for name, share in zip(classes, row, strict=True)}
        label = class_of(schema, answer)
        found.append(
            Judgement(
                item.pk, answer, label, round(score, DIGITS), scores, is_trained_on, round(new, 4)
            )
        )
    return found


def predict_later(*, now: datetime | None = None) -> int:
    """Items that came after the newest built-in version of their project. Returns how many.

    It may run twice at once: what is said already stays as it is.
    """
    now = now or timezone.now()
    return sum(_predict_later(training, now) for training in _with_later_items())


def _with_later_items() -> QuerySet[ModelTraining]:
    """Trainings of the newest version of their project that nobody stopped, with items behind."""
    is_good = Q(model_version__ready_at__isnull=False, model_version__stopped_at=None)
    newer = ModelTraining.objects.filter(
        is_good, project=OuterRef("project"), pk__gt=OuterRef("pk")
    )
    later = Item.objects.filter(project=OuterRef("project"), pk__gt=OuterRef("predicted_until"))
    rows = ModelTraining.objects.filter(
        is_good, Exists(later), project__archived_at=None, project__deleted_at=None
    )
    rows = rows.exclude(Exists(newer)).select_related("project", "model_version")
    return rows.defer("weights", "report")


def _predict_later(training: ModelTraining, now: datetime) -> int:
    count, trained, last = 0, None, None
    for chunk in islice(chunks_behind(training, training.predicted_until), CHUNKS_AT_ONCE):
        try:
            trained = trained or trained_of(training)
        except Conflict:
            # Its page says so; a new training takes over.
            return count
        found = judge(training.project, trained, training.control, chunk)
        keep_judgements(training.model_version, found, by=None)
        count += len(found)
        last = chunk[-1].pk if len(chunk) == CHUNK else None
    keep_place(training, now, until=last)
    return count


def keep_place(training: ModelTraining, now: datetime, *, until: int | None = None) -> None:
    """Remember up to which item all is said, once no import can add one below it any more.

    `until`: so far somebody has looked; there may be more behind it.
    """
    behind = Item.everything.filter(project=training.project_id, pk__gt=training.predicted_until)
    if until is not None:
        behind = behind.filter(pk__lte=until)
    last = behind.filter(created_at__lt=now - SETTLED).aggregate(last=Max("pk"))["last"]
    if last is not None:
        training.predicted_until = last
        training.save(update_fields=["predicted_until"])
