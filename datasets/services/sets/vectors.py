"""Sets by vectors: items that are similar, outliers, near-duplicates, a cluster, a selection."""

import uuid
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from datasets.analysis.clusters import spread_places
from datasets.analysis.near_duplicates import families
from datasets.analysis.neighbours import NONE, Nearest, nearest_to_any
from datasets.analysis.outliers import by_strangeness
from datasets.models import (
    DatasetEntry,
    Evaluation,
    ItemMap,
    ItemSelection,
    VectorSet,
)
from datasets.models.versions import SPLIT_LENGTH
from datasets.services import item_features
from datasets.services.item_maps import MapTable
from datasets.services.item_sets import Member, RankedItems, SetKind, first_ids
from datasets.services.outcomes import outcomes_of
from datasets.services.sets.reading import number_or_none, short_text
from datasets.services.sets.segments import find_segment, set_of
from datasets.services.vectors import default_set, sets_of, table_of, vectors_of
from labelops.errors import DomainError
from labelops.many_rows import Among
from tasks.models import Item, Project, Task

SHOWN_MOST = 500
# Those of a segment are spread over its first items.
SEEDS_MOST, SEEDS_FROM = 50, 2_000
NAMED_MOST = 20
# So many of the nearest are looked at where only some items are wanted.
CANDIDATES = 5_000
# Half again as far from its neighbours as usual is worth a look.
STRANGE_LEAST = 1.5
# The number of a version, a dot and the name of a split.
SCOPE_LENGTH = 20 + SPLIT_LENGTH
Chosen = Callable[[QuerySet[Item]], QuerySet[Item]]


def read_similar(project: Project, given: Mapping[str, str]) -> RankedItems:
    """`item`: public ids with commas between them, or `segment`: to what; `scope`: among which.

    `scope` is all (or nothing), unlabeled, or a split of a dataset version as 3.train; `vectors`
    the set that says what is similar.
    """
    vector_set = _vector_set(project, given)
    title, seeds = _seeds(project, given)
    rows = _vectors(vector_set, seeds)
    keep = _scope(project, short_text(given, "scope", SCOPE_LENGTH))
    table = table_of(vector_set)
    wanted = CANDIDATES if keep else SHOWN_MOST + len(seeds)
    found = nearest_to_any(table.matrix, rows, min(wanted, len(table.ids)))
    members = _ranked(table.ids, found, leave_out={item.pk for item in seeds})
    if keep:
        members = _kept(project, members, keep)
    return RankedItems(project, title, members[:SHOWN_MOST])


def _ranked(ids: NDArray[np.int64], found: Nearest, *, leave_out: set[int]) -> list[Member]:
    places, likeness = found.places[0], found.likeness[0]
    pairs = zip(ids[places[places != NONE]].tolist(), likeness.tolist(), strict=False)
    return [
        Member(item_id, note=_("likeness %(figure).2f") % {"figure": alike})
        for item_id, alike in pairs
        if item_id not in leave_out
    ]


def _kept(project: Project, members: Sequence[Member], keep: Chosen) -> list[Member]:
    ids = [member.item_id for member in members]
    rows = keep(Item.objects.filter(Among(F("pk"), ids), project=project))
    kept = set(rows.order_by().values_list("pk", flat=True))
    return [member for member in members if member.item_id in kept]


def _seeds(project: Project, given: Mapping[str, str]) -> tuple[str, list[Item]]:
    """The title of the set and the items that others are to be similar to. Raises DomainError."""
    if number_or_none(given.get("segment", "")):
        segment = find_segment(project, given)
        seeds = _spread_items(first_ids(set_of(segment), SEEDS_FROM))
        title = _("Similar to the items of “%(name)s”") % {"name": segment}
    else:
        named = _public_ids(given.get("item", ""))
        seeds = list(project.items.filter(public_id__in=named).order_by("pk"))
        title = _("Similar to %(name)s") % {"name": ", ".join(str(item) for item in seeds[:3])}
    if not seeds:
        raise DomainError(
            _("Name the item that others are to be similar to."),
            code="unknown_value",
            field="item",
            hint=_("“Similar items” on the page of an item does."),
        )
    return title, seeds


def _spread_items(ids: Sequence[int]) -> list[Item]:
    """Some of them, evenly chosen."""
    chosen = [ids[place] for place in spread_places(len(ids), SEEDS_MOST)]
    return list(Item.objects.filter(pk__in=chosen).order_by("pk"))


def _public_ids(text: str) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(part) for part in text.split(",", NAMED_MOST)[:NAMED_MOST]]
    except ValueError:
        return []


def _vectors(vector_set: VectorSet, seeds: Sequence[Item]) -> NDArray[np.float32]:
    """Of a new item computed at once, where they are. Raises DomainError where there is none."""
    ids, rows = vectors_of(vector_set, [item.pk for item in seeds])
    missing = [item for item in seeds if item.pk not in set(ids.tolist())]
    if missing and vector_set.origin == VectorSet.Origin.BUILT_IN:
        rule = VectorSet.objects.values_list("rule", flat=True).get(pk=vector_set.pk)
        _ids, computed = item_features.read(
            vector_set.project, item_features.opened(bytes(rule)), missing
        )
        rows = np.concatenate([rows, computed])
    if not len(rows):
        raise DomainError(
            _("This item has no vector in “%(name)s”, so nothing can be like it.")
            % {"name": vector_set},
            code="no_vector",
            field="item",
            hint=_("Its picture cannot be read, or nobody has brought a vector of it."),
        )
    return rows


def _scope(project: Project, text: str) -> Chosen | None:
    """Which of the project's items are wanted; None: all. Raises DomainError."""
    if text in {"", "all"}:
        return None
    if text == "unlabeled":
        labels = Task.objects.filter(item=OuterRef("pk"), state=Task.State.ACCEPTED)
        return lambda rows: rows.filter(~Exists(labels))
    number, _dot, split = text.partition(".")
    entries = DatasetEntry.objects.filter(
        version__project=project, version__number=number_or_none(number) or 0, split=split
    )
    if not split or not entries.exists():
        raise DomainError(
            _("Look among all, unlabeled, or a split as 3.train."),
            code="unknown_value",
            field="scope",
        )
    return lambda rows: rows.filter(Exists(entries.filter(item=OuterRef("pk"))))


def read_outliers(project: Project, given: Mapping[str, str]) -> RankedItems:
    """The items that are farthest from their neighbours; `vectors`: by which set."""
    table = _map_table(project, given)
    chosen = by_strangeness(table.strangeness, least=STRANGE_LEAST)[:SHOWN_MOST]
    members = [
        Member(item_id, note=_("%(times).1f times as far from others as usual") % {"times": times})
        for item_id, times in zip(
            table.ids[chosen].tolist(), table.strangeness[chosen].tolist(), strict=True
        )
    ]
    return RankedItems(project, _("Unlike all others"), members)


def read_duplicates(project: Project, given: Mapping[str, str]) -> RankedItems:
    """Items that are nearly the same, group by group, the nearest first.

    `dataset`: the number of a version, then only pairs of which each item is in another split.
    """
    pairs = _map_table(project, given).twins
    number = number_or_none(given.get("dataset", ""))
    splits: dict[int, str] = {}
    if number:
        entries = DatasetEntry.objects.filter(version__project=project, version__number=number)
        ids = np.unique(pairs).tolist()
        rows = entries.filter(Among(F("item"), ids)).order_by()
        splits = dict(rows.values_list("item", "split"))
        pairs = np.array(
            [
                pair
                for pair in pairs.tolist()
                if len({splits.get(one, "") for one in pair} - {""}) > 1
            ]
        ).reshape(-1, 2)
    members: list[Member] = []
    for place, family in enumerate(families(pairs), start=1):
        if len(members) + len(family) > SHOWN_MOST:
            break
        for item_id in family:
            note = _("group %(number)d of nearly the same") % {"number": place}
            parts = [note, splits.get(item_id, "")]
            members.append(Member(item_id, note=" · ".join(part for part in parts if part)))
    title = _("Nearly the same in different splits") if number else _("Nearly the same")
    return RankedItems(project, title, members)


def read_cluster(project: Project, given: Mapping[str, str]) -> RankedItems:
    """`cluster`: its number from 1, the most typical items first.

    `evaluation`: only those that fail in it.
    """
    table = _map_table(project, given)
    number = number_or_none(given.get("cluster", "")) or 0
    own = np.flatnonzero(table.clusters == number - 1) if number else np.empty(0, np.int64)
    if not len(own):
        raise DomainError(
            _("There is no such cluster on the map."), code="unknown_value", field="cluster"
        )
    ids = table.ids[own[np.argsort(-table.typicality[own], kind="stable")]]
    title = _("Cluster %(number)d") % {"number": number}
    evaluation = _evaluation(project, given)
    if evaluation:
        outcomes = outcomes_of(evaluation)
        ids = ids[np.isin(ids, outcomes.item_ids[outcomes.is_failing])]
        title = _("Failing in cluster %(number)d") % {"number": number}
    return RankedItems(project, title, [Member(pk) for pk in ids.tolist()], evaluation)


def read_selection(project: Project, given: Mapping[str, str]) -> RankedItems:
    """`selection`: the number of what somebody chose on the map."""
    chosen = ItemSelection.objects.filter(
        project=project, pk=number_or_none(given.get("selection", "")) or 0
    ).first()
    if chosen is None:
        raise DomainError(
            _("This selection is no longer kept."),
            code="unknown_value",
            field="selection",
            hint=_("Choose the items on the map again. A segment keeps them for good."),
        )
    ids = np.frombuffer(chosen.packed_items, "<i8").tolist()
    return RankedItems(project, _("Chosen on the map"), [Member(pk) for pk in ids])


def _vector_set(project: Project, given: Mapping[str, str]) -> VectorSet:
    """The set that the address names, or the usual one. Raises DomainError where there is none."""
    if text := given.get("vectors", ""):
        ready = sets_of(project).filter(vector_count__gt=0)
        found = ready.filter(pk=number_or_none(text) or 0).first()
    else:
        found = default_set(project)
    if found is None:
        raise DomainError(
            _("Nothing is known yet of what is similar here."),
            code="no_vectors",
            hint=_("Open “Map” in “Datasets” and have it computed."),
        )
    found.project = project
    return found


def _map_table(project: Project, given: Mapping[str, str]) -> MapTable:
    """What is packed in it is read when it is asked for. Raises DomainError where there is none."""
    rows = ItemMap.objects.filter(vector_set=_vector_set(project, given))
    found = rows.only("pk").first()
    if found is None:
        raise DomainError(
            _("The map of these vectors has not been made yet."),
            code="no_map",
            hint=_("Open “Map” in “Datasets” and have it computed."),
        )
    return MapTable(found)


def _evaluation(project: Project, given: Mapping[str, str]) -> Evaluation | None:
    text = given.get("evaluation", "")
    if not text:
        return None
    finished = Evaluation.objects.filter(project=project, finished_at__isnull=False)
    found = finished.filter(pk=number_or_none(text) or 0).first()
    if found is None:
        raise DomainError(
            _("There is no such evaluation."), code="unknown_value", field="evaluation"
        )
    return found


SIMILAR = SetKind(("item", "segment", "scope", "vectors"), read_similar)
OUTLIERS = SetKind(("vectors",), read_outliers)
DUPLICATES = SetKind(("dataset", "vectors"), read_duplicates)
CLUSTER = SetKind(("cluster", "vectors", "evaluation"), read_cluster)
SELECTION = SetKind(("selection",), read_selection)
