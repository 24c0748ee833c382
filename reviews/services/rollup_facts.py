"""Reads tasks as they are now, reduced to what the quality sums need."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q

from reviews.models import Consensus, Review
from reviews.quality.contributions import (
    WITHDRAWN,
    DecisionFacts,
    LabelFacts,
    TaskFacts,
    millionths,
    week_of,
)
from reviews.services.rollup_standings import (
    LABELING_IN,
    REVIEWING_IN,
    Piece,
    WorkStanding,
    standings,
)
from tasks.kinds.answer import distance, value_of
from tasks.kinds.schema import single_choice
from tasks.models import Annotation, InstructionVersion, Task

Schema = dict[str, Any]
Standing = Consensus.Standing


class Made(NamedTuple):
    """An annotation with its measurement, as it is read."""

    annotation: int
    task: int
    person: int
    version: int
    answer: dict[str, Any]
    state: str
    active_ms: int | None
    reading_ms: int | None
    submitted_at: datetime
    is_right: bool | None
    expected: str | None
    is_void: bool | None


COLUMNS = (
    "pk",
    "task",
    "author",
    "instruction_version",
    "answer",
    "state",
    "active_ms",
    "reading_ms",
    "submitted_at",
    "measurement__is_right",
    "measurement__expected",
    "measurement__is_void",
)


class Decided(NamedTuple):
    """A decision as it is read."""

    review: int
    task: int
    person: int
    stage: str
    dwell_ms: int | None
    decided_at: datetime


DECIDED_COLUMNS = ("pk", "task", "reviewer", "assignment__stage", "dwell_ms", "decided_at")


class Reader:
    """Keeps the label schemas that it has read: of published versions they never change."""

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self.using = using
        self.schemas: dict[int, Schema] = {}

    def read(
        self, task_ids: Sequence[int], counted: Mapping[int, TaskFacts]
    ) -> dict[int, tuple[int, TaskFacts]]:
        """By task its batch and its facts. Work counted before keeps its team and level."""
        made: dict[int, list[Made]] = defaultdict(list)
        rows = Annotation.everything.using(self.using).filter(task__in=task_ids)
        for row in rows.order_by("pk").values_list(*COLUMNS):
            found = Made(*row)
            made[found.task].append(found)
        tasks = list(
            Task.objects.using(self.using)
            .filter(pk__in=task_ids)
            .values_list(
                "pk",
                "batch",
                "state",
                "result_answer",
                "settled_at",
                "consensus__standing",
                "consensus__was_wrong",
                Q(set_aside__isnull=False),
            )
        )
        decided = self._decided(task_ids)
        self._read_schemas(label.version for labels in made.values() for label in labels)
        batches = {task: batch for task, batch, *_rest in tasks}
        labeled_as = self._labeled_as(made, batches, counted)
        decided_as = self._decided_as(decided, batches, counted)
        return {
            task: (
                batch,
                self._facts(
                    made[task],
                    labeled_as,
                    [_decision(row, decided_as[row.review]) for row in decided[task]],
                    *stored,
                ),
            )
            for task, batch, *stored in tasks
        }

    def _decided(self, task_ids: Sequence[int]) -> dict[int, list[Decided]]:
        decided: dict[int, list[Decided]] = defaultdict(list)
        rows = Review.objects.using(self.using).standing().filter(task__in=task_ids)
        for row in rows.order_by("pk").values_list(*DECIDED_COLUMNS):
            found = Decided(*row)
            decided[found.task].append(found)
        return decided

    def _read_schemas(self, versions: Iterable[int]) -> None:
        missing = {*versions} - self.schemas.keys()
        if missing:
            found = InstructionVersion.objects.using(self.using).filter(pk__in=missing)
            self.schemas.update(found.values_list("pk", "label_schema"))

    def _labeled_as(
        self,
        made: Mapping[int, list[Made]],
        batches: Mapping[int, int],
        counted: Mapping[int, TaskFacts],
    ) -> dict[int, WorkStanding]:
        known = {
            label.annotation: WorkStanding(label.team, label.level)
            for facts in counted.values()
            for label in facts.labels
        }
        pieces = (
            Piece(label.annotation, label.person, batches[task])
            for task, labels in made.items()
            for label in labels
        )
        return standings(pieces, known, LABELING_IN, self.using)

    def _decided_as(
        self,
        decided: Mapping[int, list[Decided]],
        batches: Mapping[int, int],
        counted: Mapping[int, TaskFacts],
    ) -> dict[int, WorkStanding]:
        known = {
            decision.review: WorkStanding(decision.team, decision.level)
            for facts in counted.values()
            for decision in facts.decisions
        }
        pieces = (
            Piece(row.review, row.person, batches[task])
            for task, rows in decided.items()
            for row in rows
        )
        return standings(pieces, known, REVIEWING_IN, self.using)

    def _facts(
        self,
        made: list[Made],
        labeled_as: Mapping[int, WorkStanding],
        decisions: list[DecisionFacts],
        state: str,
        result: dict[str, Any] | None,
        settled_at: datetime | None,
        standing: str | None,
        was_wrong: bool | None,
        is_set_aside: bool,
    ) -> TaskFacts:
        schema = self.schemas[made[-1].version] if made else {"controls": []}
        choice = single_choice(schema)
        given = {label.annotation: _class(choice, label.answer) for label in made}
        standing_made = [label for label in made if label.state != WITHDRAWN]
        current = list({label.person: label for label in standing_made}.values())
        item, agreements = _agreements(schema, choice, current, given)
        is_accepted = state == Task.State.ACCEPTED
        newest = max((label.submitted_at for label in standing_made), default=None)
        return TaskFacts(
            is_work=state != Task.State.GOLD,
            week=week_of(_day(newest)) if newest else 0,
            settled=_day(settled_at) if is_accepted and settled_at else 0,
            agreement=item,
            expected=_class(choice, result) if is_accepted else "",
            is_assessed=standing is not None,
            is_sampled=standing == Standing.SAMPLED,
            is_wrong=bool(was_wrong),
            is_set_aside=is_set_aside,
            labels=tuple(
                _label(label, labeled_as[label.annotation], given[label.annotation], agreements)
                for label in made
            ),
            decisions=tuple(decisions),
        )


def _label(
    made: Made,
    standing: WorkStanding,
    given: str,
    agreements: Mapping[int, int | None],
) -> LabelFacts:
    is_measured = made.is_right is not None and not made.is_void
    return LabelFacts(
        annotation=made.annotation,
        person=made.person,
        team=standing.team,
        level=standing.level,
        day=_day(made.submitted_at),
        is_current=made.annotation in agreements,
        given=given,
        agreement=agreements.get(made.annotation),
        state=made.state,
        active_ms=made.active_ms,
        reading_ms=made.reading_ms,
        is_right=made.is_right if is_measured else None,
        expected=(made.expected or "") if is_measured else "",
    )


def _decision(decided: Decided, standing: WorkStanding) -> DecisionFacts:
    return DecisionFacts(
        review=decided.review,
        person=decided.person,
        team=standing.team,
        level=standing.level,
        stage=decided.stage,
        day=_day(decided.decided_at),
        dwell_ms=decided.dwell_ms,
    )


def _day(moment: datetime) -> int:
    return moment.astimezone(UTC).toordinal()


def _class(choice: dict[str, Any] | None, answer: dict[str, Any] | None) -> str:
    value = value_of(choice, answer) if choice and answer else None
    return "" if value is None else str(value)


def _agreements(
    schema: Schema, choice: dict[str, Any] | None, current: list[Made], given: Mapping[int, str]
) -> tuple[int | None, dict[int, int | None]]:
    """The agreement of the item, and of each newest label with the others; None when alone.

    Where one choice is all that is asked, labels without a class have no part in it.
    """
    alone: dict[int, int | None] = {label.annotation: None for label in current}
    if choice and len(schema["controls"]) == 1:
        said = {key: value for key in alone if (value := given[key])}
        counts, n = Counter(said.values()), len(said)
        if n < 2:
            return None, alone
        shares = {key: (counts[value] - 1) / (n - 1) for key, value in said.items()}
    else:
        n = len(current)
        if n < 2 or not schema["controls"]:
            return None, alone
        shares = _mean_likeness(schema, current)
    item = millionths(sum(shares.values()) / n)
    return item, alone | {key: millionths(share) for key, share in shares.items()}


def _mean_likeness(schema: Schema, current: list[Made]) -> dict[int, float]:
    sums = dict.fromkeys((label.annotation for label in current), 0.0)
    for number, label in enumerate(current):
        for other in current[:number]:
            likeness = 1 - distance(schema, label.answer, other.answer)
            sums[label.annotation] += likeness
            sums[other.annotation] += likeness
    return {annotation: total / (len(current) - 1) for annotation, total in sums.items()}
