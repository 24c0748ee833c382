"""The daily mail: once a day at most, in the morning of the person, with what is new and unread.

The day is claimed before the mail is sent and the notices are marked after it. Whoever is killed
in between sends nothing twice a day; what was lost comes with the next mail.
"""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.accounts.backends import may_enter, people_with_standing
from labelops.accounts.models import User
from labelops.notices.models import MailAddress, Notice, Preference
from labelops.notices.services import mails
from labelops.notices.services.addresses import token_of

HOUR = 8
LISTED = 50
ASKED_AT_ONCE = 500
ASKED_EVERY = timedelta(hours=1)
# Nowhere is it later than here.
LATEST_ZONE = timedelta(hours=14)


def send_digests(*, now: datetime | None = None) -> int:
    """How many mails were sent."""
    now = now or timezone.now()
    if not mails.is_configured():
        return 0
    return mails.send_each(_due(now), lambda row, send: _send_digest(row, send, now))


def _waiting(person: int | OuterRef) -> QuerySet[Notice]:
    """What the person has neither read nor got by mail, of the kinds they want by mail."""
    wanted = Preference.objects.filter(
        person=OuterRef("person"), kind=OuterRef("kind"), way=Preference.Way.MAIL
    )
    return Notice.objects.unread().filter(Exists(wanted), person=person, mailed_at=None)


def _due(now: datetime) -> list[MailAddress]:
    """Those whose mail of the day has not gone, past eight in their morning."""
    tomorrow = (now + LATEST_ZONE).date()
    rows = (
        MailAddress.objects.filter(Q(last_on=None) | Q(last_on__lt=tomorrow))
        .filter(Exists(_waiting(OuterRef("person"))), confirmed_at__isnull=False)
        .order_by("pk")
    )
    people = people_with_standing().in_bulk([row.person_id for row in rows])
    due = []
    for row in rows:
        row.person = people[row.person_id]
        here = _here(row.person, now)
        has_gone = row.last_on is not None and row.last_on >= here.date()
        if may_enter(row.person) and here.hour >= HOUR and not has_gone:
            due.append(row)
    return due


def _here(person: User, now: datetime) -> datetime:
    return now.astimezone(zoneinfo.ZoneInfo(person.time_zone))


def _send_digest(row: MailAddress, send: mails.Send, now: datetime) -> bool:
    today = _here(row.person, now).date()
    claimed = MailAddress.objects.filter(
        Q(last_on=None) | Q(last_on__lt=today), pk=row.pk, address=row.address
    )
    if not claimed.update(last_on=today):
        return False
    waiting = _waiting(row.person_id)
    notices = list(waiting.order_by("-pk")[: LISTED + 1])
    if not notices:
        return False
    if not send(row.address, *_words(row.person, notices)):
        return False
    waiting.filter(pk__lte=notices[0].pk).update(mailed_at=now)
    return True


def _words(person: User, notices: list[Notice]) -> tuple[str, str]:
    """Subject and text, in the person's language and with times in their zone."""
    with _as_read_by(person):
        context = {
            "notices": [(one, mails.absolute(one.address)) for one in notices[:LISTED]],
            "has_more": len(notices) > LISTED,
            "list_address": mails.link("notice_list"),
            "preferences_address": mails.link("notice_preferences"),
        }
        count = len(notices)
        subject = ngettext("LabelOps: one notice for you", "LabelOps: notices for you", count)
        return subject, render_to_string("notices/digest.txt", context)


@contextmanager
def _as_read_by(person: User) -> Iterator[None]:
    zone = zoneinfo.ZoneInfo(person.time_zone)
    with translation.override(person.language), timezone.override(zone):
        yield


def ask_for_confirmations(*, now: datetime | None = None) -> int:
    """Send the link that shows that an address is the person's own; at most one an hour."""
    now = now or timezone.now()
    if not mails.is_configured():
        return 0
    rows = _unconfirmed(now).select_related("person").order_by("pk")[:ASKED_AT_ONCE]
    return mails.send_each(rows, lambda row, send: _ask(row, send, now))


def _unconfirmed(now: datetime) -> QuerySet[MailAddress]:
    again = Q(asked_at__lt=F("given_at"), asked_at__lte=now - ASKED_EVERY)
    new = MailAddress.objects.filter(Q(asked_at=None) | again, confirmed_at=None)
    return new.exclude(address="")


def _ask(row: MailAddress, send: mails.Send, now: datetime) -> bool:
    claimed = _unconfirmed(now).filter(pk=row.pk, address=row.address)
    if not claimed.update(asked_at=now):
        return False
    with _as_read_by(row.person):
        address = mails.link("mail_confirm", token_of(row))
        text = render_to_string("notices/confirmation.txt", {"address": address})
        subject = _("LabelOps: is this your address?")
    return send(row.address, subject, text)
