"""Reads tasks as they are now, reduced to what the quality sums need."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Case, When

from labelops.accounts.models import Membership
from reviews.models import Consensus
from reviews.quality.contributions import LabelFacts, TaskFacts, millionths
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
    "submitted_at",
    "measurement__is_right",
    "measurement__expected",
    "measurement__is_void",
)


class Reader:
    """Keeps the label schemas that it has read: of published versions they never change."""

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self.using = using
        self.schemas: dict[int, Schema] = {}

    def read(
        self, task_ids: Sequence[int], counted: Mapping[int, TaskFacts]
    ) -> dict[int, tuple[int, TaskFacts]]:
        """By task its batch and its facts. Labels that were counted before keep their team."""
        made: dict[int, list[Made]] = defaultdict(list)
        # What lies in the bin adds nothing to any sum.
        rows = Annotation.objects.using(self.using).filter(
            task__in=task_ids, task__set_aside__isnull=True
        )
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
                Case(When(set_aside__isnull=True, then="consensus__standing")),
                Case(When(set_aside__isnull=True, then="consensus__was_wrong")),
            )
        )
        self._read_schemas(label.version for labels in made.values() for label in labels)
        batches = {task: batch for task, batch, *_rest in tasks}
        teams = self._teams(made, batches, counted)
        return {
            task: (batch, self._facts(made[task], teams, state, result, standing, was_wrong))
            for task, batch, state, result, standing, was_wrong in tasks
        }

    def _read_schemas(self, versions: Iterable[int]) -> None:
        missing = {*versions} - self.schemas.keys()
        if missing:
            found = InstructionVersion.objects.using(self.using).filter(pk__in=missing)
            self.schemas.update(found.values_list("pk", "label_schema"))

    def _facts(
        self,
        made: list[Made],
        teams: Mapping[int, int | None],
        state: str,
        result: dict[str, Any] | None,
        standing: str | None,
        was_wrong: bool | None,
    ) -> TaskFacts:
        schema = self.schemas[made[-1].version] if made else {"controls": []}
        choice = single_choice(schema)
        given = {label.annotation: _class(choice, label.answer) for label in made}
        current = list({label.person: label for label in made}.values())
        item, agreements = _agreements(schema, choice, current, given)
        return TaskFacts(
            is_work=state != Task.State.GOLD,
            week=max((_week(label.submitted_at) for label in made), default=0),
            agreement=item,
            expected=_class(choice, result) if state == Task.State.ACCEPTED else "",
            is_assessed=standing is not None,
            is_sampled=standing == Standing.SAMPLED,
            is_wrong=bool(was_wrong),
            labels=tuple(
                _label(label, teams[label.annotation], given[label.annotation], agreements)
                for label in made
            ),
        )

    def _teams(
        self,
        made: Mapping[int, list[Made]],
        batches: Mapping[int, int],
        counted: Mapping[int, TaskFacts],
    ) -> dict[int, int | None]:
        """The team of each label: as it was counted first, else the author's team in the batch."""
        found: dict[int, int | None] = {
            label.annotation: label.team for facts in counted.values() for label in facts.labels
        }
        new = [
            label for labels in made.values() for label in labels if label.annotation not in found
        ]
        if not new:
            return found
        memberships = Membership.objects.using(self.using).filter(
            user__in={label.person for label in new},
            team__batches__in={batches[label.task] for label in new},
        )
        own: dict[tuple[int, int], int] = {}
        for person, batch, team in memberships.order_by("-team").values_list(
            "user", "team__batches", "team"
        ):
            own[person, batch] = team
        found |= {label.annotation: own.get((label.person, batches[label.task])) for label in new}
        return found


def _label(
    made: Made,
    team: int | None,
    given: str,
    agreements: Mapping[int, int | None],
) -> LabelFacts:
    is_measured = made.is_right is not None and not made.is_void
    return LabelFacts(
        annotation=made.annotation,
        person=made.person,
        team=team,
        week=_week(made.submitted_at),
        is_current=made.annotation in agreements,
        given=given,
        agreement=agreements.get(made.annotation),
        state=made.state,
        active_ms=made.active_ms,
        is_right=made.is_right if is_measured else None,
        expected=(made.expected or "") if is_measured else "",
    )


def _week(moment: datetime) -> int:
    """The ordinal of its Monday; the first day of all was one."""
    day = moment.astimezone(UTC).toordinal()
    return day - (day - 1) % 7


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
