"""What the page of one gold item shows, what may be right about it, and what learners are told."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from labelops.accounts.models import User
from reviews.models import GoldAnswer
from reviews.reports.answer_views import view_config
from reviews.reports.shares import Share
from reviews.services.gold_measuring import measurements_of
from reviews.services.measurements import is_right
from tasks.kinds.answer import PATH, equal, summary
from tasks.models import (
    Annotation,
    GoldItem,
    GoldServing,
    InstructionVersion,
    Item,
    Task,
)
from tasks.services.publishing import is_alone

ANSWERS_READ = 200
OPTIONS_SHOWN = 12
Answer = dict[str, Any]
State = GoldItem.State


@dataclass(frozen=True)
class Option:
    """An answer that somebody gave, by a key that stays the same while others answer."""

    key: str
    summary: str
    answer: Answer
    count: int = 0


@dataclass(frozen=True)
class Versions:
    """What was ever said to be right about an item, the newest first."""

    gold: GoldItem
    rows: Sequence[GoldAnswer]

    @property
    def current(self) -> GoldAnswer | None:
        return next((answer for answer in self.rows if answer.approved_at), None)

    @property
    def waiting(self) -> GoldAnswer | None:
        newest = next(iter(self.rows), None)
        is_done = newest is None or newest.approved_at or self.gold.state == State.RETIRED
        return None if is_done else newest

    @property
    def told(self) -> GoldAnswer | None:
        """The one in force; before there is one, the newest."""
        return self.current or next(iter(self.rows), None)


@dataclass(frozen=True)
class GoldPage:
    gold: GoldItem
    current: GoldAnswer | None
    waiting: GoldAnswer | None
    versions: list[tuple[GoldAnswer, str]]
    view: dict[str, Any]
    outcome: Share
    void_count: int
    teaching_count: int
    given: list[Option]
    can_approve: bool
    alternatives: list[str] = field(default_factory=list)


def gold_page(gold: GoldItem, user: User) -> GoldPage:
    versions = list(gold.answers.select_related("version", "author", "approver"))
    found = Versions(gold, versions)
    current, waiting, told = found.current, found.waiting, found.told or versions[0]
    shown = [(_("In force"), current.answer)] if current else []
    shown += [(_("Waits for approval"), waiting.answer)] if waiting else []
    measured = measurements_of([gold])
    counted = measured.filter(is_void=False).values_list("is_right", flat=True)
    right = list(counted)
    return GoldPage(
        gold=gold,
        current=current,
        waiting=waiting,
        versions=[
            (answer, summary(answer.version.label_schema, answer.answer)) for answer in versions
        ],
        view=view_config(gold.item, told.version.label_schema, *shown),
        outcome=Share(sum(right), len(right)),
        void_count=measured.filter(is_void=True).count(),
        teaching_count=GoldServing.objects.filter(gold=gold, is_teaching=True).count(),
        given=options(gold.item, told.version),
        can_approve=waiting is not None
        and (waiting.author_id != user.pk or is_alone(gold.project, user)),
        alternatives=[summary(told.version.label_schema, other) for other in told.alternatives],
    )


def options(
    item: Item, version: InstructionVersion, *, without: Answer | None = None
) -> list[Option]:
    """The different answers that people gave to an item, the commonest first."""
    schema = version.label_schema
    made = Annotation.objects.filter(task__item=item).order_by("-pk")
    found: list[Answer] = []
    counts: list[int] = []
    for answer in made.values_list("answer", flat=True)[:ANSWERS_READ]:
        answer = {name: value for name, value in answer.items() if name != PATH}
        place = next((at for at, known in enumerate(found) if equal(schema, known, answer)), None)
        if place is not None:
            counts[place] += 1
        elif len(found) < OPTIONS_SHOWN:
            found.append(answer)
            counts.append(1)
    listed = [
        Option(key_of(answer), summary(schema, answer), answer, count)
        for answer, count in zip(found, counts, strict=True)
        if without is None or not equal(schema, answer, without)
    ]
    return sorted(listed, key=lambda option: -option.count)


def key_of(answer: Answer) -> str:
    text = json.dumps(answer, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Explanation:
    """What a person is told of gold that teaches, once they have answered."""

    is_right: bool
    given: str
    right: str
    alternatives: list[str]
    reason: str


def explanation(annotation: Annotation) -> Explanation | None:
    """None where there is nothing to explain: hidden gold, or gold that is in doubt."""
    serving = GoldServing.objects.filter(
        task=annotation.task_id,
        person=annotation.author_id,
        is_teaching=True,
        gold__state__in=[State.ACTIVE, State.RETIRED],
    ).select_related("gold")
    found = serving.first()
    answer = found.gold.answers.in_force().first() if found else None
    if answer is None:
        return None
    schema = answer.version.label_schema
    return Explanation(
        is_right=is_right(schema, annotation.answer, answer.right, answer.tolerance),
        given=summary(annotation.instruction_version.label_schema, annotation.answer),
        right=summary(schema, answer.answer),
        alternatives=[summary(schema, other) for other in answer.alternatives],
        reason=answer.reason,
    )


def label_view(task: Task, answer: Answer) -> dict[str, Any]:
    """The item with the label that is to become gold."""
    return view_config(task.item, task.result_version.label_schema, (_("Label"), answer))


def answer_view(answer: GoldAnswer, item: Item) -> dict[str, Any]:
    """The item with the newest version of what is right."""
    return view_config(item, answer.version.label_schema, (_("Newest version"), answer.answer))


def revisions(newest: GoldAnswer, item: Item) -> list[Option]:
    """What may be right: the answers so far, and all that people gave."""
    schema = newest.version.label_schema
    known = [newest.answer, *newest.alternatives]
    found = options(item, newest.version)
    added = [
        Option(key_of(answer), summary(schema, answer), answer)
        for answer in known
        if not any(equal(schema, answer, option.answer) for option in found)
    ]
    return [*added, *found]


def initial(newest: GoldAnswer, offered: Sequence[Option]) -> dict[str, Any]:
    """The newest version as the form begins with it."""

    def keys(answers: Sequence[Answer]) -> list[str]:
        schema = newest.version.label_schema
        return [
            option.key
            for option in offered
            if any(equal(schema, option.answer, answer) for answer in answers)
        ]

    return {
        "right": keys([newest.answer])[0],
        "also_right": keys(newest.alternatives),
        "reason": newest.reason,
        "tolerance": newest.tolerance,
    }
