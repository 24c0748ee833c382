"""What follows from a second look: nothing when the two agree, and else who is right.

Called in the transaction of the deciding review, under the task's row lock.
"""

from typing import Any

from labelops.accounts.models import User
from labelops.audit.services import record
from reviews.models import Measurement, Review, SecondLook
from reviews.services import sampling, second_looks, second_reviewers
from reviews.services.outcomes import accepted_or_fixed, is_overruled, round_annotations, tell
from tasks.kinds import answer as answers
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.services import results

Decision = Review.Decision
Kind = SecondLook.Kind
State = SecondLook.State
Schema = dict[str, Any]


def take(task: Task, assignment: Assignment, review: Review, *, by: User) -> bool:
    """Whether the decision was a second look, and nothing else is to be done with it."""
    if assignment.stage == Stage.ADJUDICATE:
        _close_disputes(task, assignment, review, by=by)
        return False
    look = (
        SecondLook.objects.filter(
            task=task, round=assignment.round, slot=assignment.slot, state=State.WAITING
        )
        .select_related("first__assignment", "feedback__annotation")
        .first()
    )
    if look is None:
        return False
    look.task, look.second = task, review
    if task.state == Task.State.EXCLUDED:
        second_looks.close(look, State.CANCELLED, by=by)
        return True
    schema = assignment.instruction_version.label_schema
    if look.kind == Kind.CONTEST:
        _close_contest(look, review, assignment, schema, by=by)
        return True
    return _close_audit(look, review, schema, by=by)


def _close_audit(look: SecondLook, review: Review, schema: Schema, *, by: User) -> bool:
    """False when the second decision is to be carried out like any other."""
    if is_same(schema, look.first, review, given_answers(look)):
        second_looks.close(look, State.UPHELD, by=by)
        return True
    if not _stands(look) or look.task.state != Task.State.ACCEPTED:
        # The label is being made anew, or was since: the difference is all that is left of it.
        _close_by_second(look, review, by=by)
        return True
    if second_reviewers.third_people(look).exists():
        look.state = State.DISPUTED
        look.save(update_fields=["state", "second"])
        record(by, "second_look.disputed", look, before={"state": State.WAITING})
        results.open_adjudication(look.task, by=by, reason="two reviewers differ")
        return True
    _close_by_second(look, review, by=by)
    if review.decision == Decision.ESCALATE:
        return True
    sampling.redecide(look.task, was_wrong=None)
    return False


def _close_by_second(look: SecondLook, review: Review, *, by: User) -> None:
    """Whoever escalates gives no second opinion."""
    is_none = review.decision == Decision.ESCALATE
    second_looks.close(look, State.CANCELLED if is_none else State.OVERTURNED, by=by)


def _close_disputes(task: Task, assignment: Assignment, review: Review, *, by: User) -> None:
    """A third person has decided between two."""
    schema = assignment.instruction_version.label_schema
    looks = SecondLook.objects.filter(task=task, state=State.DISPUTED).select_related("first")
    for look in looks:
        is_upheld = is_same(schema, look.first, review, given_answers(look))
        second_looks.close(look, State.UPHELD if is_upheld else State.OVERTURNED, by=by)
        if not is_upheld:
            sampling.redecide(task, was_wrong=None)


def is_same(schema: Schema, first: Review, second: Review, given: list[dict[str, Any]]) -> bool:
    """Whether two decisions come to the same.

    A rejection has no answer: it says that none of those given is right, as a fix to something
    that nobody had answered says, too. An escalation agrees with nothing.
    """
    if Decision.ESCALATE in {first.decision, second.decision}:
        return False
    if first.answer is not None and second.answer is not None:
        return answers.agree(schema, first.answer, second.answer)
    said = first.answer if first.answer is not None else second.answer
    return said is None or not any(answers.agree(schema, said, other) for other in given)


def given_answers(look: SecondLook) -> list[dict[str, Any]]:
    return [annotation.answer for annotation in round_annotations(look.task, look.round)]


def _stands(look: SecondLook) -> bool:
    """Whether nobody but second reviewers has decided the task since."""
    later = Review.objects.standing().filter(
        task=look.task_id, pk__gt=look.first_id, closed_look=None
    )
    return not later.exclude(pk=look.second_id).exists()


def _close_contest(
    look: SecondLook, review: Review, assignment: Assignment, schema: Schema, *, by: User
) -> None:
    contested = look.feedback.annotation
    if review.decision == Decision.ESCALATE:
        second_looks.ask_another(look)
        return
    if review.answer is None or not answers.agree(schema, review.answer, contested.answer):
        second_looks.close(look, State.UPHELD, by=by)
        return
    is_standing = _stands(look)
    second_looks.close(look, State.OVERTURNED, by=by)
    if not is_standing:
        # The label was decided anew since, and stays; the author's answer was right all the same.
        _tell_changed(review, {contested: Annotation.State.ACCEPTED})
        Measurement.objects.filter(annotation=contested).update(is_void=True)
        return
    results.settle(
        look.task,
        answer=review.answer,
        source=Task.Source.ADJUDICATION,
        confidence=None,
        version=assignment.instruction_version,
        by=by,
        reason="contest",
    )
    _tell_changed(
        review,
        {
            annotation: accepted_or_fixed(answers.agree(schema, annotation.answer, review.answer))
            for annotation in round_annotations(look.task, look.round)
        },
    )
    sampling.redecide(look.task, was_wrong=is_overruled(look.task, review, schema))


def _tell_changed(review: Review, outcomes: dict[Annotation, Annotation.State]) -> None:
    """Whoever's outcome stays the same has read of it already."""
    tell(review, {row: state for row, state in outcomes.items() if row.state != state})
