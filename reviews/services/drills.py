"""Drills: built from a person's worst confusion, with labels that experts stand for."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, NotAllowed
from labelops.weeks import last_midnight
from reviews.models import Drill, DrillItem, Measurement, SecondLook
from reviews.quality.mistakes import ConfusedPair, worst_pair
from reviews.services import practice
from reviews.services.mistakes import mistakes_of
from reviews.services.references import candidates, reference_of
from tasks.models import Annotation, GoldItem, Project, Task

# Mistakes of so long ago count.
WINDOW = timedelta(days=90)
AGAIN_AFTER = timedelta(days=7)
SIZE = 10
SMALLEST = 4
# The newest labels of a class are drawn from.
DRAWN_FROM = 200


@dataclass(frozen=True)
class Offer:
    """What a person may practise; `open_drill` goes on, `again_at` says when a fresh one may."""

    pair: ConfusedPair
    open_drill: Drill | None
    again_at: datetime | None


def offer(project: Project, person: User, *, now: datetime | None = None) -> Offer | None:
    """None without a pair of classes that the person mixed up often enough."""
    now = now or timezone.now()
    known_to = last_midnight(now)
    mistakes = mistakes_of(person, since=now - WINDOW, project=project, measured_until=known_to)
    pair = worst_pair(mistakes.get(project.pk, []))
    if pair is None:
        return None
    own = Drill.objects.filter(project=project, person=person)
    last = own.filter(
        Q(given=pair.classes[0], expected=pair.classes[1])
        | Q(given=pair.classes[1], expected=pair.classes[0]),
        control=pair.leading.control,
        finished_at__gt=now - AGAIN_AFTER,
    ).first()
    again_at = last.finished_at + AGAIN_AFTER if last and last.finished_at else None
    return Offer(pair, own.filter(finished_at=None).first(), again_at)


def start(
    project: Project, *, by: User, rng: random.Random | None = None, now: datetime | None = None
) -> Drill:
    """The drill that the person has begun, or a fresh one of their worst pair.

    Raises Conflict `nothing_to_drill`, `drilled_lately` or `too_few_labels`.
    """
    now = now or timezone.now()
    with transaction.atomic():
        # Two clicks at once: the second waits here, and finds the drill of the first.
        User.objects.select_for_update().get(pk=by.pk)
        begun = Drill.objects.filter(project=project, person=by, finished_at=None).first()
        if begun:
            return begun
        offered = offer(project, by, now=now)
        _check(offered)
        drawn = _draw(project, by, offered.pair, rng or random.SystemRandom())
        drill = _create(project, by, offered.pair, drawn, now=now)
        record(by, "drill.started", drill, after={"classes": drill.classes})
    return drill


def _check(offered: Offer | None) -> None:
    if offered is None:
        raise Conflict(
            _("You mix up no two classes often enough for a drill. Well done!"),
            code="nothing_to_drill",
        )
    if offered.again_at:
        raise Conflict(
            _("You have practised these two classes this week."),
            code="drilled_lately",
            hint=_("A fresh drill can be taken a week later, or when the mistake changes."),
        )


def _draw(project: Project, person: User, pair: ConfusedPair, rng: random.Random) -> list[Task]:
    """As many of either class as there are, in mixed order."""
    by_class = [
        list(_unknown_to(person, project, pair.leading.control, value).order_by("-pk")[:DRAWN_FROM])
        for value in pair.classes
    ]
    for rows in by_class:
        rng.shuffle(rows)
    half = SIZE // 2
    first, second = by_class
    drawn = first[: max(half, SIZE - len(second))] + second[: max(half, SIZE - len(first))]
    if not first or not second or len(drawn) < SMALLEST:
        raise Conflict(
            _("Experts have decided too few items of these classes yet."),
            code="too_few_labels",
            hint=_("Read the two class pages in the instructions meanwhile."),
        )
    rng.shuffle(drawn)
    return drawn


def _unknown_to(person: User, project: Project, control: str, value: str) -> QuerySet[Task]:
    """Experts' labels of a class that teach nothing else, and that the person had no part in."""
    answered = Annotation.everything.filter(task__item=OuterRef("item"), author=person)
    gold = GoldItem.objects.filter(item=OuterRef("item"))
    doubted = SecondLook.objects.filter(task=OuterRef("pk"), state__in=SecondLook.UNSETTLED)
    rows = candidates(project, class_={"control": control, "value": value})
    return rows.filter(~Exists(answered), ~Exists(gold), ~Exists(doubted))


def _create(
    project: Project, person: User, pair: ConfusedPair, drawn: list[Task], *, now: datetime
) -> Drill:
    before = measured(project, person, pair.classes).filter(measured_at__gt=now - WINDOW)
    drill = Drill.objects.create(
        project=project,
        person=person,
        control=pair.leading.control,
        given=pair.leading.given,
        expected=pair.leading.expected,
        before_right=before.filter(is_right=True).count(),
        before_count=before.count(),
        item_count=len(drawn),
        started_at=now,
    )
    DrillItem.objects.bulk_create(
        DrillItem(drill=drill, place=place, **reference_of(task))
        for place, task in enumerate(drawn, start=1)
    )
    return drill


def measured(project: Project, person: User, classes: tuple[str, str]) -> QuerySet[Measurement]:
    """The person's answers to items of the two classes, as far as the truth is known."""
    return Measurement.objects.filter(
        project=project, person=person, expected__in=classes, is_void=False
    )


def answer(entry: DrillItem, given: Any, *, by: User) -> bool:
    """Whether the answer agrees with the experts' label; the last right one finishes the drill."""
    if entry.drill.person_id != by.pk:
        raise NotAllowed(_("This drill is somebody else's."))
    valid, is_right = practice.check(entry, given)
    with transaction.atomic():
        drill = Drill.objects.select_for_update().get(pk=entry.drill_id)
        if practice.note(drill, list(drill.items.all()), entry, valid, is_right=is_right):
            _finish(drill, by=by)
        drill.save()
    return is_right


def _finish(drill: Drill, *, by: User) -> None:
    drill.right_count = sum(given["tries"] == 1 for given in drill.answers.values())
    record(
        by,
        "drill.finished",
        drill,
        before={"right": drill.before_right, "n": drill.before_count},
        after={"right": drill.right_count, "n": drill.item_count},
    )
