"""The labels that come with the items of an import: whose they are, and where they are stored."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress
from tasks.formats.items import Answer, ItemLabel, ItemRecord
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import LabelRecord, Row, clean_id
from tasks.kinds import AnswerError, ItemFacts
from tasks.kinds.answer import validate_answer
from tasks.models import (
    Annotation,
    Batch,
    InstructionVersion,
    Item,
    ModelVersion,
    Project,
    Transfer,
)
from tasks.services.annotation_intake import Intake, refused_answer, store_labels
from tasks.services.imported_batches import DEFAULT_NAME, existing_batch, imported_batch
from tasks.services.instructions import current_version
from tasks.services.predictions import checked_scores, get_model_version, take_predictions
from tasks.services.record_items import find_items
from tasks.services.transfers import add_problem

ANNOTATOR = "imported"
ANNOTATOR_LENGTH = 150
# Of a prediction whose file does not say which model made it, or which version.
MODEL, MODEL_VERSION = "imported", "1"
# Of an item: what its record is compared with, and what its labels are checked against.
FACTS = (
    *("external_id", "sha256", "transfer", "import_row", "data", "media_key", "width", "height"),
    "deletion",
)


class LabelUse(models.TextChoices):
    """What becomes of labels that a file brings with its items."""

    SKIP = "skip", gettext_lazy("Leave them out")
    ANNOTATIONS = "annotations", gettext_lazy("Take them as labels made elsewhere")
    PREDICTIONS = "predictions", gettext_lazy("Take them as predictions of a model")


def label_payload(
    project: Project,
    *,
    labels: str = LabelUse.SKIP,
    annotator: str = "",
    model: str = "",
    model_version: str = "",
) -> dict[str, Any]:
    """What the job must know of the labels that are wanted. Raises DomainError.

    `annotator` stands for people that the file does not name. Of annotations and predictions in
    one file, each becomes what it is; with a `model`, all are predictions of that version.
    """
    if labels == LabelUse.SKIP:
        return {"labels": labels}
    version = current_version(project)
    if version is None:
        raise Conflict(
            _("Publish the instructions first: labels belong to a version."),
            code="no_instructions",
            field="labels",
        )
    if labels == LabelUse.PREDICTIONS and not (model.strip() and model_version.strip()):
        raise DomainError(
            _("Predictions need the name and the version of their model."),
            code="required",
            field="model_version" if model.strip() else "model",
        )
    if len(annotator) > ANNOTATOR_LENGTH:
        raise DomainError(_("The name is too long."), code="too_long", field="annotator")
    existing_batch(project, DEFAULT_NAME)
    return {
        "labels": labels,
        "annotator": annotator.strip() or ANNOTATOR,
        "model": model.strip(),
        "model_version": model_version.strip(),
        "version": version.pk,
    }


class LabelIntake:
    """Checks and stores the labels of one import, under the version that it began with."""

    def __init__(self, job: Job, transfer: Transfer) -> None:
        self.job, self.transfer = job, transfer
        self.version = InstructionVersion.objects.get(pk=job.payload["version"])
        self.schema = self.version.label_schema
        self.model_versions: dict[tuple[str, str], ModelVersion] = {}

    def batch(self) -> Batch:
        """The closed batch of labels made elsewhere."""
        return imported_batch(self.transfer.project, DEFAULT_NAME, by=self._by)

    @property
    def _by(self) -> User:
        assert self.job.created_by is not None
        return self.job.created_by

    def check(
        self, chunk: Sequence[ItemRecord | Problem], facts: dict[int, ItemFacts]
    ) -> tuple[list[LabelRecord], list[Problem]]:
        """What people would say of items whose facts are known, by row, and what is wrong."""
        given, problems = [], []
        for record in chunk:
            if not isinstance(record, ItemRecord) or record.row not in facts:
                continue
            for label in record.labels:
                try:
                    answer = self._checked(label, facts[record.row])
                    if not self._model_of(label):
                        given.append(self._given(record, label, record.external_id, answer))
                except RowRefused as error:
                    problems.append(_placed(error.problem, record))
        return given, problems

    def _checked(self, label: ItemLabel, facts: ItemFacts) -> Answer:
        answer = _answer(label, facts)
        if self._model_of(label):
            said = {"answer": answer, "score": label.score, "scores": label.scores}
            checked_scores(said, self.schema)
        try:
            return validate_answer(self.schema, answer, facts)
        except AnswerError as error:
            raise RowRefused(refused_answer(error, label.field)) from error

    def said_before(self, labels: Sequence[LabelRecord]) -> dict[tuple[str, str], Answer]:
        """By item and the annotator's name in small letters: what stands in the batch already."""
        rows = Annotation.everything.filter(
            task__batch__project=self.transfer.project_id,
            task__batch__name=DEFAULT_NAME,
            task__item__external_id__in={label.item for label in labels},
        ).values_list("task__item__external_id", "author__username", "answer")
        return {(item, name.lower()): answer for item, name, answer in rows}

    def take(self, chunk: Sequence[ItemRecord | Problem], batch: Batch) -> None:
        """Store the good labels of a chunk and the job's new cursor in one transaction.

        Rows without an item are passed over: what is wrong with them was said already.
        """
        records = [entry for entry in chunk if isinstance(entry, ItemRecord) and entry.labels]
        with transaction.atomic():
            found = find_items(self.transfer, records, Item.objects.only(*FACTS))
            items = {item.external_id: item for item in found.values()}
            given, predicted, problems = self._sorted(records, found)
            counts: Counter[str] = Counter()
            if given:
                intake = Intake(batch, self.version, None, create_items=False, last_wins=False)
                stored, refused = store_labels(
                    self.transfer, given, intake, by=self._by, items=items
                )
                counts += Counter({f"labels_{name}": stored[name] for name in stored})
                problems += refused
            for (model, version), rows in predicted.items():
                model_version = self._model_version(model, version)
                taken, refused = take_predictions(model_version, rows, by=self._by, items=items)
                counts += Counter({f"predictions_{name}": taken[name] for name in taken})
                problems += refused
            for problem in sorted(problems, key=lambda problem: problem.row or 0):
                add_problem(self.job, problem, self.transfer.file_name)
            for name, count in counts.items():
                self.job.result[name] = self.job.result.get(name, 0) + count
            save_progress(self.job)

    def _sorted(
        self, records: Sequence[ItemRecord], items: dict[int, Item]
    ) -> tuple[list[LabelRecord], dict[tuple[str, str], list[Row]], list[Problem]]:
        """What people said, what models said, and what cannot be read."""
        given: list[LabelRecord] = []
        predicted: dict[tuple[str, str], list[Row]] = defaultdict(list)
        problems: list[Problem] = []
        for record in records:
            if record.row not in items:
                continue
            item = items[record.row]
            for label in record.labels:
                try:
                    answer = _answer(label, item.facts)
                    model = self._model_of(label)
                    if model:
                        fields = {"item": item.external_id, "answer": answer}
                        scores = {"score": label.score, "scores": label.scores}
                        predicted[model].append(Row(record.row, fields | scores))
                    else:
                        given.append(self._given(record, label, item.external_id, answer))
                except RowRefused as error:
                    problems.append(_placed(error.problem, record))
        return given, predicted, problems

    def _model_of(self, label: ItemLabel) -> tuple[str, str] | None:
        """Name and version of the model that said it, or None where a person did."""
        wanted = self.job.payload
        if wanted["labels"] == LabelUse.PREDICTIONS:
            return wanted["model"], wanted["model_version"]
        if label.model is None:
            return None
        return label.model or MODEL, label.model_version or MODEL_VERSION

    def _model_version(self, model: str, version: str) -> ModelVersion:
        if (model, version) not in self.model_versions:
            project = self.transfer.project
            found = get_model_version(project, name=model, version=version, by=self._by)
            self.model_versions[model, version] = found
        return self.model_versions[model, version]

    def _given(
        self, record: ItemRecord, label: ItemLabel, item: str, answer: Answer
    ) -> LabelRecord:
        name = label.annotator or self.job.payload["annotator"]
        name = clean_id(name, field="annotator", row=record.row, limit=ANNOTATOR_LENGTH)
        return LabelRecord(record.row, item, name, answer=answer, field=label.field)


def _answer(label: ItemLabel, facts: ItemFacts) -> Answer:
    return label.answer(facts) if callable(label.answer) else label.answer


def _placed(problem: Problem, record: ItemRecord) -> Problem:
    return problem.at(row=record.row, entry=record.entry)
