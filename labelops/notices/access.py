"""The only way a page of notices obtains an object. What is not granted does not exist: 404."""

from django.shortcuts import get_object_or_404

from labelops.accounts.models import User
from labelops.notices.models import Notice


def get_notice(user: User, notice_id: int) -> Notice:
    return get_object_or_404(Notice, person=user, pk=notice_id)
