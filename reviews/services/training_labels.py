"""What the built-in model learns from: the newest accepted labels of one choice."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.accounts.models import User
from labelops.errors import DomainError
from tasks.kinds import AnswerError, ItemFacts
from tasks.kinds.answer import validate_answer
from tasks.kinds.choice import classes
from tasks.kinds.schema import control_named, single_choice
from tasks.models import Annotation, Item, Project, Task
from tasks.services.exam_items import without_exams
from tasks.services.instructions import current_schema
from tasks.services.taken_out import BY_ANNOTATORS

ENOUGH = 50
CLASSES_LEAST = 2
OF_EACH = 5
# The commonest: the weights of each take memory and time.
CLASSES_MOST = 200
# The newest: more would not fit into the memory of a small machine.
MOST = 20_000
# A page counts no further.
COUNTED = 1_000


@dataclass(frozen=True)
class TrainingLabels:
    """Item to class, oldest label first; `too_few`: labels of the classes that are left out."""

    of_items: dict[int, str]
    too_few: dict[str, int]

    @property
    def classes(self) -> list[str]:
        return sorted(set(self.of_items.values()))

    @property
    def count(self) -> int:
        """Of all accepted labels, with those that are left out: so many `ENOUGH` asks for."""
        return len(self.of_items) + sum(self.too_few.values())


def learned_control(project: Project) -> dict[str, Any]:
    """The choice whose classes are learned: the only single one, else the first that is required.

    Raises DomainError where the project has none, or where its answer cannot stand alone.
    """
    schema = current_schema(project)
    control = single_choice(schema) or _first_required(schema)
    if control is None:
        raise DomainError(
            _("The built-in model learns one class an item, which this project does not ask for."),
            code="no_single_choice",
            hint=_(
                "Add a required question with a single choice, or bring in a model of your own."
            ),
        )
    # What a choice needs beside it does not depend on the item.
    facts = ItemFacts(project.item_type, width=1, height=1, text=" ")
    for value in classes(control):
        if not _stands_alone(schema, {control["name"]: value}, facts):
            raise DomainError(
                _(
                    "The built-in model would answer only “{question}”, and an answer to this "
                    "project needs more."
                ).format(question=control["title"]),
                code="answer_incomplete",
                hint=_("Make the other questions optional, or bring in a model of your own."),
            )
    return control


def _first_required(schema: dict[str, Any]) -> dict[str, Any] | None:
    return next(
        (
            control
            for control in schema["controls"]
            if control["type"] == "choice"
            and not control.get("multiple", False)
            and control.get("required", False)
        ),
        None,
    )


def _stands_alone(schema: dict[str, Any], answer: dict[str, Any], facts: ItemFacts) -> bool:
    try:
        validate_answer(schema, answer, facts)
    except AnswerError:
        return False
    return True


def knows(schema: dict[str, Any], control_name: str, names: Iterable[str]) -> bool:
    """Whether a schema still has the choice and all these classes."""
    control = control_named(schema, control_name)
    return control is not None and set(names) <= set(classes(control))


def accepted_labels(project: Project) -> QuerySet[Task]:
    """Labels that stand, but for those of items that models are examined on."""
    return without_exams(project, standing_labels(project))


def standing_labels(project: Project) -> QuerySet[Task]:
    """People had a part in them, and no later rule has put them in doubt.

    What models alone have answered is left out: nobody learns from their own answers.
    """
    by_people = Annotation.objects.filter(task=OuterRef("pk"), author__kind=User.Kind.PERSON)
    return Task.objects.filter(
        ~Q(result_source__in=BY_ANNOTATORS) | Exists(by_people),
        batch__project=project,
        state=Task.State.ACCEPTED,
        set_aside__isnull=True,
        stale_version__isnull=True,
        item__deletion=None,
    )


def training_labels(project: Project, control: dict[str, Any]) -> TrainingLabels:
    """The newest `MOST`, one an item, of the classes that have enough. Raises DomainError."""
    return labels_of(accepted_labels(project), control)


def labels_of(tasks: QuerySet[Task], control: dict[str, Any]) -> TrainingLabels:
    """The same of some accepted labels."""
    newest = tasks.order_by(F("settled_at").desc(nulls_last=True), "-pk")
    found = _classes(newest[:MOST], control)
    counts = Counter(found.values())
    learned = _learned(counts)
    _require_enough(counts, learned)
    kept = {item: value for item, value in reversed(found.items()) if value in learned}
    too_few = {name: count for name, count in counts.items() if name not in learned}
    return TrainingLabels(kept, dict(sorted(too_few.items())))


def count_labels(project: Project) -> int:
    """How many there are to learn from, counted no further than `COUNTED`.

    Raises DomainError when the project does not ask for a class, or when they are too few.
    """
    some = accepted_labels(project).order_by()[:COUNTED]
    counts = Counter(_classes(some, learned_control(project)).values())
    # Among more than those another class may well have enough.
    if counts.total() < COUNTED:
        _require_enough(counts, _learned(counts))
    return counts.total()


def _classes(tasks: QuerySet[Task], control: dict[str, Any]) -> dict[int, str]:
    """Item to class, the first of each item. Undecidable ones and former classes have none."""
    rows = tasks.annotate(value=KeyTextTransform(control["name"], "result_answer"))
    known = set(classes(control))
    found: dict[int, str] = {}
    for item, value in rows.values_list("item", "value").iterator():
        if value in known:
            found.setdefault(item, value)
    return found


def _learned(counts: Counter[str]) -> set[str]:
    return {name for name, count in counts.most_common(CLASSES_MOST) if count >= OF_EACH}


def _require_enough(counts: Counter[str], learned: set[str]) -> None:
    total = counts.total()
    if total < ENOUGH:
        raise DomainError(
            ngettext(
                "There is {count} accepted label; the model learns from {enough} or more.",
                "There are {count} accepted labels; the model learns from {enough} or more.",
                total,
            ).format(count=total, enough=ENOUGH),
            code="too_few_labels",
            details={"count": total},
            hint=ngettext(
                "Label {count} more item.", "Label {count} more items.", ENOUGH - total
            ).format(count=ENOUGH - total),
        )
    if len(learned) < CLASSES_LEAST:
        missing = ", ".join(
            f"{name} ({count})" for name, count in counts.most_common() if name not in learned
        )
        raise DomainError(
            _(
                "The model learns to tell classes apart, and fewer than two have {count} labels."
            ).format(count=OF_EACH),
            code="too_few_classes",
            details={"count": total},
            hint=_("Label more of: {classes}.").format(classes=missing)
            if missing
            else _("Label items of another class."),
        )


def group_of(item: Item) -> str:
    """The same for items of the same content."""
    return item.sha256 or str(item.data.get("text") or item.pk)
