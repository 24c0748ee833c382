"""Two evaluations of the same labels beside each other, part by part, without reading matches.

What became of the items is counted once and kept with the parts that have any of a kind: so that
a page of two evaluations reads one row, and a page of items those parts alone that it shows.
"""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from datasets.analysis.comparing import (
    Change,
    Changed,
    Side,
    Tally,
    changed,
    no_tally,
    packed,
    read,
    with_more,
)
from datasets.analysis.judged_parts import unpacked
from datasets.models import Comparison, Evaluation, EvaluationPart
from datasets.services.evaluations import bars_of
from labelops.errors import DomainError
from labelops.locking import locked

PARTS_AT_ONCE = 10
# 100,000 items: 0.3 s of a processor.
PARTS_A_LOOK = 50
OTHERS_MOST = 50


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


def comparison_of(before: Evaluation, after: Evaluation) -> Comparison:
    """At the own thresholds of each, as far as it is counted.

    A look counts so many parts at most, and the next one goes on. Nothing changes by it but how
    soon the answer is there, and so reading a page may do it. Raises DomainError where the labels
    are not the same, and Conflict when one of the two is being deleted.
    """
    require_comparable(before, after)
    bars = [list(bars_of(one)) for one in (before, after)]
    known = Comparison.objects.filter(before=before, after=after).first()
    if known is None or known.bars != bars:
        known = Comparison(
            bars=bars,
            part_count=min(one.parts.count() for one in (before, after)),
            packed=packed(no_tally(len(before.classes))),
        )
    # They tell their thresholds and classes, which a row of the database would have to be asked.
    known.before, known.after = before, after
    return known if known.is_whole else _counted_on(known)


def tally_of(comparison: Comparison) -> Tally:
    return read(bytes(comparison.packed))


def changed_items(
    comparison: Comparison, change: Change, code: int, *, first: int = 0
) -> Iterator[tuple[int, list[int]]]:
    """The items of one change, each once, with the number of their part; from part `first` on.

    Of the items as a whole (`WHOLE`), or of labels of the class of that code alone.
    """
    numbers = [n for n in tally_of(comparison).parts_with(code, change) if n >= first]
    for number, part in _changed_parts(comparison, numbers):
        yield number, part.items_of(code, change)


def require_comparable(before: Evaluation, after: Evaluation) -> None:
    """Raises DomainError where the two are not of the same labels."""
    facts = [(one.dataset_version_id, one.split, one.control) for one in (before, after)]
    if facts[0] != facts[1]:
        raise DomainError(
            _("Only evaluations of the same dataset version, split and question can be compared."),
            code="not_comparable",
            field="before",
        )


def _counted_on(comparison: Comparison) -> Comparison:
    """Whoever looks at the same time counts the same, so that either may be the last to write."""
    done = comparison.counted_parts
    numbers = range(done + 1, min(done + PARTS_A_LOOK, comparison.part_count) + 1)
    parts = (part for _number, part in _changed_parts(comparison, numbers))
    counted = {
        "bars": comparison.bars,
        "part_count": comparison.part_count,
        "counted_parts": done + len(numbers),
        "packed": packed(with_more(tally_of(comparison), parts)),
    }
    before, after = comparison.before, comparison.after
    with transaction.atomic():
        for pk in sorted({before.pk, after.pk}):
            locked(Evaluation.objects.only("pk"), pk)
        found, _is_new = Comparison.objects.update_or_create(
            before=before, after=after, defaults=counted
        )
    found.before, found.after = before, after
    return found


def _changed_parts(comparison: Comparison, numbers: Sequence[int]) -> Iterator[tuple[int, Changed]]:
    """Parts of the same number cover the same stretch of the version."""
    for start in range(0, len(numbers), PARTS_AT_ONCE):
        some = numbers[start : start + PARTS_AT_ONCE]
        sides = (_sides(one, some) for one in (comparison.before, comparison.after))
        # Fewer where somebody deletes one of the two at this moment.
        for number, before, after in zip(some, *sides, strict=False):
            yield number, changed(before, after)


def _sides(evaluation: Evaluation, numbers: Sequence[int]) -> Iterator[Side]:
    rows = EvaluationPart.objects.filter(evaluation=evaluation, number__in=numbers)
    bars = bars_of(evaluation)
    for stored in rows.order_by("number").values_list("packed", flat=True):
        yield Side(unpacked(bytes(stored)), bars)
