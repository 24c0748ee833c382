"""Measures answers on gold: once each, again when the gold changes, not while it is in doubt.

Everything here happens under the lock of the gold item, so that an answer that comes while the
item is suspended or revised is measured by what holds afterwards.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from labelops.audit.services import record
from reviews.models import GoldAnswer, Measurement
from reviews.quality.gold import is_doubtful
from reviews.services.measurements import measure
from tasks.kinds import answer as answers
from tasks.models import Annotation, GoldItem, GoldServing, Qualification, Task
from tasks.services import gold as pool

# Whose failures speak against the gold, where enough of them are in the project.
EXPERIENCED_LEVEL = 3
EXPERIENCED_LEAST = 3
# Lost wake-ups are found again for so long after the item was handed out.
SWEPT = timedelta(days=14)
SWEEP_LIMIT = 1_000
State = GoldItem.State


def measure_answer(annotation: Annotation) -> Measurement | None:
    """Hold an answer on hidden gold against what is right; None for one that teaches.

    Doing it again changes nothing.
    """
    with transaction.atomic():
        gold = _gold_of(annotation)
        answer = gold.answers.in_force().first() if gold else None
        if (
            gold is None
            or answer is None
            or Measurement.objects.filter(annotation=annotation).exists()
        ):
            return None
        made = _measure(annotation, answer)
        if gold.is_doubted:
            set_void(gold)
        elif not made.is_right:
            _doubt(gold, answer)
    return Measurement.objects.filter(annotation=annotation).first()


def measure_waiting() -> int:
    """Whatever was answered on hidden gold and is not measured yet; how many there were.

    Gold that was suspended by an answer to a question is set void here, too.
    """
    _set_void_what_was_excluded()
    since = timezone.now() - SWEPT
    served = GoldServing.objects.filter(
        task=OuterRef("task"), person=OuterRef("author"), is_teaching=False
    )
    recent = GoldServing.objects.filter(is_teaching=False, served_at__gte=since)
    found = (
        Annotation.objects.filter(
            Exists(served),
            task__in=recent.values("task"),
            task__state=Task.State.GOLD,
            measurement=None,
        )
        .order_by("pk")
        .select_related("task", "instruction_version", "assignment")[:SWEEP_LIMIT]
    )
    return sum(measure_answer(annotation) is not None for annotation in found)


def _set_void_what_was_excluded() -> None:
    """An item that turned out to be no item was suspended by the tasks, which know no measures."""
    counts = Measurement.objects.filter(
        source=Measurement.Source.GOLD, annotation__task__item=OuterRef("item"), is_void=False
    )
    doubted = GoldItem.objects.filter(Exists(counts), is_doubted=True).order_by("pk")
    for gold in doubted:
        with transaction.atomic():
            # Somebody may stand by it at this moment, and then it counts.
            if doubted.select_for_update(of=("self",)).filter(pk=gold.pk).exists():
                set_void(gold)


def measure_assignment(assignment_id: int) -> bool:
    """Measure what was just answered; False when it was taken back or is measured already."""
    found = Annotation.objects.filter(assignment=assignment_id, task__state=Task.State.GOLD)
    annotation = found.select_related("task", "instruction_version", "assignment").first()
    return annotation is not None and measure_answer(annotation) is not None


def rescore(gold: GoldItem, answer: GoldAnswer) -> int:
    """Measure everything that was ever answered on an item by the version now in force.

    At most as many as may be served it: so it is done at once, with the approval itself.
    """
    made = hidden_answers(gold)
    for annotation in made:
        _measure(annotation, answer)
    if made:
        record(None, "gold.rescored", gold, after={"number": answer.number, "count": len(made)})
    return len(made)


def set_void(gold: GoldItem) -> None:
    """Nothing that was measured with this item counts, until somebody has ruled."""
    measured = Measurement.objects.filter(annotation__in=_answered(gold).values("pk"))
    measured.filter(is_void=False).update(is_void=True)


def hidden_answers(gold: GoldItem) -> list[Annotation]:
    rows = _answered(gold).order_by("pk")
    return list(rows.select_related("task", "instruction_version", "assignment"))


def measurements_of(golds: Iterable[GoldItem]) -> QuerySet[Measurement]:
    """What was measured with these items, void or not."""
    return Measurement.objects.filter(
        source=Measurement.Source.GOLD,
        annotation__task__state=Task.State.GOLD,
        annotation__task__item__gold_items__in=list(golds),
    )


def _answered(gold: GoldItem) -> QuerySet[Annotation]:
    """Answers of the people to whom it did not tell the truth afterwards."""
    served = GoldServing.objects.filter(
        gold=gold, task=OuterRef("task"), person=OuterRef("author"), is_teaching=False
    )
    return Annotation.objects.filter(
        Exists(served), task__item=gold.item_id, task__state=Task.State.GOLD
    )


def _gold_of(annotation: Annotation) -> GoldItem | None:
    served = GoldServing.objects.filter(
        task=annotation.task_id, person=annotation.author_id, is_teaching=False
    )
    rows = GoldItem.objects.select_for_update(of=("self",))
    return rows.filter(pk__in=served.values("gold")).first()


def _measure(annotation: Annotation, answer: GoldAnswer) -> Measurement:
    return measure(
        annotation,
        right=answer.right,
        version=answer.version,
        source=Measurement.Source.GOLD,
        tolerance=answer.tolerance,
        now=annotation.submitted_at,
    )


def _doubt(gold: GoldItem, answer: GoldAnswer) -> None:
    """Suspend an item that those who should know fail alike, for an expert to rule on."""
    if gold.state != State.ACTIVE:
        return
    since = answer.upheld_at or answer.approved_at
    measured = measurements_of([gold]).filter(is_void=False, annotation__submitted_at__gt=since)
    rows = list(measured.values_list("person", "is_right", "annotation__answer"))
    wrong = [(person, given) for person, is_right, given in rows if not is_right]
    experienced = _experienced(gold)
    telling = [given for person, given in wrong if experienced is None or person in experienced]
    schema = answer.version.label_schema
    if is_doubtful(
        len(rows),
        telling,
        lambda one, other: answers.agree(schema, one, other),
        failed_count=len(wrong),
    ):
        pool.move(gold, State.SUSPENDED, by=None, reason="people fail it alike")
        set_void(gold)


def _experienced(gold: GoldItem) -> set[int] | None:
    """The people of level 3 and above; None where there are too few to say anything."""
    found = Qualification.objects.filter(
        project=gold.project_id, level__gte=EXPERIENCED_LEVEL
    ).values_list("person", flat=True)
    people = set(found)
    return people if len(people) >= EXPERIENCED_LEAST else None
