"""Open questions of a project and how long they have waited."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.utils import timezone

from reviews.reports.dashboard_filters import Chosen
from tasks.models import Project, Question

READ = 1_000
OLDEST = 5


@dataclass(frozen=True)
class OpenQuestions:
    """Ages in hours; `is_more` when there are more than were read, the oldest first."""

    count: int
    is_more: bool
    median_hours: float
    late_hours: float
    oldest: list[Question]


def open_questions(project: Project, chosen: Chosen) -> OpenQuestions | None:
    """None when none is open. A vendor or class does not narrow them."""
    rows = project.questions.filter(state=Question.State.ASKED)
    if chosen.batch:
        rows = rows.filter(task__batch=chosen.batch)
    asked: list[datetime] = list(rows.order_by("pk").values_list("asked_at", flat=True)[:READ])
    if not asked:
        return None
    now = timezone.now()
    hours = [(now - moment).total_seconds() / 3_600 for moment in asked]
    median, late = np.quantile(hours, [0.5, 0.9])
    oldest = list(rows.select_related("item").order_by("pk")[:OLDEST])
    return OpenQuestions(len(asked), len(asked) == READ, float(median), float(late), oldest)
