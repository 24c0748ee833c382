"""What tracing reads: the failures, and the labels and vectors of what was tested and taught."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Case, Count, F, Max, QuerySet, Value, When
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from datasets.analysis.clusters import spread_places
from datasets.analysis.surroundings import ASKED, Known
from datasets.models import BACKGROUND, DatasetEntry, Evaluation, Match
from datasets.services.agreement import agreement_on, blind_splits
from datasets.services.carried_classes import Carried
from datasets.services.outcomes import entries_of, failing_matches, taken_for
from datasets.services.standing_labels import accepted_tasks
from datasets.services.vectors import ABSENT, VectorTable
from labelops.jobs.heart import Beat
from labelops.many_rows import Among
from reviews.models import LabelIssue
from tasks.models import Prediction, Project, Question

# Where more items fail, those are traced of which the model was surest.
FAILURES_MOST = 5_000
# Numbers of the vectors in memory at once: 200 MB, of 128 a vector those of 390,000 items.
NUMBERS_MOST = 50_000_000
TRAIN = "train"
Ids = NDArray[np.int64]
# The label of each item that has one: the codes of its classes.
Labels = dict[int, frozenset[int]]


@dataclass(frozen=True)
class Failure:
    """An item with its surest mistake of several; the ids name the objects in the two answers."""

    item_id: int
    truth: int
    predicted: int
    score: float | None
    truth_id: str
    predicted_id: str
    mistake_count: int


@dataclass(frozen=True)
class Table:
    """Items with labels and vectors, by ascending id."""

    ids: Ids
    known: Known

    def places_of(self, item_ids: Iterable[int]) -> NDArray[np.int64]:
        """Where each item is; -1 for one that is not there."""
        wanted = np.fromiter(item_ids, np.int64)
        if not len(self.ids):
            return np.full(len(wanted), -1)
        places = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[places] == wanted, places, -1)


def failures_of(evaluation: Evaluation) -> tuple[list[Failure], int]:
    """Those of which the model was surest, the surest first; and how many items fail at all."""
    # What was missed nobody was sure of; who tells no score is certain.
    sure = Case(When(predicted=BACKGROUND, then=Value(0.0)), default=Coalesce("score", 1.0))
    wrong = failing_matches(evaluation).annotate(sure=sure)
    by_item = wrong.values("item").annotate(surest=Max("sure"), count=Count("pk"))
    by_item = by_item.order_by("-surest", "item")
    counts = dict(by_item.values_list("item", "count")[:FAILURES_MOST])
    ids = list(counts)
    total = len(ids) if len(ids) < FAILURES_MOST else by_item.count()
    found: dict[int, Match] = {}
    for match in wrong.filter(Among(F("item"), ids)).order_by("item", "-sure", "pk").iterator():
        found.setdefault(match.item_id, match)
    return [_failure(evaluation, found[item], count) for item, count in counts.items()], total


def _failure(evaluation: Evaluation, match: Match, mistake_count: int) -> Failure:
    truth, predicted = taken_for(evaluation, match)
    ids = match.truth_id, match.predicted_id
    return Failure(match.item_id, truth, predicted, match.score, *ids, mistake_count)


def tested_table(
    evaluation: Evaluation, failing: list[int], vectors: VectorTable, beat: Beat
) -> Table:
    """The failing items, and as many others of the evaluation as are asked."""
    entries = entries_of(evaluation)
    ids = _with_vectors(entries.values_list("item", flat=True), vectors)
    chosen = np.union1d(
        ids[spread_places(len(ids), min(ASKED, _most(evaluation, vectors)))], failing
    )
    labels = _labels(entries.filter(Among(F("item"), chosen.tolist())), evaluation, beat)
    return _table(evaluation, labels, vectors, beat)


def training_table(evaluation: Evaluation, vectors: VectorTable, beat: Beat) -> Table:
    """What taught the model: items that say so by their prediction, else the training split."""
    version = evaluation.model_version_id
    taught = Prediction.objects.filter(model_version=version, is_trained_on=True)
    entries = DatasetEntry.objects.filter(version=evaluation.dataset_version_id)
    if taught.exists():
        ids = _with_vectors(taught.values_list("item", flat=True), vectors)
    else:
        rows = entries.filter(split=TRAIN).values_list("item", flat=True)
        ids = _with_vectors(rows, vectors)
    chosen = ids[spread_places(len(ids), _most(evaluation, vectors))]
    labels = _labels(entries.filter(Among(F("item"), chosen.tolist())), evaluation, beat)
    missing = [item_id for item_id in chosen.tolist() if item_id not in labels]
    # What taught the model need not be in the version that it is measured by.
    return _table(evaluation, labels | _standing_labels(missing, evaluation, beat), vectors, beat)


def _most(evaluation: Evaluation, vectors: VectorTable) -> int:
    """So many items have room; each has its vector and a column for each class."""
    return NUMBERS_MOST // max(vectors.matrix.shape[1], len(evaluation.classes) + 1)


def _with_vectors(rows: QuerySet[Any], vectors: VectorTable) -> Ids:
    ids = np.unique(np.fromiter(rows.order_by().iterator(), np.int64))
    return ids[vectors.places_of(ids) != ABSENT]


def _labels(entries: QuerySet[DatasetEntry], evaluation: Evaluation, beat: Beat) -> Labels:
    carried, version = Carried(evaluation), evaluation.dataset_version.schema_number
    rows = entries.order_by().values_list("item", "answer")
    return _carrying(((*row, version) for row in rows.iterator()), carried, beat)


def _standing_labels(ids: list[int], evaluation: Evaluation, beat: Beat) -> Labels:
    if not ids:
        return {}
    rows = accepted_tasks().filter(Among(F("item"), ids))
    answers = rows.values_list("item", "result_answer", "result_version__number")
    return _carrying(answers.iterator(), Carried(evaluation), beat)


def _carrying(
    rows: Iterable[tuple[int, dict[str, Any], int | None]], carried: Carried, beat: Beat
) -> Labels:
    found: Labels = {}
    for item_id, answer, version in rows:
        codes = carried.codes_in(answer, version)
        if codes is not None:
            found[item_id] = codes
        beat()
    return found


def _table(evaluation: Evaluation, labels: Labels, vectors: VectorTable, beat: Beat) -> Table:
    project = evaluation.project
    ids = np.array(sorted(labels), dtype=np.int64)
    places = vectors.places_of(ids)
    ids, places = ids[places != ABSENT], places[places != ABSENT]
    carries = np.zeros((len(ids), len(evaluation.classes) + 1), dtype=bool)
    for place, item_id in enumerate(ids.tolist()):
        carries[place, list(labels[item_id]) or [0]] = True
    known = Known(
        np.asarray(vectors.matrix[places], dtype=np.float32),
        carries,
        np.isin(ids, _doubted(project)),
        agreement_on(evaluation, ids),
        np.isin(ids, _questioned(project)),
        *blind_splits(evaluation, ids, beat),
    )
    return Table(ids, known)


def _doubted(project: Project) -> list[int]:
    rows = LabelIssue.objects.waiting().filter(project=project)
    return list(rows.values_list("task__item", flat=True))


def _questioned(project: Project) -> list[int]:
    rows = Question.objects.filter(project=project, state=Question.State.ASKED)
    return list(rows.values_list("item", flat=True))
