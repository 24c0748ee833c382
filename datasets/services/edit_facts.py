"""What a bulk edit has to know of each item: the label that stands, and what is in its way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import models
from django.utils.translation import gettext_lazy as _

from datasets.services.standing_labels import standing_task, tasks_of
from labelops.accounts.models import User
from reviews.services.references import BY_EXPERTS
from tasks.models import Annotation, Assignment, GoldItem, Item, Project, Stage, Task
from tasks.services.gold import KEPT


class Why(models.TextChoices):
    """Why an item was left alone, or an edit of it kept."""

    GONE = "gone", _("was deleted")
    NO_BATCH = "no_batch", _("is in no batch")
    NO_LABEL = "no_label", _("has no accepted label")
    GOLD = "gold", _("is gold, which measures people")
    BEING_REVIEWED = "being_reviewed", _("is being reviewed at this moment")
    BY_EXPERT = "by_expert", _("an expert has decided it: fix it instead")
    OWN_WORK = "own_work", _("was labeled by yourself")
    NOT_YOURS = "not_yours", _("is not yours to decide")
    NO_TEAM = "no_team", _("has a batch without a team")
    SAME = "same", _("is so already")
    NO_OBJECT = "no_object", _("has none of the objects that are meant")
    REFUSED = "refused", _("would break the rules of the instructions")
    TOUCHED = "touched", _("was changed or taken up since")
    ANSWERED = "answered", _("the question is answered already")


class LeftAlone(Exception):
    """An item cannot be edited, or not be put back; `why` is one of Why."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Facts:
    """An item with its tasks, the oldest first; gold is none of them."""

    item: Item
    tasks: Sequence[Task]
    is_gold: bool
    is_being_reviewed: bool
    is_own_work: bool

    @cached_property
    def task(self) -> Task | None:
        return standing_task(self.tasks)

    @property
    def is_by_expert(self) -> bool:
        return self.task is not None and self.task.result_source in BY_EXPERTS


def facts_of(project: Project, item_ids: Iterable[int], *, by: User) -> dict[int, Facts]:
    """By item; five statements, however many there are."""
    ids = list(item_ids)
    items = Item.objects.filter(project=project, pk__in=ids)
    tasks = tasks_of(ids)
    gold = GoldItem.objects.filter(item__in=ids, state__in=KEPT)
    reviews = Assignment.objects.filter(
        task__item__in=ids,
        stage__in=[Stage.REVIEW, Stage.ADJUDICATE],
        state=Assignment.State.LEASED,
    )
    own = Annotation.everything.filter(task__item__in=ids, author=by)
    is_gold = set(gold.values_list("item", flat=True))
    is_reviewed = set(reviews.values_list("task__item", flat=True))
    is_own = set(own.values_list("task__item", flat=True))
    return {
        item.pk: Facts(
            item, tasks[item.pk], item.pk in is_gold, item.pk in is_reviewed, item.pk in is_own
        )
        for item in items
    }
