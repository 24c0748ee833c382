"""The quality figures of a project, computed from its annotations; every figure carries its n."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import numpy as np
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from labelops.accounts.models import User
from labelops.intervals import Interval, bootstrap
from reviews.models import Consensus, Review
from reviews.quality.agreement import AgreementReport, Figure, report
from reviews.quality.confusion import annotator_agreement, label_confusion
from reviews.quality.error_rate import Stratum, error_rate
from reviews.quality.item_agreement import agreement_by_control
from reviews.quality.matching import match_boxes, match_spans
from tasks.kinds.answer import value_of
from tasks.kinds.schema import single_choice
from tasks.models import WORK_STATES, Annotation, InstructionVersion, Project, Task

DAYS_SHOWN = 14
SAMPLING = "tasks drawn at random"
CONFUSIONS_SHOWN = 12
MATCHED_IOU = 0.5
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
    labeled = [
        Labeled(*row)
        for row in Annotation.objects.filter(task__batch__project=project)
        .exclude(task__state=Task.State.GOLD)
        .order_by("id")
        .values_list("task", "author", "answer", "state", "active_ms")
        .iterator()
    ]
    schema = _schema(project)
    by_task: dict[int, list[Labeled]] = defaultdict(list)
    for found in labeled:
        by_task[found.task].append(found)
    choice = single_choice(schema)
    labels = _labels(choice, labeled) if choice else []
    return {
        "annotation_count": len(labeled),
        "task_count": len(by_task),
        "controls": [_control(control, labeled, by_task) for control in schema["controls"]],
        "annotators": _annotators(labeled, labels),
        "confusion": _confusion(choice, labels),
        "class_counts": _class_counts(schema, (found.answer for found in labeled)),
        "days": _days(project),
        "states": _states(project),
        "error_rate": _error_rate(project),
    }


def _schema(project: Project) -> dict[str, Any]:
    newest = project.instruction_versions.exclude(state=InstructionVersion.State.DRAFT).first()
    return newest.label_schema if newest else {"controls": []}


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
    control: dict[str, Any], labeled: list[Labeled], by_task: dict[int, list[Labeled]]
) -> dict[str, Any]:
    shown = {name: control[name] for name in ("name", "title", "type")}
    if control["type"] == "choice" and not control["multiple"]:
        return shown | {"figures": _reliability(report(_labels(control, labeled)))}
    if control["type"] == "rating":
        metric = "ordinal" if control["ordinal"] else "interval"
        order = list(range(control["min"], control["max"] + 1))
        labels = _labels(control, labeled)
        return shown | {"figures": _reliability(report(labels, metric=metric, order=order))}
    pairs = [_pair_figures(control, found) for found in by_task.values() if len(found) > 1]
    return shown | {"figures": _means([figures for figures in pairs if figures])}


def _reliability(found: AgreementReport) -> dict[str, Any]:
    return {
        "percent": _as_json(found.percent),
        "alpha": _as_json(found.alpha),
        "fleiss_kappa": _as_json(found.fleiss_kappa),
        "cohen_kappa": _as_json(found.cohen_kappa),
    }


def _pair_figures(control: dict[str, Any], found: list[Labeled]) -> dict[str, float]:
    """The mean over pairs of people of each figure that fits the kind, for one item."""
    answers = [labeled.answer for labeled in found]
    agreement = agreement_by_control({"controls": [control]}, answers).get(control["name"])
    figures: dict[str, list[float]] = defaultdict(list)
    for first, second in itertools.combinations(answers, 2):
        for name, value in _match(control, first, second).items():
            figures[name].append(value)
    means = {name: sum(values) / len(values) for name, values in figures.items()}
    return means | ({} if agreement is None else {"percent": agreement})


def _match(control: dict[str, Any], first: Answer, second: Answer) -> dict[str, float]:
    a, b = value_of(control, first) or [], value_of(control, second) or []
    if control["type"] == "shapes":
        matched = match_boxes(a, b, threshold=MATCHED_IOU)
        iou = {"mean_iou": matched.mean_iou} if matched.pairs else {}
        return {"f1": matched.f1} | iou
    if control["type"] == "spans":
        spans = match_spans(a, b)
        return {"exact_f1": spans.exact_f1, "character_f1": spans.character_f1}
    return {}


def _means(items: list[dict[str, float]]) -> dict[str, Any]:
    """Means over items with bootstrap intervals over items."""
    names = sorted({name for figures in items for name in figures})
    return {name: mean_figure([item[name] for item in items if name in item]) for name in names}


def mean_figure(values: list[float]) -> dict[str, Any]:
    """The mean over items, one value each, with its bootstrap interval; at least one item."""
    array = np.array(values)

    def resampled(draws: Any) -> Any:
        return draws @ array / draws.sum(axis=1)

    return _figure(float(array.mean()), len(values), bootstrap(resampled, len(values)))


def _annotators(labeled: list[Labeled], labels: list[tuple[int, int, Any]]) -> list[dict[str, Any]]:
    by_author: dict[int, list[Labeled]] = defaultdict(list)
    for found in labeled:
        by_author[found.author].append(found)
    people = User.objects.in_bulk(list(by_author))
    verdicts = {verdict.annotator: verdict for verdict in annotator_agreement(labels)}
    rows = []
    for author, made in by_author.items():
        verdict = verdicts.get(author)
        times = [found.active_ms / 1000 for found in made if found.active_ms is not None]
        states = Counter(found.state for found in made)
        rows.append(
            {
                "id": author,
                "name": str(people[author]),
                "username": people[author].username,
                "is_simulated": people[author].is_simulated,
                "labels": len(made),
                "agreement": _figure(verdict.share, verdict.n, verdict.interval)
                if verdict
                else None,
                "accepted": states[Annotation.State.ACCEPTED],
                "fixed": states[Annotation.State.FIXED],
                "rejected": states[Annotation.State.REJECTED],
                "median_seconds": round(median(times), 1) if times else None,
            }
        )
    return sorted(rows, key=lambda row: -row["labels"])


def _confusion(
    choice: dict[str, Any] | None, labels: list[tuple[int, int, Any]]
) -> dict[str, Any] | None:
    if choice is None or not labels:
        return None
    found = label_confusion(labels)
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
    schema = _schema(Project.objects.get(pk=project_id))
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
        Review.objects.filter(task__batch__project=project, decided_at__gte=since), "decided_at"
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
