"""What is wrong with a batch, the most urgent first: each alarm has one next action."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from labelops.intervals import Interval

WAITING_HOURS = 24.0


class Alarm(StrEnum):
    OVERDUE = "overdue"
    LOT_REJECTED = "lot rejected"
    LATE = "late"
    ACCURACY = "accuracy"
    QUESTIONS = "questions"
    REVIEWS = "reviews"


@dataclass(frozen=True)
class BatchFacts:
    """Hours are negative in the past; None is what is not known or not asked for.

    `slack_hours` is the due date less the late end of the forecast.
    """

    unfinished: int = 0
    due_in_hours: float | None = None
    slack_hours: float | None = None
    accuracy: Interval | None = None
    accuracy_wanted: float | None = None
    has_rejected_lot: bool = False
    review_hours: float | None = None
    question_hours: float | None = None


def alarms(facts: BatchFacts) -> list[Alarm]:
    """All that hold.

    >>> alarms(BatchFacts(unfinished=3, due_in_hours=50, slack_hours=-2, question_hours=30))
    [<Alarm.LATE: 'late'>, <Alarm.QUESTIONS: 'questions'>]
    >>> alarms(BatchFacts(unfinished=0, due_in_hours=-5))
    []
    """
    return list(_found(facts))


def _found(facts: BatchFacts) -> Iterator[Alarm]:
    is_overdue = facts.due_in_hours is not None and facts.due_in_hours < 0
    if facts.unfinished and is_overdue:
        yield Alarm.OVERDUE
    if facts.has_rejected_lot:
        yield Alarm.LOT_REJECTED
    is_late = facts.slack_hours is not None and facts.slack_hours < 0
    if facts.unfinished and is_late and not is_overdue:
        yield Alarm.LATE
    # Only what is proved: the whole interval is below what is wanted.
    if facts.accuracy and facts.accuracy_wanted and facts.accuracy.high < facts.accuracy_wanted:
        yield Alarm.ACCURACY
    if (facts.question_hours or 0) > WAITING_HOURS:
        yield Alarm.QUESTIONS
    if (facts.review_hours or 0) > WAITING_HOURS:
        yield Alarm.REVIEWS
