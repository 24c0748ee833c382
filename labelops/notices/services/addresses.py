"""The address of a person's daily mail: given, confirmed by a link, or taken away."""

import zoneinfo
from datetime import datetime, timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.notices.models import MailAddress

SALT = "labelops.notices.address"
LINK_LIFE = timedelta(days=3)


class LinkClosed(DomainError):
    """The link confirms nothing any more."""

    status = 410


def set_address(person: User, address: str, *, now: datetime | None = None) -> MailAddress | None:
    """Another address has to be confirmed anew; an empty one ends the mails.

    One that is given once more before it is confirmed gets another link: a mail may be lost.
    """
    address = address.strip()
    if address:
        _require_address(address)
    with transaction.atomic():
        row = MailAddress.objects.select_for_update().filter(person=person).first()
        is_settled = row is not None and row.address == address
        if is_settled and (row.confirmed_at is not None or not address):
            return row
        if row is None and not address:
            return None
        row = row or MailAddress(person=person)
        row.address, row.given_at, row.confirmed_at = address, now or timezone.now(), None
        row.save()
        record(person, "mail_address.set" if address else "mail_address.removed", person)
    return row


def _require_address(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError as error:
        raise DomainError(
            _("This is not a mail address such as name@example.org."), field="address"
        ) from error


def token_of(row: MailAddress) -> str:
    return signing.dumps([row.person_id, row.address], salt=SALT)


def confirm_address(person: User, token: str, *, now: datetime | None = None) -> MailAddress:
    """By the link that came to it. The first mail comes on the next morning. Raises LinkClosed."""
    now = now or timezone.now()
    with transaction.atomic():
        row = MailAddress.objects.select_for_update().filter(person=person).first()
        if row is None or not is_token_of(row, token):
            raise LinkClosed(
                _("This link is not for your present address, or it is too old."),
                code="link_closed",
                hint=_("Save your address again to get another one."),
            )
        if row.confirmed_at is None:
            row.confirmed_at = now
            row.last_on = now.astimezone(zoneinfo.ZoneInfo(person.time_zone)).date()
            row.save(update_fields=["confirmed_at", "last_on"])
            record(person, "mail_address.confirmed", person)
    return row


def is_token_of(row: MailAddress, token: str) -> bool:
    try:
        signed = signing.loads(token, salt=SALT, max_age=LINK_LIFE)
    except signing.BadSignature:
        return False
    return bool(signed == [row.person_id, row.address])
