"""Two evaluations of the same labels beside each other, part by part, without reading matches."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from django.utils.translation import gettext as _

from datasets.analysis.comparing import Change, Side, items_by_change, labels_by_change
from datasets.analysis.judged_parts import unpacked
from datasets.models import Evaluation, EvaluationPart
from datasets.services.evaluations import bars_of
from labelops.errors import DomainError

PARTS_AT_ONCE = 10
Changes = dict[Change, list[int]]
OTHERS_MOST = 50


@dataclass
class Comparison:
    """Items by what became of them, and by class the items of labels: once for each of them."""

    items: Changes = field(default_factory=dict)
    labels: dict[str, Changes] = field(default_factory=dict)


def others_of(evaluation: Evaluation) -> list[Evaluation]:
    """Finished evaluations of the same labels: the newest first."""
    rows = Evaluation.objects.filter(
        project=evaluation.project_id,
        dataset_version=evaluation.dataset_version_id,
        split=evaluation.split,
        control=evaluation.control,
        finished_at__isnull=False,
    ).exclude(pk=evaluation.pk)
    related = rows.select_related("dataset_version", "model_version", "job")
    return list(related.defer("histogram", "report")[:OTHERS_MOST])


def compare(before: Evaluation, after: Evaluation) -> Comparison:
    """At the own thresholds of each. Raises DomainError where their labels are not the same."""
    require_comparable(before, after)
    found = Comparison({change: [] for change in Change})
    for _number, *sides in _parts(before, after):
        for change, items in items_by_change(*sides).items():
            found.items[change] += items.tolist()
        for name, changes in labels_by_change(*sides).items():
            of_class = found.labels.setdefault(name, {change: [] for change in Change})
            for change, items in changes.items():
                of_class[change] += items.tolist()
    return found


def changed_items(
    before: Evaluation, after: Evaluation, change: Change, *, label: str = "", first: int = 0
) -> Iterator[tuple[int, list[int]]]:
    """The items of one change, each once, with the number of their part; from part `first` on.

    Of the items as a whole, or with `label` of labels of that class alone.
    """
    for number, *sides in _parts(before, after, first=first):
        if label:
            changes = labels_by_change(*sides, only=label).get(label, {})
        else:
            changes = items_by_change(*sides)
        yield number, list(dict.fromkeys(np.asarray(changes.get(change, ())).tolist()))


def require_comparable(before: Evaluation, after: Evaluation) -> None:
    """Raises DomainError where the two are not of the same labels."""
    facts = [(one.dataset_version_id, one.split, one.control) for one in (before, after)]
    if facts[0] != facts[1]:
        raise DomainError(
            _("Only evaluations of the same dataset version, split and question can be compared."),
            code="not_comparable",
            field="before",
        )


def _parts(
    before: Evaluation, after: Evaluation, *, first: int = 0
) -> Iterator[tuple[int, Side, Side]]:
    """Parts of the same number cover the same stretch of the version."""
    for (number, side), (_number, other) in zip(
        _sides(before, first), _sides(after, first), strict=False
    ):
        yield number, side, other


def _sides(evaluation: Evaluation, first: int) -> Iterator[tuple[int, Side]]:
    rows = EvaluationPart.objects.filter(evaluation=evaluation, number__gte=first)
    bars = bars_of(evaluation)
    stored = rows.order_by("number").values_list("number", "packed")
    for number, part in stored.iterator(chunk_size=PARTS_AT_ONCE):
        yield number, Side(unpacked(bytes(part)), bars, evaluation.classes)
