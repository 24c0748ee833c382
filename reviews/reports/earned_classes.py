"""What people of a batch see of a model, class by class, and whether anything speaks for that."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from reviews.reports.dashboard_filters import class_titles
from tasks.models import Annotation, Batch, ModelGrant, ModelVersion
from tasks.services.grid import grid_control
from tasks.services.instructions import current_schema
from tasks.services.suggestions import SEEN, mode_of

Mode = Annotation.SuggestionMode
Level = ModelGrant.Level
# The level that speaks for each choice of a manager.
NEEDED = {Mode.SHOWN: Level.FIRST_READER, Mode.AFTER: Level.SUGGESTER}


@dataclass(frozen=True)
class EarnedClasses:
    """`model` is the one whose suggestions people get, None without one; classes by their titles.

    That is the one which the batch names; else the newest at work, where suggestions are earned the
    newest that has earned some.
    """

    model: ModelVersion | None
    first: list[str]
    after: list[str]
    hidden_count: int
    # A manager lets people see more than any class has earned.
    is_unproved: bool


def of_batch(batch: Batch) -> EarnedClasses:
    named = batch.suggestion_model
    model = _newest(batch) if named is None else (None if named.stopped_at else named)
    grants = ModelGrant.objects.filter(model_version=model) if model else []
    levels = {grant.label: grant.level for grant in grants}
    most = Level.SUGGESTER if model and model.sways_since else Level.SOLOIST
    titles = class_titles(grid_control(current_schema(batch.project)))
    # Where more than one class is asked for, there is one level for all answers.
    known = titles or {"": _("all answers")}
    seen = {label: mode_of(min(levels.get(label, 0), most)) for label in known}
    needed = NEEDED.get(SEEN.get(Batch.Suggestions(batch.suggestions), Mode.NONE))
    return EarnedClasses(
        model=model,
        first=[title for label, title in known.items() if seen[label] == Mode.SHOWN],
        after=[title for label, title in known.items() if seen[label] == Mode.AFTER],
        hidden_count=sum(mode is None for mode in seen.values()),
        is_unproved=needed is not None and max(levels.values(), default=0) < needed,
    )


def _newest(batch: Batch) -> ModelVersion | None:
    at_work = ModelVersion.objects.filter(project=batch.project_id, stopped_at=None)
    rows = at_work.order_by("-pk")
    if batch.suggestions == Batch.Suggestions.EARNED:
        earned = ModelGrant.objects.filter(model_version=OuterRef("pk"), level__gt=Level.SHADOW)
        rows = at_work.order_by(Exists(earned).desc(), "-pk")
    return rows.first()
