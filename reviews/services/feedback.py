"""Reading the inbox."""

from django.db import transaction
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from reviews.models import Feedback
from tasks.models import Annotation


def mark_read(entry: Feedback, *, by: User) -> None:
    """The author has understood; marking it again changes nothing."""
    with transaction.atomic():
        if Feedback.objects.filter(pk=entry.pk, read_at=None).update(read_at=timezone.now()):
            record(by, "feedback.read", entry)


def next_unread(user: User) -> Feedback | None:
    """The newest unread entry that is more than a confirmation."""
    unread = Feedback.objects.filter(author=user, read_at=None)
    return unread.exclude(outcome=Annotation.State.ACCEPTED).order_by("-id").first()
