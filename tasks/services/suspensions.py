"""Suspends people from a project for a while: explained, ended by itself, appealed once."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import Membership, Team, User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from tasks.access import STAFF
from tasks.models import Assignment, Project, Suspension
from tasks.models.suspensions import DAYS_MOST
from tasks.services import leases
from tasks.services.checks import REASON_LENGTH, check_words

APPEAL_LENGTH = 2_000
Answer = Suspension.Answer


def suspend(
    project: Project,
    person: User,
    *,
    reason: str,
    days: int,
    by: User | None,
    evidence: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> Suspension:
    """Take the person's work in the project away for so many days. Drafts stay.

    Raises DomainError with the field, Conflict `suspended_already`.
    """
    now = now or timezone.now()
    reason = check_words(reason, REASON_LENGTH, field="reason")
    if not 1 <= days <= DAYS_MOST:
        raise DomainError(
            _("A suspension lasts one to %(most)d days.") % {"most": DAYS_MOST}, field="days"
        )
    if by is not None and by.pk == person.pk:
        raise NotAllowed(_("Nobody suspends themself."))
    with transaction.atomic():
        close_due(now=now, project=project, person=person)
        suspension = _started(
            Suspension(
                project=project,
                person=person,
                reason=reason,
                evidence=evidence or {},
                started_at=now,
                until=now + timedelta(days=days),
                started_by=by,
            )
        )
        after = {"person": person.pk, "until": suspension.until.isoformat()}
        record(by, "suspension.started", suspension, after=after, reason=reason)
        leases.revoke_in_project(person, project, by=by, reason=f"suspended: {reason}", now=now)
        parameters = {"project": project.name, "until_at": suspension.until.isoformat()}
        notify([person], Kind.SUSPENSION_STARTED, about=suspension, parameters=parameters)
    return suspension


def _started(suspension: Suspension) -> Suspension:
    try:
        with transaction.atomic():
            suspension.save()
    except IntegrityError as error:
        raise Conflict(_("This person is suspended already."), code="suspended_already") from error
    return suspension


def lift(
    suspension: Suspension, *, reason: str, by: User, now: datetime | None = None
) -> Suspension:
    """End a suspension before its time. Raises Conflict `suspension_over`."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        found = _locked(suspension, now or timezone.now())
        if by.pk == found.person_id:
            raise NotAllowed(_("Nobody lifts their own suspension."))
        _end(found, by=by, reason=reason, now=now or timezone.now())
    return found


def appeal(
    suspension: Suspension, text: str, *, by: User, now: datetime | None = None
) -> Suspension:
    """The word of the one it concerns, once. Raises Conflict `appealed_already`."""
    text = check_words(text, APPEAL_LENGTH, field="appeal")
    now = now or timezone.now()
    with transaction.atomic():
        found = _locked(suspension, now)
        if by.pk != found.person_id:
            raise NotAllowed(_("Only the person it concerns appeals."))
        if found.appealed_at is not None:
            raise Conflict(_("You have appealed already."), code="appealed_already")
        found.appeal, found.appealed_at = text, now
        found.save(update_fields=["appeal", "appealed_at"])
        record(by, "suspension.appealed", found, reason=text)
    return found


def answer(
    suspension: Suspension, *, outcome: str, reason: str, by: User, now: datetime | None = None
) -> Suspension:
    """Grant the appeal, which ends the suspension, or uphold it: with a reason either way.

    Raises Conflict `no_appeal`, NotAllowed for who suspended while somebody else could answer.
    """
    reason = check_words(reason, REASON_LENGTH, field="reason")
    if outcome not in Answer.values:
        raise DomainError(_("Grant the appeal or let the suspension stand."), field="outcome")
    now = now or timezone.now()
    with transaction.atomic():
        found = _locked(suspension, now)
        if not found.waits_for_answer:
            raise Conflict(_("No appeal waits for an answer here."), code="no_appeal")
        if by.pk == found.person_id or (by.pk == found.started_by_id and _others(found)):
            raise NotAllowed(
                _("Somebody other than whoever suspended the person answers the appeal."),
                code="own_suspension",
            )
        found.answer, found.answer_reason = outcome, reason
        found.answered_by, found.answered_at = by, now
        found.save(update_fields=["answer", "answer_reason", "answered_by", "answered_at"])
        record(by, f"suspension.{outcome}", found, reason=reason)
        if outcome == Answer.GRANTED:
            _end(found, by=by, reason=reason, now=now)
    return found


def _others(suspension: Suspension) -> bool:
    """Whether the project's own house has another manager or expert who could answer."""
    staff = Membership.objects.filter(
        user=OuterRef("pk"),
        role__in=STAFF,
        team__is_active=True,
        team__kind=Team.Kind.IN_HOUSE,
        team__in=suspension.project.teams.all(),
    )
    people = User.objects.filter(Exists(staff), is_active=True)
    return people.exclude(pk__in=[suspension.started_by_id, suspension.person_id]).exists()


def _locked(suspension: Suspension, now: datetime) -> Suspension:
    found = (
        Suspension.objects.select_for_update(of=("self",))
        .select_related("project", "person")
        .get(pk=suspension.pk)
    )
    if found.ended_at is not None or found.until <= now:
        raise Conflict(_("This suspension is over."), code="suspension_over")
    return found


def _end(suspension: Suspension, *, by: User, reason: str, now: datetime) -> None:
    suspension.ended_at, suspension.ended_by = now, by
    suspension.save(update_fields=["ended_at", "ended_by"])
    record(by, "suspension.lifted", suspension, reason=reason)
    _tell_end(suspension)


def _tell_end(suspension: Suspension) -> None:
    parameters = {"project": suspension.project.name}
    notify([suspension.person], Kind.SUSPENSION_ENDED, about=suspension, parameters=parameters)


def close_due(
    *,
    now: datetime | None = None,
    project: Project | None = None,
    person: User | None = None,
) -> int:
    """Close suspensions whose time is over: all of them, or those of one person in a project."""
    now = now or timezone.now()
    due = Suspension.objects.filter(ended_at=None, until__lte=now)
    due = due.select_related("project", "person")
    if project is not None and person is not None:
        due = due.filter(project=project, person=person)
    count = 0
    for suspension in due:
        with transaction.atomic():
            closed = Suspension.objects.filter(pk=suspension.pk, ended_at=None)
            if closed.update(ended_at=F("until")):
                record(None, "suspension.expired", suspension)
                _tell_end(suspension)
                count += 1
    return count


def hold_back(*, now: datetime | None = None) -> int:
    """Take back what a suspended person was handed in the moment of the suspension."""
    held = Assignment.objects.filter(
        annotator=OuterRef("person"),
        batch__project=OuterRef("project"),
        state=Assignment.State.LEASED,
    )
    active = Suspension.objects.active().filter(Exists(held)).select_related("project", "person")
    return sum(
        leases.revoke_in_project(
            found.person, found.project, by=None, reason=f"suspended: {found.reason}", now=now
        )
        for found in active
    )
