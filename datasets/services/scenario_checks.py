"""What stands in the way of a scenario test: a model may have seen its items, or they are few."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets.analysis.scenario_bars import least_items, right_to_pass, share_to_pass
from datasets.analysis.scenario_counts import RECALL, count_right
from datasets.models import DatasetEntry, DatasetVersion, Scenario
from datasets.services.exam_items import TRAIN
from datasets.services.scenario_answers import Told, pairs_of
from labelops.many_rows import Among
from tasks.kinds.answer import is_undecidable
from tasks.models import Item, ModelVersion, Prediction, Project

SHOWN = 10


@dataclass(frozen=True)
class Some:
    """What is in the way: how much, the first of it to be shown, and the items."""

    count: int
    shown: list[Any]
    ids: set[int]


@dataclass(frozen=True)
class Checks:
    """Of the items of a set that a version has labels of; `alike` are pairs as leaks hold them.

    `n` are those that count. `least`: of so many a model without a mistake passes; with `needed` of
    them right one passes, and `share` is how good it must be to pass four times of five.
    """

    n: int
    rows: list["Labeled"]
    unlabeled_count: int
    left_out_count: int
    in_training: Some
    trained_on: Some
    alike: Some
    knows_all_alike: bool
    least: int
    needed: int | None
    share: float | None

    @property
    def item_count(self) -> int:
        return len(self.rows)

    @property
    def in_the_way(self) -> set[int]:
        """Items without which only the number or what nobody knows can forbid it."""
        return self.in_training.ids | self.trained_on.ids | self.alike.ids

    @property
    def blocks(self) -> list[str]:
        """Each reason in a sentence; none: the scenario can be frozen."""
        return list(self._sentences())

    def _sentences(self) -> Iterator[str]:
        if not self.n:
            yield _("The dataset version has no label of these items that counts.")
        elif self.n < self.least:
            yield self._of_size()
        if count := self.in_training.count:
            yield ngettext(
                "%(count)d item is in the training split of a version, or a copy of it is.",
                "%(count)d items are in the training split of a version, or copies of them are.",
                count,
            ) % {"count": count}
        if count := self.trained_on.count:
            yield ngettext(
                "%(count)d item, or a copy, has taught a model of this project already. The "
                "built-in model leaves test items out when it is trained again.",
                "%(count)d items have taught a model of this project already, or copies have. The "
                "built-in model leaves test items out when it is trained again.",
                count,
            ) % {"count": count}
        if count := self.alike.count:
            yield ngettext(
                "%(count)d pair of nearly the same items, one of them here and one in training.",
                "%(count)d pairs of nearly the same items, one of them here and one in training.",
                count,
            ) % {"count": count}
        if not self.knows_all_alike:
            yield _(
                "The dataset version has more like items in different splits than it lists, so "
                "nobody knows which of these are among them. Freeze a version whose groups keep "
                "like items together."
            )

    def _of_size(self) -> str:
        return ngettext(
            "So few (%(n)d) cannot show this bar: even without a mistake it takes %(least)d.",
            "So few (%(n)d) cannot show this bar: even without a mistake it takes %(least)d.",
            self.n,
        ) % {"n": self.n, "least": self.least}


class Labeled(NamedTuple):
    item: int
    answer: dict[str, Any]


def labeled(version: DatasetVersion, item_ids: Sequence[int]) -> list[Labeled]:
    """Those of the items that the version has a decided label of, in its order."""
    rows = DatasetEntry.objects.filter(Among(F("item"), sorted(set(item_ids))), version=version)
    rows = rows.filter(item__deletion=None).order_by("position")
    found = [Labeled(*row) for row in rows.values_list("item", "answer")]
    return [row for row in found if not is_undecidable(row.answer)]


def check(scenario: Scenario, item_ids: Sequence[int], *, leaves_out: bool = False) -> Checks:
    """Before it is frozen; `leaves_out`: without the items that are in the way.

    Nine statements at most, or twice as many, whatever the number of items.
    """
    rows = labeled(scenario.dataset_version, item_ids)
    found = _checks(scenario, rows, unlabeled_count=len(set(item_ids)) - len(rows))
    if not (leaves_out and found.in_the_way):
        return found
    kept = [row for row in rows if row.item not in found.in_the_way]
    clean = _checks(scenario, kept, unlabeled_count=found.unlabeled_count)
    return replace(clean, left_out_count=len(rows) - len(kept))


def _checks(scenario: Scenario, rows: list[Labeled], *, unlabeled_count: int) -> Checks:
    ids = [row.item for row in rows]
    alike, knows_all = _alike(scenario.dataset_version, set(ids))
    n = _counting(scenario, rows)
    return Checks(
        n=n,
        rows=rows,
        unlabeled_count=unlabeled_count,
        left_out_count=0,
        in_training=_some(_in_training(ids)),
        trained_on=_some(_trained_on(scenario.project, ids)),
        alike=alike,
        knows_all_alike=knows_all,
        least=least_items(scenario.bar),
        needed=right_to_pass(n, scenario.bar),
        share=share_to_pass(n, scenario.bar),
    )


def _counting(scenario: Scenario, rows: Sequence[Labeled]) -> int:
    """Items, or what is there to be found. How much a model will say of them nobody knows yet."""
    if scenario.measure != Scenario.Measure.RECALL:
        return len(rows)
    told = [Told(row.item, row.answer, {}) for row in rows]
    ids = [row.item for row in rows]
    return count_right(pairs_of(scenario, told), ids, RECALL, scenario.label).n


def _some(ids: list[int]) -> Some:
    shown = Item.objects.filter(pk__in=ids[:SHOWN]).order_by("pk")
    return Some(len(ids), list(shown), set(ids))


def _in_training(ids: list[int]) -> list[int]:
    """Of any version, also of one that is being frozen: a model may learn from it."""
    return _those_with(DatasetEntry.objects.filter(split=TRAIN), ids)


def _trained_on(project: Project, ids: list[int]) -> list[int]:
    """By any model that may have learned further from where it was.

    The built-in one learns from scratch each time: only its newest version counts, and it may be
    trained again without them.
    """
    built_in = project.model_versions.filter(origin=ModelVersion.Origin.BUILT_IN)
    former = built_in.order_by("-pk").values_list("pk", flat=True)[1:]
    rows = Prediction.objects.filter(is_trained_on=True).exclude(model_version__in=list(former))
    return _those_with(rows, ids)


def _those_with(rows: QuerySet[Any], ids: list[int]) -> list[int]:
    """Items that have such a row themselves, or of which a copy has one."""
    same = {"item__project": OuterRef("project"), "item__sha256": OuterRef("sha256")}
    copied = rows.filter(**same).exclude(item__sha256="")
    items = Item.objects.filter(Among(F("pk"), ids)).order_by().values_list("pk", flat=True)
    either = (rows.filter(item=OuterRef("pk")), copied)
    return sorted({pk for such in either for pk in items.filter(Exists(such))})


def _alike(version: DatasetVersion, ids: set[int]) -> tuple[Some, bool]:
    """Pairs of one of the items and one of the training split, as the version has found them."""
    leaks = version.leaks
    crossing, named = _crossing(version)
    rows = Item.objects.filter(public_id__in=named).values_list("pk", "public_id")
    own = {str(public_id): pk for pk, public_id in rows if pk in ids}
    found = _pairs_with(crossing, own)
    is_whole = leaks.get("identical", 0) + leaks.get("near", 0) <= len(leaks.get("pairs", []))
    return Some(len(found), found[:SHOWN], set(own.values())), is_whole and leaks.get(
        "is_complete", True
    )


def twins_since(scenario: Scenario) -> tuple[DatasetVersion | None, list[Any]]:
    """The newest version, and its pairs of an item of the test and one of its training split.

    There were none when the test was frozen: somebody brought the twin later.
    """
    frozen = DatasetVersion.objects.filter(
        project=scenario.project_id, state=DatasetVersion.State.FROZEN
    )
    newest = frozen.order_by("-number").first()
    if newest is None:
        return None, []
    crossing, named = _crossing(newest)
    tested = scenario.members.filter(item__public_id__in=named)
    own = map(str, tested.values_list("item__public_id", flat=True))
    return newest, _pairs_with(crossing, set(own))


def _crossing(version: DatasetVersion) -> tuple[list[Any], set[str]]:
    """Pairs that the training split is in, and their items outside of it."""
    pairs = version.leaks.get("pairs", [])
    crossing = [pair for pair in pairs if TRAIN in {item["split"] for item in pair["both"]}]
    named = {item["item"] for pair in crossing for item in pair["both"] if item["split"] != TRAIN}
    return crossing, named


def _pairs_with(pairs: list[Any], own: Collection[str]) -> list[Any]:
    return [pair for pair in pairs if any(item["item"] in own for item in pair["both"])]
