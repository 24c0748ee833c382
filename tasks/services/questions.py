"""Questions about the rules: asked over an item, routed to an expert, brought back with the answer.

The task is on hold from the first question on; it goes on when the last one is answered. Staff ask
about items whose labels are made already: nothing waits for those answers.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from tasks import access
from tasks.blocks import BlockError
from tasks.blocks.classes import schema_classes
from tasks.blocks.shapes import validate_region
from tasks.models import Assignment, Item, Project, Question, Ruling, Task
from tasks.models.questions import QUESTION_LENGTH, TEXT_LENGTH
from tasks.services import assignments, gold, results, slots
from tasks.services.checks import check_words, refusal
from tasks.services.instructions import current_version
from tasks.services.item_selection import work

CANDIDATES = 10
# More of them nobody looks through for one answer.
ITEMS_MOST = 1_000
State = Question.State


def ask(
    assignment: Assignment,
    *,
    text: str,
    by: User,
    region: Any = None,
    classes: list[dict[str, str]] | None = None,
    ruling: int | None = None,
    now: datetime | None = None,
) -> Question:
    """Ask about the item of a lease. The lease ends, and the task waits for the answer.

    When a ruling with the number `ruling` answers it, it is noted with that answer, and the
    lease goes on. Raises DomainError with the field, Conflict `lease_lost`.
    """
    now = now or timezone.now()
    text = check_words(text, QUESTION_LENGTH, field="text")
    with transaction.atomic():
        assignment = assignments.lock_assignment(assignment.public_id, by)
        assignments.require_lease(assignment)
        version, item = assignment.instruction_version, assignment.task.item
        question = Question(
            project_id=item.project_id,
            item=item,
            task=assignment.task,
            assignment=assignment,
            instruction_version=version,
            asker=by,
            text=text,
            region=_checked_region(region),
            classes=_checked_classes(classes or [], version.label_schema),
            asked_at=now,
        )
        if ruling is not None:
            return _answered_by_ruling(question, ruling, by=by, now=now)
        question.routed_to = next_expert(item.project)
        question.save()
        _park(assignment, by=by, now=now)
        record(by, "question.asked", question, after={"text": text, "item": item.external_id})
        _tell_expert(question, by=by)
    return question


def _answered_by_ruling(question: Question, number: int, *, by: User, now: datetime) -> Question:
    in_force = Ruling.objects.filter(
        project=question.project_id, number=number, state__in=Ruling.IN_FORCE
    )
    found = in_force.select_for_update().first()
    if found is None:
        raise DomainError(_("There is no such ruling."), code="no_such_ruling", field="ruling")
    question.state, question.ruling = State.DUPLICATE, found
    question.answer, question.answered_at = found.verdict, now
    question.save()
    count_question(found)
    record(by, "question.duplicate", question, after={"ruling": number})
    return question


def _park(assignment: Assignment, *, by: User, now: datetime) -> None:
    """End the asker's lease and keep its slot for them until there is an answer."""
    task = assignment.task
    slots.end(assignment, Assignment.State.RELEASED, now=now)
    if not slots.is_wanted(assignment, task):
        slots.drop_label(assignment)
        return
    if task.state != Task.State.GOLD:
        # Each has a slot of gold for themselves: only the asker waits.
        results.hold(task, by=by, reason="a question is open")
    kept = slots.successor(assignment, preferring=by.pk)
    kept.state = Assignment.State.PARKED
    kept.save()


def ask_about(
    project: Project, items: Sequence[Item], *, text: str, by: User, now: datetime | None = None
) -> Question:
    """One question of the staff about several items, the first of which stands for all of them.

    Their tasks go on meanwhile. Raises DomainError with the field, and where no rules are published
    or the first item is in no batch.
    """
    text = check_words(text, QUESTION_LENGTH, field="text")
    if not 1 <= len(items) <= ITEMS_MOST:
        raise DomainError(
            _("A question is about 1 to %(most)d items.") % {"most": ITEMS_MOST}, field="item"
        )
    first, *others = items
    task = work().filter(item=first).order_by("-pk").first()
    version = current_version(project)
    if task is None or version is None:
        raise DomainError(
            _("Questions are about items of a batch, under published instructions."), field="item"
        )
    with transaction.atomic():
        question = Question.objects.create(
            project=project,
            item=first,
            task=task,
            instruction_version=version,
            asker=by,
            text=text,
            routed_to=next_expert(project, besides=by),
            asked_at=now or timezone.now(),
        )
        question.others.set(others)
        after = {"text": text, "item": first.external_id, "items": len(items)}
        record(by, "question.asked", question, after=after)
        _tell_expert(question, by=by)
    return question


def next_expert(project: Project, *, besides: User | None = None) -> User | None:
    """The expert of the project's own house who has the fewest open questions.

    Whoever asks gets it themselves only where there is nobody else.
    """
    waiting = Count("routed_questions", filter=Q(routed_questions__state=State.ASKED))
    experts = list(
        access.experts_of(project).annotate(waiting_count=waiting).order_by("waiting_count", "pk")
    )
    others = (expert for expert in experts if expert != besides)
    return next(others, experts[0] if experts else None)


def answer(
    question: Question,
    *,
    text: str,
    by: User,
    ruling: Ruling | None = None,
    now: datetime | None = None,
) -> Question:
    """Answer a question, by a ruling when there is one. The asker gets the item back first."""
    text = check_words(text, TEXT_LENGTH, field="text")
    with transaction.atomic():
        task, question = _lock(question)
        question.state, question.answer, question.ruling = State.ANSWERED, text, ruling
        question.answered_by, question.answered_at = by, now or timezone.now()
        question.save()
        if ruling:
            count_question(ruling)
        record(by, "question.answered", question, after={"answer": text})
        _tell_asker(question)
        _give_back(task, question)
        _go_on(task, question, by=by, reason="the question is answered")
    return question


def close(question: Question, *, reason: str, by: User) -> Question:
    """End a question that needs no answer; its task goes on."""
    reason = check_words(reason, TEXT_LENGTH, field="text")
    with transaction.atomic():
        task, question = _lock(question)
        question.state, question.closed_at = State.CLOSED, timezone.now()
        question.answered_by, question.answer = by, reason
        question.save()
        record(by, "question.closed", question, reason=reason)
        _tell_asker(question)
        _go_on(task, question, by=by, reason="the question is closed")
    return question


def exclude_item(question: Question, *, text: str, by: User) -> Question:
    """Answer that the item cannot be labeled: its task is taken out of the work.

    Raises Conflict for one that staff asked: the labels of its items are made.
    """
    if question.assignment_id is None:
        raise Conflict(_("These items are labelled already: take them out on their own pages."))
    with transaction.atomic():
        question = answer(question, text=text, by=by)
        task = results.lock_task(question.task_id)
        if task.state in slots.UNANSWERED or task.state == Task.State.ON_HOLD:
            results.exclude(task, by=by, reason="an expert excluded the item")
        elif task.state == Task.State.GOLD:
            gold.doubt(task, by=by, reason="an expert excluded the item")
        for other in Question.objects.filter(task=task, state=State.ASKED):
            close(other, reason=text, by=by)
    return question


def route(question: Question, *, to: User, by: User) -> Question:
    """Give a question to another expert of the project."""
    with transaction.atomic():
        _task, question = _lock(question)
        question.routed_to = to
        question.save(update_fields=["routed_to"])
        record(by, "question.routed", question, after={"to": to.username})
        _tell_expert(question, by=by)
    return question


def _tell_expert(question: Question, *, by: User) -> None:
    """One notice a project, however many questions wait there; none of one's own doing."""
    if question.routed_to is None or question.routed_to == by:
        return
    project = question.project
    parameters = {"project": project.name, "slug": project.slug}
    notify([question.routed_to], Kind.QUESTION_ASKED, about=project, parameters=parameters)


def _tell_asker(question: Question) -> None:
    if question.answered_by_id == question.asker_id:
        return
    parameters = {
        "project": question.project.name,
        "item": question.item.external_id,
        "detail": question.answer,
    }
    notify([question.asker], Kind.QUESTION_ANSWERED, about=question, parameters=parameters)


def count_question(ruling: Ruling) -> None:
    """Note on a ruling that it answered one more question."""
    ruling.question_count += 1
    ruling.save(update_fields=["question_count"])


def _lock(question: Question) -> tuple[Task, Question]:
    """The task first, like everybody who moves tasks on; Conflict when somebody was faster."""
    task = results.lock_task(question.task_id)
    found = Question.objects.select_for_update(of=("self",)).filter(pk=question.pk).first()
    if found is None:
        raise Conflict(_("The item of this question was deleted."), code="item_deleted")
    if found.state != State.ASKED:
        raise Conflict(_("Somebody else has answered this question."), code="already_answered")
    return task, found


def _give_back(task: Task, question: Question) -> None:
    """Offer the asker's slot to them, with the answer; after a day others may take it."""
    slot = _kept_slots(task, question).order_by("pk").first()
    if slot is None:
        return
    ruling = question.ruling
    slot.rework_note = {
        **(slot.rework_note or {}),
        "question": {
            "asker": question.asker_id,
            "text": question.text,
            "answer": question.answer,
            "ruling": ruling and {"number": ruling.number, "verdict": ruling.verdict},
        },
    }
    if task.state != Task.State.GOLD:
        slot.offered_until = question.answered_at + slots.OFFER_TIME
    slot.save(update_fields=["rework_note", "offered_until"])


def _kept_slots(task: Task, question: Question) -> QuerySet[Assignment]:
    """The slot that waits for the asker; there is none where it was wanted no more."""
    return Assignment.objects.filter(
        task=task, state=Assignment.State.PARKED, offered_to=question.asker_id
    )


def _go_on(task: Task, question: Question, *, by: User, reason: str) -> None:
    """Gold goes back to its asker; work goes on once no question of it is open."""
    if task.state == Task.State.GOLD:
        _kept_slots(task, question).update(state=Assignment.State.OPEN)
        return
    holding = Question.objects.filter(task=task, state=State.ASKED, assignment__isnull=False)
    is_waiting = holding.exists()
    if task.state == Task.State.ON_HOLD and not is_waiting:
        results.resume(task, by=by, reason=reason)


def _checked_region(region: Any) -> dict[str, Any] | None:
    try:
        return validate_region(region, "")
    except BlockError as error:
        raise refusal(error, "region") from error


def _checked_classes(
    classes: list[dict[str, str]], label_schema: dict[str, Any]
) -> list[dict[str, str]]:
    known = schema_classes(label_schema)
    wanted = [(str(entry.get("control")), str(entry.get("value"))) for entry in classes]
    if len(wanted) > CANDIDATES or any(entry not in known for entry in wanted):
        raise DomainError(
            _("One of the answers you waver between is not an answer here."),
            code="unknown_class",
            field="classes",
        )
    return [{"control": control, "value": value} for control, value in dict.fromkeys(wanted)]
