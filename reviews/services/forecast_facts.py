"""Reads what the forecast of a batch rests on, from sums by day and running counts.

The work of all people is read as sums, and of tasks at most a sample, so that a batch of a million
tasks costs no more than one of a thousand.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Avg, QuerySet, Sum

from labelops.accounts.models import User
from reviews.models import BatchDay, PersonRollup, WorkDay
from reviews.quality.forecast import NEEDED
from reviews.quality.forecast_runs import Flow, Stock
from reviews.quality.working_days import Day, working_days
from tasks.models import Batch, Question, Stage, Task

# Enough for ten days of work and the pattern of the week, holidays included.
READ_DAYS = 60
SAMPLE = 2_000
# So many finished tasks say how many labels one takes; before, the overlap does.
FINISHED_LEAST = 30
QUESTIONS_READ = 50
ANSWER_DAYS = 2.0
ANSWER_RANGE = (0.5, 10.0)


@dataclass(frozen=True)
class Facts:
    """What a forecast is made of."""

    history: list[Day]
    others: list[Day]
    stock: Stock
    flow: Flow


def read_facts(batch: Batch, today: date) -> Facts:
    """In seven statements, whatever the size of the batch; one more while it is young."""
    recent = today - timedelta(READ_DAYS)
    work = _work_by_day(WorkDay.objects.filter(batch=batch))
    settled = BatchDay.objects.filter(batch=batch, day__gte=recent)
    accepted = dict(settled.values_list("day", "accepted"))
    history = [
        Day(day, labels, reviews, accepted.get(day, 0))
        for day, (labels, reviews) in sorted(work.items())
        if recent <= day <= today
    ]
    labels, reviews = (sum(row[place] for row in work.values()) for place in (0, 1))
    stock, partial = _stock(batch)
    flow = _flow(batch, stock, max(0.0, labels - partial), reviews)
    labels_missing = round(stock.labels_missing * flow.overlap / batch.overlap)
    is_young = len(working_days([found for found in history if found.day < today])) < NEEDED
    return Facts(
        history=history,
        others=_others(batch, recent, today) if is_young else [],
        stock=replace(stock, labels_missing=labels_missing),
        flow=flow,
    )


def _others(batch: Batch, recent: date, today: date) -> list[Day]:
    """The days of the project's other batches, all of them together."""
    rows = WorkDay.objects.filter(batch__project=batch.project_id).exclude(batch=batch)
    found = _work_by_day(rows.filter(day__gte=recent, day__lte=today))
    return [Day(day, *counts) for day, counts in sorted(found.items())]


def _work_by_day(rows: QuerySet[WorkDay]) -> dict[date, list[int]]:
    """Labels and reviews of each day, by people: what a model answers at once is no pace."""
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    rows = rows.filter(person__kind=User.Kind.PERSON)
    for day, stage, done in rows.order_by().values_list("day", "stage").annotate(done=Sum("done")):
        found[day][stage != Stage.ANNOTATE] += max(0, done)
    return found


def _stock(batch: Batch) -> tuple[Stock, float]:
    """What is left, and how many labels lie in tasks that still lack others."""
    progress = batch.progress
    begun = batch.tasks.filter(state=Task.State.LABELING).order_by("pk")[:SAMPLE]
    lacking = begun.aggregate(mean=Avg("labels_missing"))["mean"]
    lacking = batch.overlap if lacking is None else lacking
    whole = progress.pending_count + progress.rework_count
    stock = Stock(
        open=max(0, whole + progress.labeling_count),
        labels_missing=max(0, round(whole * batch.overlap + progress.labeling_count * lacking)),
        in_review=max(0, progress.in_review_count + progress.in_adjudication_count),
        on_hold=max(0, progress.on_hold_count),
        accepted=max(0, progress.accepted_count),
    )
    return stock, max(0.0, progress.labeling_count * (batch.overlap - lacking))


def _flow(batch: Batch, stock: Stock, labels: float, reviews: int) -> Flow:
    """Gold, doubtful tasks and skipped ones are among the labels, so a task may take more of them

    than its overlap. Reviewers also look at accepted tasks: no more was sent than was finished.
    """
    judged = PersonRollup.objects.filter(batch=batch).aggregate(
        accepted=Sum("accepted"), fixed=Sum("fixed"), rejected=Sum("rejected")
    )
    counts = {name: count or 0 for name, count in judged.items()}
    share = counts["rejected"] / (sum(counts.values()) or 1)
    rejected = round(reviews * share)
    completed = stock.accepted + stock.in_review + rejected
    overlap = float(batch.overlap)
    if completed >= FINISHED_LEAST:
        overlap = min(2.0 * batch.most_labels, max(overlap, labels / completed))
    # Those that staff ask about finished labels keep nothing waiting.
    asked = Question.objects.filter(
        project=batch.project_id, task__batch=batch, assignment__isnull=False
    )
    return Flow(
        overlap=overlap,
        review_share=batch.review_percent / 100,
        completed=completed,
        sent=min(completed, reviews + stock.in_review),
        reviewed=reviews,
        rejected=rejected,
        asked=asked.count(),
        answer_days=_answer_days(asked),
    )


def _answer_days(asked: QuerySet[Question]) -> float:
    """How many working days the newest answers took; a usual time before there are any."""
    rows = asked.filter(answered_at__isnull=False).order_by("-pk")
    waited = [_days(*row) for row in rows.values_list("asked_at", "answered_at")[:QUESTIONS_READ]]
    least, most = ANSWER_RANGE
    return min(most, max(least, sum(waited) / len(waited))) if waited else ANSWER_DAYS


def _days(asked_at: datetime, answered_at: datetime) -> float:
    return (answered_at - asked_at) / timedelta(days=7) * 5
