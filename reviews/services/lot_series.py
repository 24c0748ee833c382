"""How severely the next lot is inspected: what the lots before it came to, read from their rows.

A series are the lots of one team in a project; lots of whole batches are a series of their own.
"""

from collections import defaultdict

from django.db.models import QuerySet

from labelops.accounts.models import Team
from reviews.models import Lot
from reviews.quality.switching import Inspection, PastLot, inspection
from tasks.models import InstructionVersion, Project


def inspection_of(project: Project, team: Team | None, version: InstructionVersion) -> Inspection:
    """The severity of the next lot of one series, labeled under `version`."""
    rows = _ended(project).filter(team=team).values_list("state", "version__number")
    return inspection([_past(*row) for row in rows], version.number)


def inspections(project: Project, version: InstructionVersion) -> dict[int | None, Inspection]:
    """The same of every series of a project that has an ended lot, by team."""
    series: dict[int | None, list[PastLot]] = defaultdict(list)
    for team, *row in _ended(project).values_list("team", "state", "version__number"):
        series[team].append(_past(*row))
    return {team: inspection(past, version.number) for team, past in series.items()}


def _ended(project: Project) -> QuerySet[Lot]:
    ended = [Lot.State.ACCEPTED, Lot.State.REJECTED]
    return Lot.objects.filter(batch__project=project, state__in=ended).order_by("ended_at", "pk")


def _past(state: str, rules: int) -> PastLot:
    return PastLot(state == Lot.State.ACCEPTED, rules)
