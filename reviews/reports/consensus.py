"""The label of each item, as the product stores it or as its annotators voted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tasks.kinds.answer import value_of
from tasks.models import Project, Task

CHUNK = 2_000
DECIDED = (Task.Source.REVIEW, Task.Source.ADJUDICATION)


@dataclass(frozen=True)
class ItemLabel:
    """`confidence` is None where an expert decided."""

    item: str
    label: str
    confidence: float | None
    method: str
    is_tie: bool


def item_labels(
    project: Project, control: dict[str, Any], *, only_votes: bool = False
) -> Iterator[ItemLabel]:
    """One label per item with a consensus or a stored label, by item.

    Stored labels win over votes, experts' over others, later over earlier. Items whose answer
    holds no class, being undecidable, are left out.
    """
    tasks = (
        Task.objects.filter(batch__project=project)
        .select_related("item", "consensus")
        .order_by("item", "pk")
        .iterator(chunk_size=CHUNK)
    )
    for _item, found in groupby(tasks, key=lambda task: task.item_id):
        label = _of_item(found, control, only_votes)
        if label:
            yield label


def _of_item(tasks: Iterable[Task], control: dict[str, Any], only_votes: bool) -> ItemLabel | None:
    best: tuple[int, ItemLabel] | None = None
    for task in tasks:
        ranked = None if only_votes else _stored(task, control)
        ranked = ranked or _voted(task, control)
        if ranked and (best is None or ranked[0] >= best[0]):
            best = ranked
    return best[1] if best else None


def _stored(task: Task, control: dict[str, Any]) -> tuple[int, ItemLabel] | None:
    if task.state != Task.State.ACCEPTED or task.result_answer is None:
        return None
    label = value_of(control, task.result_answer)
    if label is None:
        return None
    is_decided = task.result_source in DECIDED
    method = "review" if is_decided else task.result_source
    found = ItemLabel(task.item.external_id, label, task.result_confidence, method, False)
    return (2 if is_decided else 1), found


def _voted(task: Task, control: dict[str, Any]) -> tuple[int, ItemLabel] | None:
    consensus = getattr(task, "consensus", None)
    label = value_of(control, consensus.answer) if consensus else None
    if label is None:
        return None
    return 0, ItemLabel(
        task.item.external_id, label, consensus.confidence, consensus.method, consensus.is_tie
    )
