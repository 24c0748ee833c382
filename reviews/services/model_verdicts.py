"""What a task says of a model's prediction: right, wrong, open, or nothing at all."""

from dataclasses import dataclass
from typing import Any

from reviews.models import Consensus, ModelCheck, TaskRoute
from reviews.services.model_check_facts import Facts, Mode, Voice
from reviews.services.references import BY_EXPERTS
from tasks.kinds import AnswerError
from tasks.kinds.answer import agree, validate_answer
from tasks.models import Task
from tasks.services.grid import class_of

Kind = ModelCheck.Kind
# People whose word settles it when the model says the same.
ENOUGH_PEOPLE = 2
ENOUGH_LEVEL = 3
SEEN = (Mode.SHOWN, Mode.AFTER)
COMPLETE = (
    Task.State.IN_REVIEW,
    Task.State.IN_ADJUDICATION,
    Task.State.ON_HOLD,
    Task.State.ACCEPTED,
)
# Taken out and being labeled by others. Rework is not: there an expert found something wrong.
REOPENED = (Task.State.PENDING, Task.State.LABELING)


@dataclass(frozen=True)
class Verdict:
    """`is_right` None: an expert has to rule; `asks_expert`: the task is to go to one."""

    kind: ModelCheck.Kind
    is_right: bool | None = None
    expected: str = ""
    is_enough: bool = True
    is_void: bool = False
    asks_expert: bool = False


def verdict(facts: Facts) -> Verdict | None:
    """None: no check comes of it, or the one that there is stays as it is."""
    if facts.check is None and not _is_evidence(facts):
        return None
    kind = Kind(facts.check.kind) if facts.check else _kind(facts)
    is_enough = facts.check.is_enough if facts.check else _is_enough(facts, kind)
    if _was_replaced(facts):
        return Verdict(kind, is_void=True) if _waits(facts) else None
    if is_out(facts.task) or facts.task.state in REOPENED:
        return Verdict(kind, is_enough=is_enough, is_void=True)
    if is_decided(facts.task):
        return by_expert(facts, kind, is_enough=is_enough)
    if kind == Kind.REPLAY:
        # The expert's label is looked at again.
        return Verdict(kind)
    if _settled_by_people(facts):
        expected = class_of(facts.schema, facts.prediction.answer)
        return Verdict(kind, is_right=True, expected=expected, is_enough=is_enough)
    asks = kind == Kind.AUDIT and facts.task.state == Task.State.ACCEPTED
    return Verdict(kind, is_enough=is_enough, asks_expert=asks)


def by_expert(facts: Facts, kind: ModelCheck.Kind, *, is_enough: bool) -> Verdict:
    schema, truth = facts.task.result_version.label_schema, facts.task.result_answer
    return Verdict(
        kind,
        is_right=says(facts, schema, truth),
        expected=class_of(schema, truth),
        is_enough=is_enough,
    )


def says(facts: Facts, schema: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether the prediction says the same for all purposes as an answer under the schema."""
    if facts.prediction.answer == answer:
        return True
    try:
        said = validate_answer(schema, facts.prediction.answer, facts.task.item.facts)
    except AnswerError:
        return False
    return agree(schema, said, answer)


def is_out(task: Task) -> bool:
    """Whether its label speaks for nothing: taken out of the work, or of an outdated rule."""
    is_stale = task.stale_version_id is not None
    return task.state == Task.State.EXCLUDED or task.set_aside is not None or is_stale


def is_decided(task: Task) -> bool:
    """Whether an expert's label stands."""
    consensus = getattr(task, "consensus", None)
    return (
        task.state == Task.State.ACCEPTED
        and task.result_source in BY_EXPERTS
        and task.result_version is not None
        and consensus is not None
        and consensus.standing != Consensus.Standing.UNDECIDED
    )


def _is_evidence(facts: Facts) -> bool:
    """Whether people answered all of it, unswayed, after the model, and it was not taught it."""
    is_complete = facts.task.state in COMPLETE and facts.consensus is not None
    if not is_complete or is_out(facts.task) or not facts.people:
        return False
    return (
        not facts.prediction.is_trained_on
        and all(voice.submitted_at > facts.prediction.created_at for voice in facts.voices)
        and all(voice.author != facts.version.user_id for voice in facts.voices)
        and not _was_seen(facts.voices)
    )


def _was_seen(voices: list[Voice]) -> bool:
    return any(voice.mode in SEEN for voice in voices)


def _kind(facts: Facts) -> ModelCheck.Kind:
    route = facts.route
    is_audit = (
        route is not None
        and route.way == TaskRoute.Way.AUDIT
        and route.model_version_id == facts.version.pk
    )
    return Kind.AUDIT if is_audit else Kind.BLIND


def _is_enough(facts: Facts, kind: ModelCheck.Kind) -> bool:
    """Told before it is known whether they agree: else only the bad news would count.

    Where an audit has too few people, an expert is asked.
    """
    is_drawn = facts.consensus is not None and facts.consensus.is_drawn
    return kind == Kind.AUDIT or is_drawn or _are_enough(facts)


def _are_enough(facts: Facts) -> bool:
    return len(facts.people) >= ENOUGH_PEOPLE or facts.top_level >= ENOUGH_LEVEL


def _settled_by_people(facts: Facts) -> bool:
    """Whether all of them say what the model says, and they are enough."""
    is_complete = facts.task.state in COMPLETE
    if not is_complete or not _are_enough(facts) or _was_seen(facts.voices):
        return False
    return all(says(facts, facts.schema, voice.answer) for voice in facts.people)


def _was_replaced(facts: Facts) -> bool:
    """The model said something else when the check was made."""
    return facts.check is not None and facts.prediction.created_at > facts.check.made_at


def _waits(facts: Facts) -> bool:
    return facts.check is not None and facts.check.is_right is None
