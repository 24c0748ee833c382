"""What the pages of the bin show, and what a deletion would touch, in figures."""

from dataclasses import dataclass

from django.db.models import Count, Exists, Model, OuterRef, QuerySet, Sum

from tasks.models import (
    WORK_STATES,
    Annotation,
    Assignment,
    Deletion,
    GoldItem,
    Item,
    Project,
    ReservedItem,
    Task,
)
from tasks.services import kept_items
from tasks.services.item_selection import Selection

# Above it pages say "more than": a million of rows is not counted while somebody waits.
COUNTED = 10_000
TAUGHT = [purpose for purpose in ReservedItem.Purpose if purpose != ReservedItem.Purpose.GOLD]


@dataclass(frozen=True)
class Touched:
    """How much hangs on the items; each count ends behind COUNTED."""

    items: int
    tasks: int
    labels: int
    leases: int
    gold: int
    examples: int
    versions: list[str]
    counted: int = COUNTED


def touched_by(project: Project, selection: Selection) -> Touched:
    items = selection.rows(project).order_by()
    ids = items.values("pk")
    tasks = Task.objects.filter(item__in=ids, state__in=WORK_STATES)
    return Touched(
        items=_count(items),
        tasks=_count(tasks),
        labels=_count(Annotation.objects.filter(task__item__in=ids)),
        leases=_count(Assignment.objects.filter(task__item__in=ids, state=Assignment.State.LEASED)),
        gold=_count(GoldItem.objects.filter(item__in=ids)),
        examples=_count(ReservedItem.objects.filter(item__in=ids, purpose__in=TAUGHT)),
        versions=kept_items.names_of(items),
    )


def _count(rows: QuerySet[Model]) -> int:
    return rows.order_by().values("pk")[: COUNTED + 1].count()


def deletions(project: Project) -> QuerySet[Deletion]:
    """Those that can be restored, or whose items are kept by frozen versions."""
    rows = project.deletions.filter(restored_at=None).select_related("deleted_by", "job")
    left = Item.everything.filter(deletion=OuterRef("pk"))
    return rows.annotate(has_items=Exists(left))


def items_in(deletion: Deletion) -> QuerySet[Item]:
    return Item.everything.filter(deletion=deletion)


def project_figures(project: Project) -> dict[str, int]:
    """What the page before deleting a project says it consists of."""
    batches = project.batches.aggregate(
        labels=Sum("tallies__annotation_count", default=0), batches=Count("pk", distinct=True)
    )
    return {
        "items": _count(project.items.all()),
        "labels": batches["labels"],
        "batches": batches["batches"],
        "counted": COUNTED,
    }
