"""The review desk: the most doubtful task first, one decision settles it, every author learns why.

A decision is one transaction, and answers a repeated request key with the first decision.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import Cause, Consensus, Pick, RejectReason, Review
from reviews.services import sampling, second_looks, second_opinions, undo
from reviews.services.corrections import reason_of
from reviews.services.outcomes import accepted_or_fixed, is_overruled, round_annotations, tell
from tasks.kinds import answer as answers
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.services import assignments, results
from tasks.services.annotations import check_answer, check_rules

COMMENT_LENGTH = 2_000
REJECTIONS_UNTIL_EXPERT = 2
DWELL_MS_LIMIT = 24 * 60 * 60 * 1000
Decision = Review.Decision


@dataclass(frozen=True)
class Verdict:
    """What a reviewer sent. `cause` is None where nobody was asked for it, as in a table."""

    decision: str
    reason: str = ""
    comment: str = ""
    answer: Any = None
    cause: str | None = None
    dwell_ms: int | None = None


def decide(
    assignment: Assignment,
    *,
    decision: str,
    by: User,
    request_id: uuid.UUID,
    reason: str = "",
    comment: str = "",
    answer: Any = None,
    cause: str | None = None,
    dwell_ms: int | None = None,
    now: datetime | None = None,
) -> Review:
    """Accept, fix, reject or escalate the task of a leased review.

    `cause` is why people differed, as an adjudicating expert sees it. Raises DomainError with the
    field, Conflict `lease_lost`, `request_id_reused`, or `withdrawn` when it was taken back since.
    """
    sent = Verdict(decision, reason or "", (comment or "").strip(), answer, cause, dwell_ms)
    _check(sent)
    now = now or timezone.now()
    with transaction.atomic():
        assignment = assignments.lock_assignment(assignment.public_id, by)
        earlier = Review.objects.filter(assignment__request_id=request_id).first()
        if earlier:
            return _replay(earlier, assignment, sent)
        assignments.require_lease(assignment)
        _check_cause(assignment, sent)
        task = results.lock_task(assignment.task_id)
        review = _store(task, assignment, sent, by=by, request_id=request_id, now=now)
        if not second_opinions.take(task, assignment, review, by=by):
            _carry_out(task, assignment, review, by=by)
            second_looks.draw(task, review)
    return review


def _check(sent: Verdict) -> None:
    if sent.decision not in Decision.values:
        raise DomainError(
            _("“%(decision)s” is no decision.") % {"decision": str(sent.decision)[:80]},
            field="decision",
            hint=_("One of: %(decisions)s.") % {"decisions": ", ".join(Decision.values)},
        )
    if sent.reason and sent.reason not in RejectReason.values:
        raise DomainError(_("This is not one of the reasons."), field="reason")
    if sent.decision == Decision.REJECT and not sent.reason:
        raise DomainError(
            _("Choose a reason: the author reads it."), code="reason_needed", field="reason"
        )
    if sent.reason == RejectReason.OTHER and not sent.comment:
        raise DomainError(
            _("Say in a sentence what it is: the author reads it."),
            code="comment_needed",
            field="comment",
        )
    if len(sent.comment) > COMMENT_LENGTH or "\x00" in sent.comment:
        raise DomainError(
            _("A comment has at most %(limit)d characters.") % {"limit": COMMENT_LENGTH},
            field="comment",
        )


def _check_cause(assignment: Assignment, sent: Verdict) -> None:
    if sent.cause and sent.cause not in Cause.values:
        raise DomainError(_("This is not one of the causes."), field="cause")
    if assignment.stage == Stage.ADJUDICATE and sent.cause == "":
        raise DomainError(
            _("Say why the answers differ: rules and training are mended by it."),
            code="cause_needed",
            field="cause",
        )


def _replay(earlier: Review, assignment: Assignment, sent: Verdict) -> Review:
    if earlier.withdrawn_at:
        raise Conflict(
            _("You took this decision back. It was not sent again."),
            code="withdrawn",
            hint=_("Open the task again to decide it."),
        )
    is_same = earlier.assignment_id == assignment.pk and (
        earlier.decision,
        earlier.reason if sent.reason else "",
        earlier.comment,
    ) == (sent.decision, sent.reason, sent.comment)
    if sent.answer is not None and sent.answer != earlier.answer:
        is_same = False
    if not is_same:
        raise Conflict(
            _("This request key was used for another decision."), code="request_id_reused"
        )
    return earlier


def _store(
    task: Task,
    assignment: Assignment,
    sent: Verdict,
    *,
    by: User,
    request_id: uuid.UUID,
    now: datetime,
) -> Review:
    consensus = Consensus.objects.filter(task=task).first()
    final = _final_answer(task, assignment, sent, consensus, by)
    assignment.state = Assignment.State.SUBMITTED
    assignment.request_id = request_id
    assignment.ended_at = now
    assignment.save(update_fields=["state", "request_id", "ended_at"])
    pick = Pick.objects.filter(assignment=assignment).first()
    stored = consensus.reasons if consensus else []
    dwell_ms, reason = sent.dwell_ms, sent.reason
    if sent.decision == Decision.FIX and not reason:
        schema = assignment.instruction_version.label_schema
        reason = reason_of(schema, consensus.answer if consensus else {}, final)
    review = Review.objects.create(
        assignment=assignment,
        task=task,
        reviewer=by,
        decision=sent.decision,
        reason=reason,
        comment=sent.comment,
        answer=final,
        cause=sent.cause or "",
        picked_because=pick.reasons if pick else stored,
        dwell_ms=None if dwell_ms is None else max(0, min(dwell_ms, DWELL_MS_LIMIT)),
        decided_at=now,
        former=undo.former(task, round_annotations(task), consensus),
    )
    record(
        by,
        f"review.{sent.decision}",
        task,
        after={"answer": final, "cause": review.cause},
        reason=reason,
        request_key=request_id,
    )
    return review


def _final_answer(
    task: Task,
    assignment: Assignment,
    sent: Verdict,
    consensus: Consensus | None,
    by: User,
) -> dict[str, Any] | None:
    """The label that will stand, or None when the decision leaves it open."""
    if assignment.stage == Stage.ADJUDICATE and sent.decision in {
        Decision.REJECT,
        Decision.ESCALATE,
    }:
        raise NotAllowed(
            _("An adjudication ends with an answer: accept one, or give your own."),
            field="decision",
        )
    if sent.decision in {Decision.REJECT, Decision.ESCALATE}:
        return None
    schema = assignment.instruction_version.label_schema
    given = sent.answer
    if given is not None:
        given = check_answer(given, label_schema=schema, item_facts=task.item.facts)
    known = [found.answer for found in round_annotations(task, assignment.round)]
    known += [consensus.answer] if consensus else []
    is_known = given is not None and any(answers.equal(schema, given, other) for other in known)
    if given is not None and not is_known:
        # What somebody has answered before may be older than the rules: it can be accepted.
        check_rules(given, label_schema=schema, item_facts=task.item.facts)
    if sent.decision == Decision.FIX:
        return _fixed(given, schema, consensus)
    if given is None:
        if consensus is None:
            raise DomainError(_("There is no answer to accept: give your own."), field="answer")
        return consensus.answer
    if not is_known:
        raise DomainError(
            _("You changed the answer: send it as a fix, with a reason."), field="decision"
        )
    return given


def _fixed(
    given: dict[str, Any] | None, schema: dict[str, Any], consensus: Consensus | None
) -> dict[str, Any]:
    if given is None:
        raise DomainError(_("A fix needs the right answer."), field="answer")
    if consensus and not consensus.is_tie and answers.equal(schema, given, consensus.answer):
        raise DomainError(
            _("Nothing was changed. Accept the answer instead, or change it."), field="answer"
        )
    return given


def _carry_out(task: Task, assignment: Assignment, review: Review, *, by: User) -> None:
    found = round_annotations(task)
    if review.decision == Decision.ESCALATE:
        results.open_adjudication(task, by=by, reason=review.reason or "escalated")
        return
    if review.decision == Decision.REJECT:
        tell(review, dict.fromkeys(found, Annotation.State.REJECTED))
        sampling.note_decision(task, was_wrong=True)
        _rework(task, review, found, by=by)
        return
    schema = assignment.instruction_version.label_schema
    tell(
        review,
        {
            annotation: accepted_or_fixed(answers.equal(schema, annotation.answer, review.answer))
            for annotation in found
        },
    )
    is_adjudication = assignment.stage == Stage.ADJUDICATE
    results.settle(
        task,
        answer=review.answer,
        source=Task.Source.ADJUDICATION if is_adjudication else Task.Source.REVIEW,
        confidence=None,
        version=assignment.instruction_version,
        by=by,
        reason=review.reason,
    )
    sampling.note_decision(task, was_wrong=is_overruled(task, review, schema))


def _rework(task: Task, review: Review, found: list[Annotation], *, by: User) -> None:
    rejected = Review.objects.standing().filter(task=task, decision=Decision.REJECT)
    rejections = rejected.filter(closed_look=None).count()
    if task.state == Task.State.ACCEPTED:
        results.unsettle(task, by=by, reason=review.reason)
    if rejections > REJECTIONS_UNTIL_EXPERT:
        results.open_adjudication(task, by=by, reason="rejected too often")
        return
    note = {"reason": str(review.get_reason_display()), "comment": review.comment}
    authors = [annotation.author for annotation in found if annotation.author.is_active]
    results.open_rework(task, authors, by=by, reason=review.reason, note=note)
