"""What pages show of the built-in model: the button, its job, and the report card of a version."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import DomainError
from labelops.jobs.models import Job
from reviews.baseline.report_card import ClassCard, ReportCard, Verdict
from reviews.models import ModelTraining
from reviews.reports.shares import Share
from reviews.services import training_labels
from reviews.services.training_labels import COUNTED, ENOUGH
from tasks.blocks.classes import schema_classes
from tasks.models import ModelVersion, Prediction, Project, Task
from tasks.services.instructions import current_schema

NEXT_MOST = 5
VERDICTS = {
    Verdict.LEARNED: (gettext_lazy("learned"), "badge-good"),
    Verdict.UNSURE: (gettext_lazy("unsure"), "badge-warn"),
    Verdict.NOT_YET: (gettext_lazy("not yet"), "badge-bad"),
}


@dataclass(frozen=True)
class TrainingDesk:
    """`problem`: why it cannot be trained now; `newest`: the training pressed last, if any.

    `count` is None where the project asks for nothing that can be learned.
    """

    count: int | None
    problem: str
    newest: ModelTraining | None

    enough = ENOUGH

    @property
    def is_capped(self) -> bool:
        return self.count is not None and self.count >= COUNTED

    @property
    def is_short(self) -> bool:
        return self.count is not None and self.count < ENOUGH

    @property
    def is_running(self) -> bool:
        return self.newest is not None and not self.newest.job.is_finished

    @property
    def remedy(self) -> str:
        """What to do about the last failure."""
        errors = self.newest.job.errors if self.newest else []
        return errors[-1].get("hint") or "" if errors else ""

    @property
    def phase(self) -> str:
        """What the running job does."""
        job = self.newest.job
        if job.state == Job.State.QUEUED:
            return _("Waits for its turn")
        if self.newest.model_version_id is None:
            return _("Reads the labeled items and learns")
        return _("Looks at all items")


def desk(project: Project) -> TrainingDesk:
    problem = ""
    try:
        count = training_labels.count_labels(project)
    except DomainError as error:
        count, problem = error.details.get("count"), error.words
    rows = ModelTraining.objects.filter(project=project).select_related("job", "model_version")
    return TrainingDesk(count, problem, rows.defer("weights", "report").first())


@dataclass(frozen=True)
class ClassRow:
    """A class in words: the share of its labels found, and the share right of what it names."""

    card: ClassCard
    title: str

    @property
    def found(self) -> Share:
        return Share(self.card.right, self.card.labels)

    @property
    def believed(self) -> Share:
        return Share(self.card.right, self.card.named)

    @property
    def verdict(self) -> str:
        return VERDICTS[self.card.verdict][0]

    @property
    def badge(self) -> str:
        return VERDICTS[self.card.verdict][1]


@dataclass(frozen=True)
class CardPage:
    """The report card of a version; `is_current`: the project still asks for what it learned.

    `titles` are those of the classes by the instructions in force.
    """

    training: ModelTraining
    card: ReportCard
    is_current: bool
    titles: Mapping[str, str]

    @property
    def rows(self) -> list[ClassRow]:
        """Those that need labels first."""
        order = [Verdict.NOT_YET, Verdict.UNSURE, Verdict.LEARNED]
        cards = sorted(self.card.classes, key=lambda card: (order.index(card.verdict), card.name))
        return [ClassRow(card, self.titles.get(card.name, card.name)) for card in cards]

    @property
    def too_few(self) -> list[tuple[str, int]]:
        """Classes that it was not taught, each with how many labels there were."""
        return [(self.titles.get(name, name), n) for name, n in self.card.too_few.items()]

    @property
    def right(self) -> Share:
        return Share(self.card.right, self.card.labels)

    @property
    def label_next(self) -> list[tuple[str, str]]:
        """The classes that a few more labels help most, each with its title.

        Those without any come first, then the least sure.
        """
        unsure = [row.card for row in self.rows if row.card.verdict != Verdict.LEARNED]
        unsure.sort(key=lambda card: card.surely)
        names = [*self.card.too_few, *(card.name for card in unsure)][:NEXT_MOST]
        return [(name, self.titles.get(name, name)) for name in names]

    @property
    def off_points(self) -> int:
        """How far its probabilities are from what comes true, in points."""
        return round(100 * self.card.calibration_error)


@dataclass(frozen=True)
class LearnedItem:
    """What was said of an item unseen, and its label; None where it has none any more."""

    prediction: Prediction
    said: str
    label: str | None

    @property
    def is_right(self) -> bool:
        return self.said == self.label


def card_of(version: ModelVersion) -> CardPage | None:
    """None for a version that was not trained here."""
    rows = ModelTraining.objects.filter(model_version=version, finished_at__isnull=False)
    training = rows.select_related("project").defer("weights").first()
    if training is None:
        return None
    card = ReportCard.read(training.report)
    names = [row.name for row in card.classes]
    schema = current_schema(training.project)
    is_current = training_labels.knows(schema, training.control, names)
    found = schema_classes(schema).items()
    titles = {value: title for (control, value), title in found if control == training.control}
    return CardPage(training, card, is_current, titles)


def lesson(card: CardPage, label: str) -> QuerySet[Prediction]:
    """The learned items that it took for a class, each by a model that had not seen its label."""
    learned = Prediction.objects.filter(
        model_version=card.training.model_version_id, is_trained_on=True, item__deletion=None
    )
    said = learned.annotate(said=KeyTransform(card.training.control, "answer"))
    return said.filter(said=label).select_related("item")


def with_labels(rows: list[Prediction], card: CardPage) -> list[LearnedItem]:
    """Each beside the label that its item has by now."""
    control = card.training.control
    accepted = Task.objects.filter(
        item__in=[row.item_id for row in rows], state=Task.State.ACCEPTED
    ).order_by("settled_at", "pk")
    labels = {task.item_id: task.result_answer.get(control, "") for task in accepted}
    return [LearnedItem(row, row.answer[control], labels.get(row.item_id)) for row in rows]
