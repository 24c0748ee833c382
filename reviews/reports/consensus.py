"""The label of each item, as the product stores it, or as one method alone has it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from reviews.models import Consensus
from reviews.quality.judgement import MODEL, VOTE
from reviews.services.inference import Refit
from tasks.kinds.answer import value_of
from tasks.models import Project, Task

AUTO = "auto"
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
    project: Project, control: dict[str, Any], refit: Refit, *, method: str = AUTO
) -> Iterator[ItemLabel]:
    """One label per item with a consensus or a stored label, by item.

    Stored labels win over those inferred, experts' over others, later over earlier. Items whose
    answer holds no class, being undecidable, are left out.
    """
    tasks = (
        Task.objects.filter(batch__project=project, set_aside__isnull=True)
        .exclude(state=Task.State.GOLD)
        .select_related("item", "consensus")
        .order_by("item", "pk")
        .iterator(chunk_size=CHUNK)
    )
    plain = _plain(refit, control["name"]) if method == MODEL else {}
    for _item, found in groupby(tasks, key=lambda task: task.item_id):
        label = _of_item(found, control, method, plain)
        if label:
            yield label


def _plain(refit: Refit, name: str) -> dict[Any, tuple[Any, float]]:
    """By task: the likeliest class of the model by itself, and its probability."""
    fitted = refit.fits.get((name, None))
    if fitted is None:
        return {}
    best = fitted.plain.argmax(axis=1).tolist()
    shares = fitted.plain.max(axis=1).tolist()
    classes = fitted.table.classes
    return {
        task: (classes[index], share)
        for task, index, share in zip(fitted.table.items, best, shares, strict=True)
    }


def _of_item(
    tasks: Iterable[Task],
    control: dict[str, Any],
    method: str,
    plain: dict[Any, tuple[Any, float]],
) -> ItemLabel | None:
    best: tuple[int, ItemLabel] | None = None
    for task in tasks:
        ranked = _stored(task, control) if method == AUTO else None
        ranked = ranked or _inferred(task, control, method, plain)
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


def _inferred(
    task: Task, control: dict[str, Any], method: str, plain: dict[Any, tuple[Any, float]]
) -> tuple[int, ItemLabel] | None:
    consensus = getattr(task, "consensus", None)
    if consensus is None:
        return None
    answer = consensus.voted if method == VOTE else consensus.answer
    label, confidence, used = value_of(control, answer), consensus.confidence, consensus.method
    if method == VOTE and label is not None:
        confidence, used = _share(consensus, control, label), VOTE
    if method == MODEL and task.pk in plain:
        (label, confidence), used = plain[task.pk], MODEL
    if label is None:
        return None
    return 0, ItemLabel(task.item.external_id, label, confidence, used, consensus.is_tie)


def _share(consensus: Consensus, control: dict[str, Any], label: Any) -> float:
    """The share of the annotators who chose the class."""
    votes = consensus.votes.get(control["name"], {})
    return votes.get(str(label), 0) / consensus.annotation_count
