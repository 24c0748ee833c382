"""What people do with a model's suggestions, as managers read it: do they follow its mistakes?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor
from typing import Any
from urllib.parse import urlencode

from django.db.models import BigIntegerField, ExpressionWrapper, F, Max, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import SuggestionArm
from reviews.quality.anchoring import Arm, bias, is_harmless, is_proved
from reviews.quality.figure import Figure
from reviews.reports.shares import Share
from tasks.models import Annotation, Batch, ModelVersion

Mode = Annotation.SuggestionMode
# In the order in which they are read.
TITLES = {
    Mode.SHOWN: gettext_lazy("seen first"),
    Mode.AFTER: gettext_lazy("seen after the answer"),
    Mode.BLIND: gettext_lazy("kept back"),
}
ROWS = 10
SUMMED = ("answers", "timed", "wrong", "followed", "wrong_items", "right_share")
# A median by how many answers it is of, so that batches can be added up.
WEIGHTED_MS = ExpressionWrapper(
    Coalesce(F("median_ms"), 0) * F("timed"), output_field=BigIntegerField()
)


@dataclass(frozen=True)
class ArmRow:
    """One way of seeing suggestions; the queries open the answers behind its counts."""

    title: Any
    mode: str
    answers: int
    # In seconds, with their unit; empty where no clock ran.
    time: str
    median_ms: int | None
    followed: Share
    query: str
    wrong_query: str
    followed_query: str


@dataclass(frozen=True)
class Points:
    """A bias in points of percent, and the ends of its interval."""

    value: int
    low: int
    high: int


@dataclass(frozen=True)
class Following:
    """Of one version, in one batch or in all."""

    model: ModelVersion
    rows: list[ArmRow]
    # None while there is nothing to compare.
    points: Points | None
    n: int
    conclusion: str
    saving: str
    computed_at: datetime | None
    batch: Batch | None = None

    @property
    def seen(self) -> ArmRow | None:
        return next((row for row in self.rows if row.mode == Mode.SHOWN), None)

    @property
    def blind(self) -> ArmRow | None:
        return next((row for row in self.rows if row.mode == Mode.BLIND), None)


def of_batch(batch: Batch) -> list[Following]:
    """The newest versions whose suggestions people had in a batch: one statement."""
    rows = SuggestionArm.objects.filter(batch=batch).select_related("model_version")
    found = _by(rows.order_by("-model_version_id", "pk")[: ROWS * len(TITLES)], "model_version_id")
    return [_following(arms[0].model_version, arms, batch) for arms in found]


def of_model(model: ModelVersion) -> Following:
    """Over all batches; the median time is the mean of those of its batches, by their answers."""
    rows = SuggestionArm.objects.filter(model_version=model).order_by()
    sums = rows.values_list("mode").annotate(
        *(Sum(name) for name in SUMMED), weighted_ms=Sum(WEIGHTED_MS), newest=Max("computed_at")
    )
    arms = []
    for mode, *values, weighted_ms, computed_at in sums:
        arm = SuggestionArm(
            mode=mode, computed_at=computed_at, **dict(zip(SUMMED, values, strict=True))
        )
        arm.median_ms = round(weighted_ms / arm.timed) if arm.timed else None
        arms.append(arm)
    return _following(model, arms, None)


def batches_of(model: ModelVersion) -> list[Following]:
    """The newest batches in which people had its suggestions: one statement."""
    rows = SuggestionArm.objects.filter(model_version=model).select_related("batch")
    found = _by(rows.order_by("-batch_id", "pk")[: ROWS * len(TITLES)], "batch_id")
    return [_following(model, arms, arms[0].batch) for arms in found]


def _by(rows: QuerySet[SuggestionArm], name: str) -> list[list[SuggestionArm]]:
    found: dict[int, list[SuggestionArm]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return list(found.values())[:ROWS]


def _following(
    model: ModelVersion, arms: Sequence[SuggestionArm], batch: Batch | None
) -> Following:
    by_mode = {arm.mode: arm for arm in arms}
    seen, blind = _pure(by_mode.get(Mode.SHOWN)), _pure(by_mode.get(Mode.BLIND))
    found = bias(seen, blind)
    return Following(
        model=model,
        rows=[
            _row(by_mode[mode], title, batch) for mode, title in TITLES.items() if mode in by_mode
        ],
        points=points_of(found),
        n=found.n,
        conclusion=_conclusion(model, seen, blind),
        saving=_saving(by_mode.get(Mode.SHOWN), by_mode.get(Mode.BLIND)),
        computed_at=max((arm.computed_at for arm in arms), default=None),
        batch=batch,
    )


def points_of(found: Figure) -> Points | None:
    if found.value is None or found.interval is None:
        return None
    low, high = floor(100 * found.interval.low), ceil(100 * found.interval.high)
    return Points(round(100 * found.value), low, high)


def _pure(arm: SuggestionArm | None) -> Arm:
    if arm is None:
        return Arm()
    return Arm(arm.wrong, arm.followed, arm.wrong_items, arm.right_share)


def _row(arm: SuggestionArm, title: Any, batch: Batch | None) -> ArmRow:
    here = {"mode": arm.mode} | ({"batch": batch.pk} if batch else {})
    return ArmRow(
        title=title,
        mode=arm.mode,
        answers=arm.answers,
        time=_seconds(arm),
        median_ms=arm.median_ms,
        followed=Share(arm.followed, arm.wrong),
        query=urlencode(here),
        wrong_query=urlencode(here | {"model": "wrong"}),
        followed_query=urlencode(here | {"model": "wrong", "followed": 1}),
    )


def _conclusion(model: ModelVersion, seen: Arm, blind: Arm) -> str:
    if not blind.items and not seen.items:
        return _("No checked answer goes with a wrong suggestion yet: nothing can be said.")
    if not blind.items:
        return _(
            "Nothing to compare with: no checked answer was given without a sight of its mistake. "
            "Keep a share of the suggestions back."
        )
    if not seen.items:
        return _("Nothing to compare with: nobody saw its mistakes before they answered.")
    if is_proved(seen, blind) and model.sways_since:
        return _(
            "Proved to be more than 4 points. Where suggestions are earned, people see those of "
            "this version only after their answer."
        )
    if is_proved(seen, blind):
        return _("Proved to be more than 4 points here, but not over all batches.")
    if is_harmless(seen, blind):
        return _("Surely not more than 4 points: it may be shown first.")
    return _("It may be more than 4 points or less: more checked answers will tell.")


def _saving(seen: SuggestionArm | None, blind: SuggestionArm | None) -> str:
    if not (seen and blind and seen.median_ms and blind.median_ms):
        return ""
    percent = round(100 * (1 - seen.median_ms / blind.median_ms))
    words = {"seen": _seconds(seen), "blind": _seconds(blind), "percent": abs(percent)}
    if percent >= 0:
        return (
            _(
                "An answer takes %(seen)s with its suggestion and %(blind)s without: "
                "%(percent)d %% less."
            )
            % words
        )
    return (
        _(
            "An answer takes %(seen)s with its suggestion and %(blind)s without: "
            "%(percent)d %% more."
        )
        % words
    )


def _seconds(arm: SuggestionArm) -> str:
    if arm.median_ms is None:
        return ""
    return _("%(seconds)s s") % {"seconds": number_format(arm.median_ms / 1_000, 1)}


def columns() -> list[str]:
    return ["model", "batch", "suggestion", "answers", "median_ms", "model_wrong", "followed"]


def lines(found: Iterable[Following]) -> Iterable[list[Any]]:
    return (
        [
            str(following.model),
            following.batch.name if following.batch else "",
            row.mode,
            row.answers,
            row.median_ms,
            row.followed.n,
            row.followed.count,
        ]
        for following in found
        for row in following.rows
    )
