"""The only way a page of notices obtains an object. What is not granted does not exist: 404."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from labelops.accounts.models import User
from labelops.notices.models import MailAddress, Notice
from labelops.notices.services.addresses import is_token_of


def get_notice(user: User, notice_id: int) -> Notice:
    return get_object_or_404(Notice, person=user, pk=notice_id)


def get_address(user: User, token: str) -> MailAddress:
    """The person's own address, by the link that was sent to it."""
    row = get_object_or_404(MailAddress, person=user)
    if not is_token_of(row, token):
        raise Http404
    return row
