"""The models of the viewer's projects beside the people: what each may do and has proved."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Max, Prefetch, QuerySet, Sum

from reviews.models import ModelStanding
from reviews.quality.anchoring import bias
from reviews.reports.following import Points, points_of
from reviews.reports.people_matrix import COLUMNS, Scope, Wanted
from reviews.reports.shares import Share
from reviews.services.anchoring import Mode, arms_of
from tasks.models import BatchTally, ModelGrant, ModelVersion, Project

MODELS = 30
CLASSES = 6


@dataclass(frozen=True)
class ClassLine:
    """One class that a model names; `query` opens the checks of its present series."""

    label: str
    level: int
    lower: float | None
    right: int
    n: int
    audited: int
    audited_wrong: int
    audit_upper: float | None

    @property
    def query(self) -> str:
        return urlencode({"label": self.label, "state": "decided"})


@dataclass(frozen=True)
class ModelCard:
    model: ModelVersion
    project: Project
    # The highest level first.
    classes: list[ClassLine]
    points: Points | None
    # Of all labels in the project, those that it gave itself.
    work: Share

    @property
    def top_level(self) -> int:
        return max((line.level for line in self.classes), default=0)

    @property
    def shown(self) -> list[ClassLine]:
        return self.classes[:CLASSES]

    @property
    def hidden_count(self) -> int:
        return max(0, len(self.classes) - CLASSES)


def cards(scope: Scope, wanted: Wanted) -> list[ModelCard]:
    """Models at work in the columns of the matrix, the highest level first.

    They are in no team: a filter by team or region leaves them all out.
    """
    if wanted.team or wanted.region:
        return []
    columns = [wanted.skill] if wanted.skill else scope.projects[:COLUMNS]
    models = list(_models(columns))
    arms, work = arms_of(models), _work(models, columns)
    return [
        ModelCard(
            model=model,
            project=model.project,
            classes=_classes(model),
            points=points_of(bias(arms[model.pk][Mode.SHOWN], arms[model.pk][Mode.BLIND])),
            work=Share(work.get(("own", model.user_id), 0), work.get(("all", model.project_id), 0)),
        )
        for model in models
    ]


def _models(columns: list[Project]) -> QuerySet[ModelVersion]:
    return (
        ModelVersion.objects.filter(project__in=columns, stopped_at=None)
        .select_related("project")
        .annotate(top_level=Max("grants__level"))
        .order_by(F("top_level").desc(nulls_last=True), "-pk")
        .prefetch_related(
            Prefetch("grants", ModelGrant.objects.order_by("pk")),
            Prefetch("standings", ModelStanding.objects.order_by("pk")),
        )[:MODELS]
    )


def _classes(model: ModelVersion) -> list[ClassLine]:
    levels = {grant.label: grant.level for grant in model.grants.all()}
    standings = {standing.label: standing for standing in model.standings.all()}
    lines = [
        _line(label, levels.get(label, 0), standings.get(label))
        for label in levels.keys() | standings.keys()
    ]
    return sorted(lines, key=lambda line: (-line.level, -line.n, line.label))


def _line(label: str, level: int, found: ModelStanding | None) -> ClassLine:
    if found is None:
        return ClassLine(label, level, None, 0, 0, 0, 0, None)
    return ClassLine(
        label=label,
        level=level,
        lower=100 * found.lower if found.n else None,
        right=found.right,
        n=found.n,
        audited=found.audited,
        audited_wrong=found.audited_wrong,
        audit_upper=100 * found.audit_upper if found.audited else None,
    )


def _work(models: Iterable[ModelVersion], columns: list[Project]) -> dict[tuple[str, int], int]:
    """Labels by the user of each model, and all of each project."""
    rows = BatchTally.objects.filter(batch__project__in=columns).order_by()
    own = rows.filter(person__in=[model.user_id for model in models])
    return {
        ("own", person): count
        for person, count in own.values_list("person").annotate(Sum("annotation_count"))
    } | {
        ("all", project): count
        for project, count in rows.values_list("batch__project").annotate(Sum("annotation_count"))
    }


def lines(found: Iterable[ModelCard], width: int) -> Iterable[list[Any]]:
    """In the columns of the people's file, a line a class."""
    return (
        [
            "model",
            str(card.model),
            "",
            card.project.name,
            line.level,
            line.right,
            line.n,
            None if line.lower is None else round(line.lower, 1),
            *[None] * (width - 8),
            line.label,
            line.audited,
            None if line.audit_upper is None else round(line.audit_upper, 1),
            card.points.value if card.points else None,
            card.work.percent,
        ]
        for card in found
        for line in card.classes or [_line("", 0, None)]
    )


def columns() -> list[str]:
    """What the file has beside the columns of people."""
    return ["class", "audited", "audit_errors_at_most_percent", "bias_points", "work_percent"]
