"""How long the work lasts, by skill and region: labels that are missing over labels a day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.models import WorkDay
from reviews.reports.board import MOST, progress_of
from tasks.models import Batch, Progress, Project, Stage

WARN_DAYS = 1.5
PULL = timedelta(days=10)


@dataclass(frozen=True)
class StockRow:
    """What one region's teams may label in a project; `pull` is what everybody takes of it a day,

    `own_pull` the part of the region.
    """

    project: Project
    region: str
    batch_count: int
    labels: int
    pull: float
    own_pull: float

    @property
    def days(self) -> float | None:
        return self.labels / self.pull if self.pull else None

    @property
    def is_short(self) -> bool:
        return self.days is not None and self.days < WARN_DAYS


def stock(batches: QuerySet[Batch], now: datetime | None = None) -> list[StockRow]:
    """Running batches by project and region, the shortest first; five statements."""
    running = batches.filter(state=Batch.State.RUNNING).select_related("project").order_by("pk")
    listed = {batch.pk: batch for batch in running[:MOST]}
    counted = progress_of(listed.values())
    regions: dict[tuple[int, str], set[int]] = defaultdict(set)
    through = Batch.teams.through.objects.filter(batch__in=listed)
    for batch, region in through.values_list("batch", "team__region"):
        regions[listed[batch].project_id, region].add(batch)
    pulls = _pulls([*listed], now or timezone.now())
    rows = [
        _row(listed, counted, pulls, region, sorted(ids))
        for (_project, region), ids in regions.items()
    ]
    return sorted(rows, key=lambda row: (row.days is None, row.days or 0, row.region))


def columns() -> list[str]:
    return [
        *(_("project"), _("region"), _("batches"), _("labels missing"), _("labels a day")),
        *(_("of them by the region"), _("days of work")),
    ]


def line(row: StockRow) -> list[object]:
    return [
        *(row.project.slug, row.region, row.batch_count, row.labels),
        *(round(row.pull, 1), round(row.own_pull, 1)),
        None if row.days is None else round(row.days, 1),
    ]


def _pulls(ids: list[int], now: datetime) -> dict[tuple[int, str | None], float]:
    """Labels a day by batch and region, over the days on which anybody labeled in the batch."""
    days = WorkDay.objects.filter(
        batch__in=ids, stage=Stage.ANNOTATE, day__gt=(now - PULL).date(), done__gt=0
    )
    counted = days.values("batch").annotate(n=Count("day", distinct=True))
    worked = dict(counted.values_list("batch", "n"))
    done = days.values("batch", "team__region").annotate(n=Sum("done"))
    return {(row["batch"], row["team__region"]): row["n"] / worked[row["batch"]] for row in done}


def _row(
    listed: dict[int, Batch],
    counted: dict[int, Progress],
    pulls: dict[tuple[int, str | None], float],
    region: str,
    ids: list[int],
) -> StockRow:
    return StockRow(
        project=listed[ids[0]].project,
        region=region,
        batch_count=len(ids),
        labels=sum(_missing(listed[pk], counted.get(pk, Progress())) for pk in ids),
        pull=sum(n for (batch, _region), n in pulls.items() if batch in ids),
        own_pull=sum(pulls.get((batch, region), 0.0) for batch in ids),
    )


def _missing(batch: Batch, progress: Progress) -> int:
    return max(0, progress.task_count * batch.overlap - progress.annotation_count)
