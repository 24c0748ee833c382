"""A page of tiles: each item of a set with its label, a prediction beside it, and what is wrong.

However many items a set has, a page takes the same number of statements.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Case, Q, Value, When, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _

from datasets.analysis.drawings import Mark, marks_of, window_of
from datasets.analysis.excerpts import Excerpt, excerpt_of
from datasets.models import DatasetEntry, Evaluation, Match
from datasets.services.item_sets import ItemSet, Member
from datasets.services.outcomes import judged_matches
from datasets.services.standing_labels import standing_task, tasks_of
from labelops.lists import Page
from tasks.blocks.classes import schema_classes
from tasks.kinds.answer import control_distance, is_undecidable, summary, value_of
from tasks.models import Item, ItemTag, Prediction, Project, Task
from tasks.services.instructions import current_schema
from tasks.services.media import PREVIEW, THUMBNAIL

SIZE = 60
# An item may have thousands of objects: what is wrong with more of them nobody sees on a tile.
MATCHES_MOST = 100
Answer = dict[str, Any]
Objects = list[dict[str, Any]]


@dataclass(frozen=True)
class Picture:
    """An image with its marks, seen through a window given as SVG's view box."""

    address: str
    width: int
    height: int
    view_box: str
    is_zoomed: bool
    label: list[Mark]
    predicted: list[Mark]


@dataclass(frozen=True)
class Tile:
    """One member of a set. `tick` is what a form sends to name it."""

    item: Item
    tick: str
    label: str
    predicted: str
    is_same: bool
    has_prediction: bool
    score: float | None = None
    overlap: float | None = None
    note: str = ""
    # The label as it stands, where it is another one than the set was made with.
    now: str = ""
    task: Task | None = None
    picture: Picture | None = None
    excerpt: Excerpt | None = None
    tags: list[str] = field(default_factory=list)


def tile_page(item_set: ItemSet, cursor: str) -> Page:
    page = item_set.page(cursor, SIZE)
    tiles = tiles_of(item_set.project, item_set.evaluation, page.rows)
    return Page(tiles, page.next_cursor, page.is_first, page.is_cut)


def tiles_of(
    project: Project, evaluation: Evaluation | None, members: Sequence[Member]
) -> list[Tile]:
    facts = _Facts(project, evaluation, members)
    return [facts.tile(member) for member in members if member.item_id in facts.items]


class _Facts:
    """What a page of tiles reads, each kind by one statement."""

    def __init__(
        self, project: Project, evaluation: Evaluation | None, members: Sequence[Member]
    ) -> None:
        ids = sorted({member.item_id for member in members})
        self.evaluation = evaluation
        self.schema = current_schema(project)
        self.titles = {value: title for (_c, value), title in schema_classes(self.schema).items()}
        self.items = _items(project, ids)
        self.tasks = _tasks(ids)
        self.frozen = _frozen_answers(self.evaluation, ids)
        self.predictions = _predictions(self.evaluation, ids)
        self.matches = _matches(self.evaluation, members, ids)
        self.tags = _tags(ids)

    def tile(self, member: Member) -> Tile:
        item, task = self.items[member.item_id], self.tasks.get(member.item_id)
        stands = task.result_answer if task else None
        label = self.frozen.get(item.pk, stands)
        prediction = self.predictions.get(item.pk)
        predicted = prediction.answer if prediction else None
        match = self._match(member)
        view = self._view(item, member, label or {}, predicted or {})
        return Tile(
            item=item,
            tick=f"{item.public_id}:{member.truth_id}" if member.truth_id else str(item.public_id),
            label=(
                _("no label yet") if label is None else self._said(member, label, member.truth_id)
            ),
            predicted=self._said(member, predicted, member.predicted_id),
            is_same=self._is_same(item, label, predicted),
            has_prediction=prediction is not None,
            score=match.score if match else prediction.score if prediction else None,
            overlap=match.overlap if match else None,
            note=member.note,
            now=self._words(stands) if self._is_changed(label, stands) else "",
            task=task,
            tags=self.tags.get(item.pk, []),
            **view,
        )

    def _said(self, member: Member, answer: Answer | None, name: str) -> str:
        """An answer in words; of a member that stands for an object this one alone."""
        is_object = bool(member.truth_id or member.predicted_id)
        return self._object(answer, name) if is_object else self._words(answer)

    def _view(self, item: Item, member: Member, label: Answer, predicted: Answer) -> dict[str, Any]:
        mine, theirs = self._objects(label), self._objects(predicted)
        concerned = self._concerned(member)
        if not item.media_key:
            text = str(item.data.get("text", ""))
            return {"excerpt": excerpt_of(text, mine, theirs, concerned, self.titles)}
        of_label = {name for origin, name in concerned if origin == "label"}
        of_prediction = {name for origin, name in concerned if origin == "predicted"}
        looked_at = [shape for shape in mine if shape["id"] in of_label]
        looked_at += [shape for shape in theirs if shape["id"] in of_prediction]
        width, height = item.width or 1, item.height or 1
        window = window_of(width, height, looked_at)
        is_zoomed = window[2:] != (width, height)
        variant = PREVIEW if is_zoomed else THUMBNAIL
        picture = Picture(
            reverse("item_media", args=[item.public_id, variant]),
            width,
            height,
            " ".join(f"{side:g}" for side in window),
            is_zoomed,
            marks_of(mine, of_label, self.titles, window),
            marks_of(theirs, of_prediction, self.titles, window),
        )
        return {"picture": picture}

    def _concerned(self, member: Member) -> set[tuple[str, str]]:
        """The objects a member is in for; else all that are wrong on its item."""
        if member.truth_id or member.predicted_id:
            named = {("label", member.truth_id), ("predicted", member.predicted_id)}
        else:
            found = [match for match in self.matches.get(member.item_id, []) if match.wrong]
            named = {("label", match.truth_id) for match in found}
            named |= {("predicted", match.predicted_id) for match in found}
        return {(origin, name) for origin, name in named if name}

    def _match(self, member: Member) -> Match | None:
        found = self.matches.get(member.item_id, [])
        if not (member.truth_id or member.predicted_id):
            return found[0] if found and self._kind() != Evaluation.Kind.OBJECTS else None
        named = [
            match
            for match in found
            if member.truth_id in ("", match.truth_id)
            and member.predicted_id in ("", match.predicted_id)
        ]
        return named[0] if named else None

    def _kind(self) -> str:
        return self.evaluation.kind if self.evaluation else ""

    def _controls(self, *types: str) -> list[dict[str, Any]]:
        """Of an evaluation its own control alone, where it is of such a type."""
        found = [control for control in self.schema["controls"] if control["type"] in types]
        own = [c for c in found if self.evaluation and c["name"] == self.evaluation.control]
        return own or found

    def _objects(self, answer: Answer) -> Objects:
        """Of an answer; those of keypoints with the edges of their skeleton, to be drawn by."""
        return [
            {**entry, "edges": edges} if "keypoints" in entry else entry
            for control in self._controls("shapes", "spans")
            for edges in [control.get("skeleton", {}).get("edges", [])]
            for entry in value_of(control, answer) or []
        ]

    def _object(self, answer: Answer | None, name: str) -> str:
        """The class of one object; empty where there is none of that side."""
        for entry in self._objects(answer or {}):
            if entry["id"] == name:
                return self.titles.get(entry["label"], entry["label"])
        return ""

    def _words(self, answer: Answer | None) -> str:
        if not answer:
            return ""
        control = self._control()
        if control is None or is_undecidable(answer):
            return summary(self.schema, answer)
        return summary({"controls": [control]}, answer)

    def _control(self) -> dict[str, Any] | None:
        """The one question that is evaluated."""
        name = self.evaluation.control if self.evaluation else None
        return next((c for c in self.schema["controls"] if c["name"] == name), None)

    def _is_same(self, item: Item, label: Answer | None, predicted: Answer | None) -> bool:
        if self._kind() == Evaluation.Kind.OBJECTS:
            return not any(match.wrong for match in self.matches.get(item.pk, []))
        if not label or not predicted or is_undecidable(label) or is_undecidable(predicted):
            return False
        control = self._control()
        asked = [control] if control else self.schema["controls"]
        return all(control_distance(each, label, predicted) == 0 for each in asked)

    def _is_changed(self, label: Answer | None, stands: Answer | None) -> bool:
        return bool(label and stands and label is not stands and label != stands)


def _items(project: Project, ids: list[int]) -> dict[int, Item]:
    shown = ("public_id", "external_id", "data", "media_key", "width", "height")
    rows = Item.objects.filter(project=project, pk__in=ids).only(*shown)
    return {item.pk: item for item in rows}


def _tasks(ids: list[int]) -> dict[int, Task]:
    """Of each item the task whose label stands; else its newest one, shown with its state."""
    return {item_id: standing_task(tasks) or tasks[-1] for item_id, tasks in tasks_of(ids).items()}


def _frozen_answers(evaluation: Evaluation | None, ids: list[int]) -> dict[int, Answer]:
    """The labels that a model was measured by."""
    if evaluation is None:
        return {}
    rows = DatasetEntry.objects.filter(version=evaluation.dataset_version_id, item__in=ids)
    return dict(rows.order_by().values_list("item", "answer"))


def _predictions(evaluation: Evaluation | None, ids: list[int]) -> dict[int, Prediction]:
    if evaluation is None:
        return {}
    rows = Prediction.objects.filter(model_version=evaluation.model_version_id, item__in=ids)
    return {prediction.item_id: prediction for prediction in rows.order_by()}


def _matches(
    evaluation: Evaluation | None, members: Sequence[Member], ids: list[int]
) -> dict[int, list[Match]]:
    """What is wrong on the items, and the objects that the set names."""
    if evaluation is None:
        return {}
    rows = judged_matches(evaluation).filter(item__in=ids).annotate(is_named=_is_named(members))
    if evaluation.kind == Evaluation.Kind.OBJECTS:
        rows = rows.filter(Q(wrong__gt=0) | Q(is_named=True))
    place = Window(RowNumber(), partition_by="item", order_by=["-is_named", "pk"])
    found: dict[int, list[Match]] = defaultdict(list)
    for match in rows.annotate(place=place).filter(place__lte=MATCHES_MOST).order_by("pk"):
        found[match.item_id].append(match)
    return found


def _is_named(members: Sequence[Member]) -> Case:
    """Of a match: whether it is of an object that a member of the set is in for."""
    named = []
    for member in members:
        sides = {"truth_id": member.truth_id, "predicted_id": member.predicted_id}
        given = {side: name for side, name in sides.items() if name}
        if given:
            named.append(When(item=member.item_id, **given, then=Value(True)))
    return Case(*named, default=Value(False), output_field=BooleanField())


def _tags(ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = ItemTag.objects.filter(item__in=ids).order_by("name")
    for item_id, name in rows.values_list("item", "name"):
        found[item_id].append(name)
    return found
