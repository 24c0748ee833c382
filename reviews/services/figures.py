"""The quality figures of a project, computed from its annotations; every figure carries its n."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from labelops.accounts.models import User
from labelops.intervals import Interval
from labelops.json_member import Member
from reviews.models import Consensus, Review
from reviews.quality.confusion import annotator_agreement, label_confusion
from reviews.quality.control_figures import class_figures, figures, option_figures
from reviews.quality.error_rate import Stratum, error_rate
from reviews.quality.figure import Figure, mean_figure
from reviews.quality.tables import LabelTable, tabulate
from reviews.services.label_columns import Made, is_all_classes, read_columns
from tasks.kinds.answer import value_of
from tasks.kinds.schema import single_choice
from tasks.models import WORK_STATES, Annotation, Project, Task
from tasks.services.instructions import current_schema

DAYS_SHOWN = 14
SAMPLING = "tasks drawn at random"
CONFUSIONS_SHOWN = 12
Answer = dict[str, Any]


@dataclass(frozen=True)
class Labeled:
    """One annotation, reduced to what figures need."""

    task: int
    author: int
    answer: Answer
    state: str
    active_ms: int | None


def project_figures(project: Project) -> dict[str, Any]:
    """Everything the quality page and command show, as JSON."""
    schema = current_schema(project)
    parts = _class_parts if is_all_classes(schema) else _answer_parts
    return parts(project, schema) | {
        "days": _days(project),
        "states": _states(project),
        "error_rate": _error_rate(project),
    }


def _class_parts(project: Project, schema: dict[str, Any]) -> dict[str, Any]:
    """Where every question has one class for an answer, a million labels are a few columns."""
    columns = read_columns(project, schema)
    choice = single_choice(schema)
    table = columns.tables[choice["name"]] if choice else None
    return {
        "annotation_count": len(columns.task),
        "task_count": len(np.unique(columns.task)),
        "controls": [
            _shown_control(control, class_figures(control, columns.tables[control["name"]]))
            for control in schema["controls"]
        ],
        "annotators": _annotator_rows(columns.made_by(), table),
        "confusion": _confusion(choice, table),
        "class_counts": {
            control["name"]: columns.counts[control["name"]]
            for control in schema["controls"]
            if control["type"] == "choice"
        },
    }


def _answer_parts(project: Project, schema: dict[str, Any]) -> dict[str, Any]:
    labeled = [
        Labeled(*row)
        for row in Annotation.objects.filter(task__batch__project=project)
        .exclude(task__state=Task.State.GOLD)
        .order_by("id")
        .values_list("task", "author", "answer", "state", "active_ms")
        .iterator()
    ]
    by_task: dict[int, list[Labeled]] = defaultdict(list)
    for found in labeled:
        by_task[found.task].append(found)
    choice = single_choice(schema)
    table = tabulate(_labels(choice, labeled)) if choice else None
    lengths = _lengths(project, schema)
    return {
        "annotation_count": len(labeled),
        "task_count": len(by_task),
        "controls": [_control(control, by_task, lengths) for control in schema["controls"]],
        "annotators": _annotator_rows(_made_by(labeled), table),
        "confusion": _confusion(choice, table),
        "class_counts": _class_counts(schema, (found.answer for found in labeled)),
    }


def _labels(control: dict[str, Any], labeled: list[Labeled]) -> list[tuple[int, int, Any]]:
    values = ((found, value_of(control, found.answer)) for found in labeled)
    return [(found.task, found.author, value) for found, value in values if value is not None]


def _figure(value: float | None, n: int, interval: Interval | None) -> dict[str, Any]:
    return {
        "value": value,
        "n": n,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
    }


def _as_json(figure: Figure) -> dict[str, Any]:
    return _figure(figure.value, figure.n, figure.interval)


def _control(
    control: dict[str, Any], by_task: dict[int, list[Labeled]], lengths: dict[int, int]
) -> dict[str, Any]:
    given = {
        task: [(labeled.author, labeled.answer) for labeled in found]
        for task, found in by_task.items()
    }
    shown = _shown_control(control, figures(control, given, lengths=lengths))
    if control["type"] == "choice" and control["multiple"]:
        options = option_figures(control, given)
        shown["options"] = {option: _as_json(figure) for option, figure in options.items()}
    return shown


def _shown_control(control: dict[str, Any], made: dict[str, Figure]) -> dict[str, Any]:
    shown = {name: control[name] for name in ("name", "title", "type")}
    return shown | {"figures": {name: _as_json(figure) for name, figure in made.items()}}


def _lengths(project: Project, schema: dict[str, Any]) -> dict[int, int]:
    """How long the text of each task is, where spans are marked."""
    if all(control["type"] != "spans" for control in schema["controls"]):
        return {}
    rows = Task.objects.filter(batch__project=project).order_by()
    texts = rows.annotate(text=Member("item__data", "text")).values_list("pk", "text")
    return {task: len(text or "") for task, text in texts.iterator()}


def mean_over_items(values: list[float]) -> dict[str, Any]:
    """The mean over items, one value each, with its bootstrap interval; at least one item."""
    return _as_json(mean_figure(values))


def _made_by(labeled: list[Labeled]) -> dict[int, Made]:
    by_author: dict[int, list[Labeled]] = defaultdict(list)
    for found in labeled:
        by_author[found.author].append(found)
    return {
        author: Made(
            len(made),
            Counter(found.state for found in made),
            [found.active_ms for found in made if found.active_ms is not None],
        )
        for author, made in by_author.items()
    }


def _annotator_rows(made_by: dict[int, Made], table: LabelTable | None) -> list[dict[str, Any]]:
    people = User.objects.in_bulk(list(made_by))
    found = annotator_agreement(table) if table is not None and len(table.rows) else []
    verdicts = {verdict.annotator: verdict for verdict in found}
    rows = []
    for author, made in made_by.items():
        verdict = verdicts.get(author)
        rows.append(
            {
                "id": author,
                "name": str(people[author]),
                "username": people[author].username,
                "is_simulated": people[author].is_simulated,
                "labels": made.labels,
                "agreement": _figure(verdict.share, verdict.n, verdict.interval)
                if verdict
                else None,
                "accepted": made.states[Annotation.State.ACCEPTED],
                "fixed": made.states[Annotation.State.FIXED],
                "rejected": made.states[Annotation.State.REJECTED],
                "median_seconds": round(float(np.median(made.active_ms)) / 1000, 1)
                if len(made.active_ms)
                else None,
            }
        )
    return sorted(rows, key=lambda row: -row["labels"])


def _confusion(choice: dict[str, Any] | None, table: LabelTable | None) -> dict[str, Any] | None:
    if choice is None or table is None or not len(table.rows):
        return None
    found = label_confusion(table)
    return {
        "control": choice["name"],
        "title": choice["title"],
        "classes": [str(label) for label in found.classes],
        "pairs": found.pairs,
        "most": [[str(a), str(b), count] for a, b, count in found.most_confused(CONFUSIONS_SHOWN)],
    }


def count_classes(project_id: int) -> dict[str, dict[str, int]]:
    """How often each class of each choice was chosen in a project."""
    made = Annotation.objects.filter(task__batch__project=project_id)
    answers = made.exclude(task__state=Task.State.GOLD).values_list("answer")
    schema = current_schema(Project.objects.get(pk=project_id))
    return _class_counts(schema, (answer for (answer,) in answers.iterator()))


def _class_counts(schema: dict[str, Any], answers: Iterable[Answer]) -> dict[str, dict[str, int]]:
    choices = [control for control in schema["controls"] if control["type"] == "choice"]
    counts: dict[str, Counter[str]] = {control["name"]: Counter() for control in choices}
    for answer in answers:
        for control in choices:
            value = value_of(control, answer)
            counts[control["name"]].update(
                value if isinstance(value, list) else [value] if value else []
            )
    return {name: dict(counter) for name, counter in counts.items()}


def _days(project: Project) -> list[dict[str, Any]]:
    """Labels and decisions of each of the last days, in UTC; empty days are zeros."""
    today = timezone.now().date()
    since = timezone.now() - timedelta(days=DAYS_SHOWN)
    labels = _per_day(
        Annotation.objects.filter(task__batch__project=project, submitted_at__gte=since),
        "submitted_at",
    )
    decisions = _per_day(
        Review.objects.standing().filter(task__batch__project=project, decided_at__gte=since),
        "decided_at",
    )
    days = [today - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))]
    return [
        {"day": day.isoformat(), "labels": labels.get(day, 0), "decisions": decisions.get(day, 0)}
        for day in days
    ]


def _per_day(rows: Any, field: str) -> dict[Any, int]:
    return dict(
        rows.order_by()
        .annotate(day=TruncDate(field, tzinfo=timezone.get_default_timezone()))
        .values_list("day")
        .annotate(count=Count("pk"))
    )


def _states(project: Project) -> dict[str, int]:
    counts = dict(
        Task.objects.filter(batch__project=project)
        .exclude(state=Task.State.GOLD)
        .order_by()
        .values_list("state")
        .annotate(count=Count("pk"))
    )
    return {state.value: counts.get(state, 0) for state in WORK_STATES}


def _error_rate(project: Project) -> dict[str, Any]:
    """Share of consensus labels that experts did not let stand, from the random sample.

    Batches are sampled unequally, so each counts by its size; of those that nobody has sampled
    nothing is said: `size` labels are spoken of.
    """
    sampled = Q(standing=Consensus.Standing.SAMPLED)
    rows = (
        Consensus.objects.filter(batch__project=project)
        .order_by()
        .values_list("batch")
        .annotate(
            size=Count("pk"),
            n=Count("pk", filter=sampled),
            wrong=Count("pk", filter=sampled & Q(was_wrong=True)),
        )
    )
    found = error_rate([Stratum(wrong, n, size) for _batch, size, n, wrong in rows])
    if found is None:
        return _figure(None, 0, None) | {"size": 0, "sampling": SAMPLING}
    figure = _figure(found.value, found.n, found.interval)
    return figure | {"size": found.size, "sampling": SAMPLING}
