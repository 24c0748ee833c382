"""What the page of a dataset version shows."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets.analysis.splits import in_order
from datasets.models import DatasetVersion
from datasets.services.differences import (
    ADDED,
    KINDS,
    MOVED,
    REINSTRUCTED,
    RELABELLED,
    REMOVED,
)
from datasets.services.label_copies import published_schemas
from tasks.blocks.classes import schema_classes
from tasks.kinds.schema import single_choice

CLASSES_SHOWN = 200
PAIRS_SHOWN = 20


@dataclass(frozen=True)
class SplitRow:
    name: str
    count: int
    percent: float


@dataclass(frozen=True)
class ClassRow:
    """How many labels of each split name a class, in the order of the splits.

    `label` finds its items: an answer to the one single choice; empty for other classes.
    """

    title: str
    control: str
    counts: list[tuple[str, int]]
    total: int
    label: str


@dataclass(frozen=True)
class PairRow:
    before: str
    after: str
    count: int


@dataclass(frozen=True)
class ConflictRow:
    """A group in several splits, and how many of its items are in each."""

    group: str
    splits: list[tuple[str, int]]


@dataclass(frozen=True)
class KindRow:
    """One kind of difference; `count` is None where nothing was counted."""

    name: str
    title: str
    count: int | None


@dataclass(frozen=True)
class VersionPage:
    """`items_url` shows all its items; further parameters narrow them."""

    items_url: str
    shares: list[tuple[str, int]]
    splits: list[SplitRow]
    classes: list[ClassRow]
    hidden_class_count: int
    labels: str
    conflicts: list[ConflictRow]
    conflict_count: int
    leaks: dict[str, Any]
    leak_sentence: str
    notices: list[str]
    kinds: list[KindRow]
    relabelled: list[PairRow] = field(default_factory=list)


def version_page(version: DatasetVersion) -> VersionPage:
    counts = version.counts
    by_split = counts.get("splits", {})
    splits = {name: by_split[name] for name in in_order(by_split)}
    schemas = published_schemas(version.project, up_to=version.schema_number or 0)
    titles = _titles(schemas)
    asked = single_choice(next(iter(schemas.values()), {"controls": []}))
    choice = asked["name"] if asked else None
    classes = counts.get("classes", [])
    examine_url = reverse("examine", args=[version.project.slug])
    return VersionPage(
        items_url=f"{examine_url}?set=split&dataset={version.pk}",
        shares=[(name, version.shares[name]) for name in in_order(version.shares)],
        splits=[
            SplitRow(name, count, 100 * count / max(1, version.entry_count))
            for name, count in splits.items()
        ],
        classes=[
            ClassRow(
                titles.get((control, value), value),
                control,
                [(name, found.get(name, 0)) for name in splits],
                sum(found.values()),
                value if control == choice else "",
            )
            for control, value, found in classes[:CLASSES_SHOWN]
        ],
        hidden_class_count=max(0, len(classes) - CLASSES_SHOWN),
        labels=filter_sentence(version),
        conflicts=[
            ConflictRow(row["group"], list(row["splits"].items()))
            for row in version.conflicts.get("groups", [])
        ],
        conflict_count=version.conflicts.get("count", 0),
        leaks=version.leaks,
        leak_sentence=_leak_sentence(version.leaks),
        notices=_notices(counts),
        kinds=kind_rows(version.changes) if version.changes else [],
        relabelled=pair_rows(version, version.changes),
    )


def filter_sentence(version: DatasetVersion) -> str:
    """Which labels were asked for."""
    batches = [name for _id, name in version.label_filter.get("batches", [])]
    accepted = version.label_filter.get("accepted_only")
    if not batches:
        return _("all accepted labels") if accepted else _("all stored labels")
    names = ", ".join(batches)
    if accepted:
        return _("accepted labels of %(batches)s") % {"batches": names}
    return _("stored labels of %(batches)s") % {"batches": names}


def kind_rows(changes: dict[str, Any]) -> list[KindRow]:
    """The kinds of difference, with their counts where they were counted."""
    titles = {
        ADDED: _("added"),
        REMOVED: _("removed"),
        RELABELLED: _("another label"),
        MOVED: _("another split"),
        REINSTRUCTED: _("another instruction version"),
    }
    counts = changes.get("counts", {})
    return [KindRow(kind, titles[kind], counts.get(kind)) for kind in KINDS]


def pair_rows(version: DatasetVersion, changes: dict[str, Any]) -> list[PairRow]:
    """From which class to which, the most frequent first."""
    schemas = published_schemas(version.project, up_to=version.schema_number or 0)
    by_value = {value: title for (_control, value), title in _titles(schemas).items()}
    return [
        PairRow(by_value.get(before, before), by_value.get(after, after), count)
        for before, after, count in changes.get("relabelled_pairs", [])[:PAIRS_SHOWN]
    ]


def _titles(schemas: dict[int, dict[str, Any]]) -> dict[tuple[str, str], str]:
    """The newest title of each class; a class may have gone since."""
    titles: dict[tuple[str, str], str] = {}
    for schema in schemas.values():
        titles = schema_classes(schema) | titles
    return titles


def _leak_sentence(leaks: dict[str, Any]) -> str:
    if not leaks:
        return ""
    count = leaks["identical"] + leaks["near"]
    if not count:
        return _("No two splits share the same or nearly the same content.")
    shown = f"{count:,}"
    if not leaks["is_complete"]:
        return ngettext(
            "At least %(count)s pair of items in different splits is alike.",
            "At least %(count)s pairs of items in different splits are alike.",
            count,
        ) % {"count": shown}
    return ngettext(
        "%(count)s pair of items in different splits is alike.",
        "%(count)s pairs of items in different splits are alike.",
        count,
    ) % {"count": shown}


def _notices(counts: dict[str, Any]) -> list[str]:
    notices = []
    if older := counts.get("older_labels", 0):
        notices.append(
            ngettext(
                "%(count)s older label was left out: its item has a newer one.",
                "%(count)s older labels were left out: their items have a newer one.",
                older,
            )
            % {"count": f"{older:,}"}
        )
    if unreadable := counts.get("unreadable_splits", 0):
        notices.append(
            ngettext(
                "The field of the split held no name for %(count)s item: its split was drawn.",
                "The field of the split held no name for %(count)s items: their splits were drawn.",
                unreadable,
            )
            % {"count": f"{unreadable:,}"}
        )
    return notices
