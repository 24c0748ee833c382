"""By what the points of a map are coloured: cluster, label, split, or right and failing."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from datasets.models import DatasetEntry, DatasetVersion, Evaluation
from datasets.services.item_maps import MapTable
from datasets.services.outcomes import outcomes_of
from datasets.services.standing_labels import accepted_tasks
from labelops.errors import DomainError
from labelops.json_member import MemberText
from labelops.many_rows import Among
from tasks.kinds.schema import single_choice
from tasks.models import Project
from tasks.services.instructions import current_schema

CLUSTER, LABEL, SPLIT, EVALUATION = "cluster", "label", "split", "evaluation"
BY = {
    CLUSTER: gettext_lazy("Cluster"),
    LABEL: gettext_lazy("Label"),
    SPLIT: gettext_lazy("Split"),
    EVALUATION: gettext_lazy("Right or failing"),
}
# More colours cannot be told apart; what is rarer shares the last one.
COLOURS_MOST = 8


@dataclass(frozen=True)
class Colours:
    """A name for each colour, the last one for all others, and for each item its colour."""

    names: list[str]
    codes: NDArray[np.uint8]

    def as_json(self) -> dict[str, Any]:
        counts = np.bincount(self.codes, minlength=len(self.names)).tolist()
        groups = [
            {"name": name, "count": count} for name, count in zip(self.names, counts, strict=True)
        ]
        return {"groups": groups, "codes": self.codes.tolist()}


def colours_of(
    project: Project,
    table: MapTable,
    shown: NDArray[np.int64],
    by: str,
    evaluation: Evaluation | None = None,
) -> Colours:
    """Of the items at the places that are shown. Raises DomainError."""
    ids = table.ids[shown]
    if by == CLUSTER:
        return _by_cluster(table.clusters[shown])
    if by == LABEL:
        return _by_label(project, ids)
    if by == SPLIT:
        return _by_split(project, ids)
    if by == EVALUATION and evaluation is not None:
        return _by_outcome(evaluation, ids)
    raise DomainError(_("The map cannot be coloured by this."), code="unknown_value", field="by")


def _by_cluster(clusters: NDArray[np.uint16]) -> Colours:
    """They are numbered by size already."""
    names = [_("Cluster %(number)d") % {"number": at + 1} for at in range(COLOURS_MOST)]
    codes = np.minimum(clusters, COLOURS_MOST).astype(np.uint8)
    return Colours([*names, _("smaller clusters")], codes)


def _by_label(project: Project, ids: NDArray[np.int64]) -> Colours:
    accepted = accepted_tasks().filter(Among(F("item"), ids.tolist()))
    control = single_choice(current_schema(project))
    if control is None:
        labeled = np.fromiter(accepted.values_list("item", flat=True), np.int64)
        codes = np.where(np.isin(ids, labeled), 0, 1).astype(np.uint8)
        return Colours([_("has a label"), _("no label")], codes)
    rows = accepted.annotate(label=MemberText("result_answer", control["name"]))
    texts = dict(rows.values_list("item", "label").iterator())
    # Few differ, and decoding them takes longer than finding them.
    labels = {text: orjson.loads(text) for text in set(texts.values()) if text}
    named = {
        item: label for item, text in texts.items() if isinstance(label := labels.get(text), str)
    }
    titles = {option["value"]: option.get("title", "") for option in control["options"]}
    return _by_name(ids, named, titles, _("no label"))


def _by_split(project: Project, ids: NDArray[np.int64]) -> Colours:
    frozen = project.dataset_versions.filter(state=DatasetVersion.State.FROZEN)
    version = frozen.order_by("-number").only("pk").first()
    if version is None:
        raise DomainError(
            _("There is no frozen dataset version yet, and so no split."),
            code="no_version",
            field="by",
            hint=_("Freeze one in “Versions”."),
        )
    entries = DatasetEntry.objects.filter(Among(F("item"), ids.tolist()), version=version)
    splits = dict(entries.order_by().values_list("item", "split").iterator())
    return _by_name(ids, splits, {}, _("not in the version"))


def _by_name(
    ids: NDArray[np.int64], named: dict[int, str], titles: dict[str, str], others: str
) -> Colours:
    """The most frequent names first; the last colour is for others, and for what has none."""
    of_items = [named.get(item_id) for item_id in ids.tolist()]
    counted = Counter(name for name in of_items if name is not None)
    most = sorted(counted, key=lambda name: (-counted[name], name))[:COLOURS_MOST]
    codes = {name: code for code, name in enumerate(most)}
    last = _("rarer ones, and %(others)s") % {"others": others}
    names = [titles.get(name) or name for name in most]
    return Colours(
        [*names, last if len(counted) > len(most) else others],
        np.array([codes.get(name, len(most)) for name in of_items], np.uint8),
    )


def _by_outcome(evaluation: Evaluation, ids: NDArray[np.int64]) -> Colours:
    outcomes = outcomes_of(evaluation)
    failing = np.isin(ids, outcomes.item_ids[outcomes.is_failing])
    known = np.isin(ids, outcomes.item_ids)
    codes = np.where(failing, 1, np.where(known, 0, 2)).astype(np.uint8)
    # The first colour is blue, the second orange, which is looked at first.
    return Colours([_("right"), _("failing"), _("not evaluated")], codes)
