"""The review queue as a table: what the desk would serve, in that order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from reviews.models import Consensus
from reviews.quality.judgement import MODEL, VOTE, Costs, expected_cost
from reviews.reports.consensus import AUTO
from reviews.services.costs import costs_of
from reviews.services.inference import Refit
from tasks.kinds.answer import value_of
from tasks.models import Project, Task

EVERY = 5
CHUNK = 2_000


@dataclass(frozen=True)
class Candidate:
    """A task without an expert's decision, with the label that stands for it."""

    task: int
    item: str
    label: str
    p_wrong: float
    risk: float
    reasons: tuple[str, ...]
    draw: float
    urgency: int


def review_queue(
    project: Project, control: dict[str, Any], refit: Refit, *, method: str, has_random: bool
) -> list[Candidate]:
    """Everything that could be reviewed, the mistakes that cost most first.

    With `has_random` every fifth place goes to the next task of the random order.
    """
    found = list(_candidates(project, control, refit, method))
    by_risk = sorted(found, key=lambda row: (row.urgency, -row.risk, row.task))
    if not has_random:
        return by_risk
    return list(_interleaved(by_risk, sorted(found, key=lambda row: (row.draw, row.task))))


def _candidates(
    project: Project, control: dict[str, Any], refit: Refit, method: str
) -> Iterator[Candidate]:
    judged = _judged(refit, control["name"])
    costs = costs_of(project.pk)
    rows = Consensus.objects.filter(
        batch__project=project,
        standing=Consensus.Standing.UNDECIDED,
        task__state__in=[Task.State.IN_REVIEW, Task.State.IN_ADJUDICATION, Task.State.ACCEPTED],
    ).annotate(item=F("task__item__external_id"), state=F("task__state"), round=F("task__round"))
    for consensus in rows.order_by("pk").iterator(chunk_size=CHUNK):
        believed = judged.get(consensus.task_id)
        label, p_wrong, risk = _stored(method, control, consensus, believed, costs)
        if label is None:
            continue
        reasons = tuple(reason["code"] for reason in consensus.reasons)
        urgency = 0 if consensus.state == Task.State.IN_ADJUDICATION else 1
        if consensus.round == 1 and urgency:
            urgency = 2
        yield Candidate(
            task=consensus.task_id,
            item=consensus.item,
            label=label,
            p_wrong=p_wrong,
            risk=risk,
            reasons=reasons,
            draw=consensus.draw,
            urgency=urgency,
        )


def _judged(refit: Refit, name: str) -> dict[int, dict[str, dict[Any, float]]]:
    """By task: the model's posterior, and that pooled with the votes."""
    fitted = refit.fits.get((name, None))
    if fitted is None:
        return {}
    classes = fitted.table.classes
    names = ("plain", "posterior")
    tables = (fitted.plain, fitted.posterior)
    rows = zip(fitted.table.items, *(table.tolist() for table in tables), strict=True)
    return {
        task: {
            label: dict(zip(classes, row, strict=True))
            for label, row in zip(names, found, strict=True)
        }
        for task, *found in rows
    }


def _stored(
    method: str,
    control: dict[str, Any],
    consensus: Consensus,
    judged: dict[str, dict[Any, float]] | None,
    costs: Costs,
) -> tuple[Any, float, float]:
    """The label that the method would store, how likely it is wrong, and what that would cost."""
    stored = value_of(control, consensus.answer)
    if method == AUTO or judged is None:
        return stored, consensus.p_wrong, consensus.risk
    label = stored
    if method == VOTE:
        label = value_of(control, consensus.voted)
    if method == MODEL:
        label = max(judged["plain"], key=lambda name: judged["plain"][name])
    belief = judged["posterior"]
    cost = expected_cost(control, belief, label, costs.get(control["name"], {}))
    p_wrong = max(consensus.rest_wrong, 1 - belief.get(label, 0.0))
    return label, p_wrong, max(consensus.rest_wrong, cost)


def _interleaved(by_risk: list[Candidate], by_draw: list[Candidate]) -> Iterator[Candidate]:
    """Four by risk, one by chance, and so on; each task once."""
    served: set[int] = set()

    def rest(rows: Iterable[Candidate]) -> Iterator[Candidate]:
        return (row for row in rows if row.task not in served)

    risky, chance = rest(by_risk), rest(by_draw)
    for place in range(1, len(by_risk) + 1):
        is_random = place % EVERY == 0
        row = next(chance if is_random else risky)
        served.add(row.task)
        if is_random and "drawn" not in row.reasons:
            row = Candidate(**{**row.__dict__, "reasons": (*row.reasons, "drawn")})
        yield row
