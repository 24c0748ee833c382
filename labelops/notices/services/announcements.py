"""Telling teams something, noting who has read it, and taking it back."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import Team, User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.notices.models import TEXT_LENGTH, TITLE_LENGTH, Announcement, Receipt


def publish(
    *,
    title: str,
    text: str,
    teams: Iterable[Team],
    must_confirm: bool = False,
    ends_on: date | None = None,
    by: User,
) -> Announcement:
    """Show it to the people of the teams. Who may tell whom is the caller's to check (access)."""
    teams = list(teams)
    if not teams:
        raise DomainError(_("Choose at least one team."), code="no_teams", field="teams")
    if ends_on is not None and ends_on < timezone.localdate():
        raise DomainError(_("Its last day is past already."), code="past", field="ends_on")
    with transaction.atomic():
        announcement = Announcement.objects.create(
            title=_checked(title, TITLE_LENGTH, field="title"),
            text=_checked(text, TEXT_LENGTH, field="text"),
            must_confirm=must_confirm,
            ends_on=ends_on,
            created_by=by,
        )
        announcement.teams.set(teams)
        after = {"title": announcement.title, "teams": sorted(team.pk for team in teams)}
        record(by, "announcement.published", announcement, after=after)
    return announcement


def _checked(words: str, most: int, *, field: str) -> str:
    words = words.strip()
    if not words or len(words) > most or "\x00" in words:
        raise DomainError(
            _("Write a text of at most %(limit)d characters.") % {"limit": most},
            code="text_needed",
            field=field,
        )
    return words


def note_read(announcement: Announcement, *, by: User, now: datetime | None = None) -> None:
    """That the person confirmed it, or put it away. Doing so twice changes nothing."""
    with transaction.atomic():
        _receipt, is_new = Receipt.objects.get_or_create(
            announcement=announcement, person=by, defaults={"read_at": now or timezone.now()}
        )
        if is_new:
            verb = "confirmed" if announcement.must_confirm else "put_away"
            record(by, f"announcement.{verb}", announcement)


def withdraw(announcement: Announcement, *, by: User) -> Announcement:
    """Nobody is shown it any more; who has read it stays on record. Conflict when it is over."""
    with transaction.atomic():
        locked = Announcement.objects.select_for_update(of=("self",), no_key=True)
        found = locked.get(pk=announcement.pk)
        if found.withdrawn_at is not None:
            raise Conflict(_("This announcement is withdrawn already."), code="withdrawn")
        found.withdrawn_at = timezone.now()
        found.save(update_fields=["withdrawn_at"])
        record(by, "announcement.withdrawn", found)
    return found
