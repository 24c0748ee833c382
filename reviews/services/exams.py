"""Exams: a pool of items with known answers, attempts with items drawn from it, results."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.accounts.services.system import system_user
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from reviews.models import ExamAnswer, ExamAttempt, ExamGrant, ExamItem, ExamPlan
from reviews.quality.exams import ExamResult, Graded, PoolItem, draw, grade, result
from reviews.services.references import Purpose, candidates, reference_of
from tasks.blocks.classes import schema_classes
from tasks.kinds.answer import classes_in
from tasks.models import Project, Qualification, ReservedItem, Task
from tasks.services.annotations import check_answer
from tasks.services.archiving import lock_project
from tasks.services.checks import check_fields
from tasks.services.instructions import current_schema
from tasks.services.qualifications import set_level
from tasks.services.reservations import reserve

State = ExamAttempt.State
PLAN_FIELDS = ("size", "pass_percent", "class_percent", "retries", "level")


def add_to_pool(project: Project, tasks: Iterable[Task], *, by: User) -> int:
    """Put the labels of these tasks into the exam pool; returns how many were new.

    What lessons and instructions show is known to everybody and is left out.
    """
    with transaction.atomic():
        lock_project(project.pk)
        offered = candidates(project, by_experts=False)
        found = offered.filter(pk__in=[task.pk for task in tasks]).order_by("pk")
        by_item = {task.item_id: task for task in found}
        known = set(project.exam_items.filter(item__in=by_item).values_list("item", flat=True))
        added = [
            _exam_item(project, task) for task in by_item.values() if task.item_id not in known
        ]
        ExamItem.objects.bulk_create(added)
        reserve([entry.item for entry in added], Purpose.EXAM, by=by)
        if added:
            record(by, "exam.items_added", project, after={"count": len(added)})
    return len(added)


def _exam_item(project: Project, task: Task) -> ExamItem:
    reference = reference_of(task)
    named = classes_in(reference["version"].label_schema, reference["answer"])
    return ExamItem(project=project, classes=[list(found) for found in named], **reference)


def edit_exam_item(entry: ExamItem, *, explanation: str, state: str, by: User) -> ExamItem:
    """Say why the answer is right, or retire the item. Attempts that hold it keep it."""
    before = entry.state
    entry.explanation, entry.state = explanation.strip(), state
    check_fields(entry, "explanation", "state")
    with transaction.atomic():
        entry.save(update_fields=["explanation", "state"])
        record(by, "exam.item_edited", entry, before={"state": before}, after={"state": state})
    return entry


def plan_of(project: Project) -> ExamPlan:
    """The plan, or the one that is proposed before somebody has stored one."""
    return ExamPlan.objects.filter(project=project).first() or ExamPlan(project=project)


def save_plan(project: Project, *, by: User, is_open: bool, **values: int) -> ExamPlan:
    """Store the plan. Raises DomainError with the field: it opens only over a whole pool."""
    with transaction.atomic():
        lock_project(project.pk)
        plan = plan_of(project)
        before = {name: getattr(plan, name) for name in (*PLAN_FIELDS, "is_open")}
        for name in PLAN_FIELDS:
            setattr(plan, name, values[name])
        plan.is_open = is_open
        check_fields(plan, *PLAN_FIELDS)
        there = drawable(project).count()
        if is_open and there < plan.size:
            raise DomainError(
                _("The pool has %(there)d items; the exam asks for %(size)d.")
                % {"there": there, "size": plan.size},
                code="exam_pool_small",
                field="is_open",
            )
        plan.save()
        after = {name: getattr(plan, name) for name in (*PLAN_FIELDS, "is_open")}
        record(by, "exam.planned", project, before=before, after=after)
    return plan


def drawable(project: Project) -> QuerySet[ExamItem]:
    """Pool items in use whose answer is not in doubt and not shown elsewhere."""
    stale = Task.objects.filter(item=OuterRef("item"), stale_version__isnull=False)
    shown = ReservedItem.objects.filter(
        item=OuterRef("item"), purpose__in=[Purpose.EXAMPLE, Purpose.LESSON]
    )
    return project.exam_items.filter(
        ~Exists(stale), ~Exists(shown), state=ExamItem.State.ACTIVE
    ).order_by("pk")


def attempts_left(plan: ExamPlan, person: User) -> int:
    """How many attempts the person may still begin."""
    own = {"project": plan.project, "person": person}
    granted = ExamGrant.objects.filter(**own).count()
    return max(0, 1 + plan.retries + granted - ExamAttempt.objects.filter(**own).count())


def start(project: Project, *, by: User) -> ExamAttempt:
    """Begin an attempt with fresh items; an attempt that is still open goes on.

    Raises Conflict `exam_closed`, `exam_passed`, `no_attempt_left` or `exam_pool_small`.
    """
    with transaction.atomic():
        # The lock keeps numbers and exposures right when two people begin at once.
        plan = ExamPlan.objects.select_for_update().filter(project=project).first()
        own = ExamAttempt.objects.filter(project=project, person=by)
        going = own.filter(state=State.OPEN).first()
        if going:
            return going
        if plan is None or not plan.is_open:
            raise Conflict(_("This project has no exam at present."), code="exam_closed")
        if own.filter(state=State.PASSED).exists():
            raise Conflict(_("You have passed this exam already."), code="exam_passed")
        if not attempts_left(plan, by):
            raise Conflict(
                _("You have used all your attempts."),
                code="no_attempt_left",
                hint=_("A manager can grant you one more."),
            )
        number = own.count() + 1
        drawn = _draw(plan, by, seed=f"{project.pk} {by.pk} {number}")
        attempt = ExamAttempt.objects.create(
            project=project, person=by, number=number, started_at=timezone.now()
        )
        ExamAnswer.objects.bulk_create(
            ExamAnswer(attempt=attempt, exam_item_id=found, place=place)
            for place, found in enumerate(drawn, start=1)
        )
        ExamItem.objects.filter(pk__in=drawn).update(exposures=F("exposures") + 1)
        record(by, "exam.started", attempt, after={"number": number, "items": len(drawn)})
    return attempt


def _draw(plan: ExamPlan, person: User, *, seed: str) -> list[int]:
    earlier = ExamAnswer.objects.filter(exam_item=OuterRef("pk"), attempt__person=person)
    fresh = drawable(plan.project).filter(~Exists(earlier))
    pool = [
        PoolItem(entry.pk, [(control, value) for control, value in entry.classes], entry.exposures)
        for entry in fresh
    ]
    if len(pool) < plan.size:
        raise Conflict(
            _("The exam needs %(size)d items that are new to you, and its pool has %(there)d.")
            % {"size": plan.size, "there": len(pool)},
            code="exam_pool_small",
            hint=_("Ask an expert of the project to add some."),
        )
    return draw(pool, plan.size, seed=seed)


def answer_place(attempt: ExamAttempt, place: int, answer: Any, *, by: User) -> ExamAnswer:
    """Store an answer; until the end the last one counts, and nothing is said of it.

    Raises DomainError with the field of a wrong answer, Conflict `exam_finished`.
    """
    entry = ExamAnswer.objects.select_related("exam_item__item", "exam_item__version").get(
        attempt=attempt, place=place
    )
    valid = check_answer(
        answer,
        label_schema=entry.exam_item.version.label_schema,
        item_facts=entry.exam_item.item.facts,
    )
    with transaction.atomic():
        _locked(attempt)
        entry.answer, entry.answered_at = valid, timezone.now()
        entry.save(update_fields=["answer", "answered_at"])
        record(by, "exam.answered", attempt, after={"place": place})
    return entry


def finish(attempt: ExamAttempt, *, by: User) -> ExamAttempt:
    """Grade the attempt with the project's own metric; a pass gives its level.

    Raises Conflict `exam_finished`, `exam_incomplete`.
    """
    with transaction.atomic():
        attempt = _locked(attempt)
        plan = plan_of(attempt.project)
        entries = list(attempt.answers.select_related("exam_item__version"))
        missing = sum(entry.answer is None for entry in entries)
        if missing:
            raise Conflict(
                _("%(count)d items have no answer yet.") % {"count": missing},
                code="exam_incomplete",
            )
        for entry in entries:
            known = entry.exam_item
            entry.score = grade(known.version.label_schema, known.answer, entry.answer)
        ExamAnswer.objects.bulk_update(entries, ["score"])
        _store(attempt, plan, _result(plan, entries))
        after = {"state": attempt.state, "score": attempt.score}
        record(by, "exam.finished", attempt, before={"state": State.OPEN}, after=after)
        if attempt.state == State.PASSED:
            _qualify(attempt, plan.level)
    return attempt


def _locked(attempt: ExamAttempt) -> ExamAttempt:
    attempt = (
        ExamAttempt.objects.select_for_update(of=("self",))
        .select_related("project", "person")
        .get(pk=attempt.pk)
    )
    if attempt.state != State.OPEN:
        raise Conflict(_("This attempt is finished."), code="exam_finished")
    return attempt


def _result(plan: ExamPlan, entries: list[ExamAnswer]) -> ExamResult:
    graded = [
        Graded([(control, value) for control, value in entry.exam_item.classes], entry.score or 0.0)
        for entry in entries
    ]
    return result(graded, pass_percent=plan.pass_percent, class_percent=plan.class_percent)


def _store(attempt: ExamAttempt, plan: ExamPlan, found: ExamResult) -> None:
    titles = schema_classes(current_schema(attempt.project))
    attempt.state = State.PASSED if found.is_passed else State.FAILED
    attempt.score, attempt.finished_at = found.score, timezone.now()
    attempt.report = {
        "pass_percent": plan.pass_percent,
        "class_percent": plan.class_percent,
        "classes": [
            {
                "control": class_[0],
                "value": class_[1],
                "title": titles.get(class_, class_[1]),
                "n": verdict.n,
                "score": verdict.score,
                "is_judged": verdict.is_judged,
                "is_passed": verdict.is_passed,
            }
            for class_, verdict in sorted(found.classes.items())
        ],
    }
    attempt.save(update_fields=["state", "score", "finished_at", "report"])


def _qualify(attempt: ExamAttempt, level: int) -> None:
    """A higher level that somebody gave stays."""
    own = Qualification.objects.filter(project=attempt.project, person=attempt.person)
    if own.filter(level__gte=level).exists():
        return
    reason = f"passed the exam with {attempt.percent} %"
    set_level(attempt.project, attempt.person, level=level, by=system_user(), reason=reason)


def grant_attempt(project: Project, person: User, *, by: User) -> ExamGrant:
    """One more attempt for somebody who has used all of theirs."""
    with transaction.atomic():
        plan = ExamPlan.objects.select_for_update().filter(project=project).first()
        own = ExamAttempt.objects.filter(project=project, person=person)
        if plan is None or own.filter(state__in=[State.OPEN, State.PASSED]).exists():
            raise Conflict(_("This person needs no further attempt."), code="no_grant_needed")
        if attempts_left(plan, person):
            raise Conflict(_("This person has attempts left already."), code="no_grant_needed")
        grant = ExamGrant.objects.create(
            project=project, person=person, granted_by=by, granted_at=timezone.now()
        )
        record(by, "exam.granted", project, after={"person": person.pk})
    return grant
