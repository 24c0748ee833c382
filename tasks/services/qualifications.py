"""The level that a person has in a project, until evidence sets it: a manager's word."""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from labelops.accounts.models import Membership, User
from labelops.audit.services import record
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell
from tasks.access import LABELERS
from tasks.models import Project, Qualification
from tasks.services.checks import check_fields


def people_of(project: Project) -> QuerySet[User]:
    """Whoever may label in the project's teams, with their `level` (None: not set)."""
    memberships = Membership.objects.filter(
        user=OuterRef("pk"),
        role__in=LABELERS,
        team__is_active=True,
        team__in=project.teams.all(),
    )
    own = Qualification.objects.filter(project=project, person=OuterRef("pk"))
    return User.objects.filter(Exists(memberships), is_active=True).annotate(
        level=Subquery(own.values("level")[:1]),
        level_reason=Subquery(own.values("reason")[:1]),
    )


def set_level(
    project: Project, person: User, *, level: int, by: User, reason: str = ""
) -> Qualification:
    """Give a person of the project's teams a level. Raises DomainError for a wrong one."""
    with transaction.atomic():
        found = Qualification.objects.select_for_update().filter(project=project, person=person)
        qualification = found.first() or Qualification(project=project, person=person)
        before = {"level": qualification.level}
        # What was in doubt was the former level.
        qualification.level, qualification.gold_notch = level, 0
        qualification.reason = reason.strip()
        qualification.set_by, qualification.set_at = by, timezone.now()
        check_fields(qualification, "level", "reason")
        qualification.save()
        after = {"level": level, "person": person.pk}
        record(by, "level.set", qualification, before=before, after=after, reason=reason)
        if before["level"] != level:
            facts = {"person": person.pseudonym, "before": before["level"], "level": level}
            tell(project.pk, Told.LEVEL_CHANGED, facts)
            parameters = {"project": project.name, "level": level}
            notify([person], Kind.LEVEL_CHANGED, about=project, parameters=parameters)
    return qualification


def set_notch(
    project: Project, person: User, *, notch: int, by: User | None, reason: str
) -> Qualification | None:
    """Have more of a person's work checked, or no more than usual. None where nothing changes."""
    with transaction.atomic():
        found = Qualification.objects.select_for_update().filter(project=project, person=person)
        qualification = found.first()
        notch = min(notch, qualification.level) if qualification else 0
        if qualification is None or qualification.gold_notch == notch:
            return None
        before = {"notch": qualification.gold_notch}
        qualification.gold_notch = notch
        qualification.save(update_fields=["gold_notch"])
        after = {"notch": notch, "person": person.pk}
        record(by, "level.checks", qualification, before=before, after=after, reason=reason)
    return qualification
