"""What a model said, by what turned out to be right; each number opens its checks."""

from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlencode

from django.db.models import Count, QuerySet

from reviews.models import ModelCheck
from reviews.reports.model_ladder import titles_of
from reviews.reports.person_history import CLASSES_SHOWN, Cell, Confusion, ConfusionRow, Counted
from reviews.reports.shares import Share
from tasks.models import ModelVersion


def confusion(model: ModelVersion) -> Confusion | None:
    """A line a right class, of all decided checks; None where the project has no single choice."""
    rows = decided(model).exclude(expected="").exclude(label="").order_by()
    counts = Counter(
        {
            (expected, given): count
            for expected, given, count in rows.values_list("expected", "label").annotate(
                count=Count("pk")
            )
        }
    )
    if not counts:
        return None
    met: Counter[str] = Counter()
    for (expected, given), count in counts.items():
        met[expected] += count
        met[given] += count
    titles = titles_of(model)
    place = {name: number for number, name in enumerate(titles)}
    # The commonest, in the order of the question.
    commonest = sorted(met, key=lambda name: (-met[name], name))[:CLASSES_SHOWN]
    shown = sorted(commonest, key=lambda name: (place.get(name, len(place)), name))
    lines = [_row(name, shown, counts, titles) for name in shown]
    return Confusion(
        titles=[titles.get(name, name) for name in shown],
        rows=[line for line in lines if line.right.share.n],
        hidden_count=len(met) - len(shown),
    )


def _row(
    expected: str, shown: list[str], counts: Counter[tuple[str, str]], titles: Mapping[str, str]
) -> ConfusionRow:
    n = sum(count for (right, _given), count in counts.items() if right == expected)
    cells = [
        Cell(
            counts[expected, given],
            urlencode({"expected": expected, "label": given}),
            given == expected,
        )
        for given in shown
    ]
    right = Counted(Share(counts[expected, expected], n), urlencode({"expected": expected}))
    return ConfusionRow(titles.get(expected, expected), cells, right)


def decided(model: ModelVersion) -> QuerySet[ModelCheck]:
    """The checks that count and of which it is known what is right."""
    return ModelCheck.objects.filter(model_version=model, is_void=False, is_right__isnull=False)
