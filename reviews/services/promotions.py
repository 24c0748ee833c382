"""The word that a promotion to reviewer needs: evidence proposes it, a person decides."""

from django.db import transaction
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, NotAllowed
from reviews.models import TrustStanding
from reviews.services import trust
from tasks.models import Qualification
from tasks.services.checks import REASON_LENGTH, check_words
from tasks.services.qualifications import set_level


def confirm(standing: TrustStanding, *, by: User) -> TrustStanding:
    """Promote as proposed. Raises Conflict `nothing_proposed`."""
    with transaction.atomic():
        found, level = _proposed(standing, by)
        found.earned_level = found.earned_at = None
        found.save(update_fields=["earned_level", "earned_at"])
        reason = "proposed on the evidence, and confirmed"
        set_level(found.project, found.person, level=level, by=by, reason=reason)
    return trust.assess(found.project_id, found.person_id) or found


def decline(standing: TrustStanding, *, reason: str, by: User) -> TrustStanding:
    """Leave the person where they are, with a reason; the next look may propose again."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        found, level = _proposed(standing, by)
        found.earned_level = found.earned_at = None
        found.save(update_fields=["earned_level", "earned_at"])
        record(by, "trust.declined", found, before={"level": level}, reason=reason)
    return found


def _proposed(standing: TrustStanding, by: User) -> tuple[TrustStanding, int]:
    """The locked standing with the level; not where somebody has set another level since."""
    found = TrustStanding.objects.select_for_update().get(pk=standing.pk)
    own = Qualification.objects.filter(project=found.project_id, person=found.person_id)
    is_current = own.select_for_update().filter(set_at=found.level_set_at).exists()
    level = found.proposed_level
    if level is None or not is_current:
        raise Conflict(_("No promotion waits for your word here."), code="nothing_proposed")
    if by.pk == found.person_id:
        raise NotAllowed(_("Nobody promotes themself."))
    return found, level
