"""The items of a dataset version: of one split, of one class."""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from datasets.models import DatasetEntry, DatasetVersion
from datasets.models.versions import SPLIT_LENGTH
from datasets.services.class_names import class_names
from datasets.services.item_sets import AskedItems, SetKind
from datasets.services.sets.reading import refused, short_text, whole_number
from tasks.models import Item, Project

LABEL_LENGTH = 200


def read_entries(project: Project, given: Mapping[str, str]) -> AskedItems:
    """`dataset` is the id of a frozen version; `split` and `label` narrow it."""
    version = DatasetVersion.objects.filter(
        project=project, pk=whole_number(given, "dataset"), state=DatasetVersion.State.FROZEN
    ).first()
    if version is None:
        raise refused("dataset")
    split = short_text(given, "split", SPLIT_LENGTH)
    label = short_text(given, "label", LABEL_LENGTH)
    entries = DatasetEntry.objects.filter(version=version, item=OuterRef("pk"))
    entries = entries.filter(split=split) if split else entries
    entries = entries.filter(label=label) if label else entries
    rows = Item.objects.filter(Exists(entries), project=project)
    named = class_names(project).get(label, label) if label else ""
    return AskedItems(
        project, _title(version, split, named), rows, known_count=_count(version, split, label)
    )


def _title(version: DatasetVersion, split: str, label: str) -> str:
    words = [_("Version %(number)d") % {"number": version.number}, split, label]
    return " · ".join(word for word in words if word)


def _count(version: DatasetVersion, split: str, label: str) -> int | None:
    """From what was counted when the version was frozen."""
    if not label:
        by_split = version.counts.get("splits", {})
        return by_split.get(split, 0) if split else version.entry_count
    rows = version.counts.get("classes", [])
    named = [counts for _control, value, counts in rows if value == label]
    if len(named) > 1:
        # Two questions have an answer of this name.
        return None
    counts = named[0] if named else {}
    return counts.get(split, 0) if split else sum(counts.values())


ENTRIES = SetKind(("dataset", "split", "label"), read_entries)
