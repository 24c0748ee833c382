"""The inbox's two answers: “got it”, or a contest, which another expert decides blind."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import Feedback, SecondLook
from reviews.models.second_looks import WORDS_LENGTH
from reviews.services import second_looks
from tasks.models import Annotation, Task
from tasks.services import results

# Afterwards an entry counts as understood.
OPEN_FOR = timedelta(days=7)
State = SecondLook.State


def open_entries(user: User, *, now: datetime | None = None) -> QuerySet[Feedback]:
    """What the person has neither understood nor contested, and silence has not closed."""
    since = (now or timezone.now()) - OPEN_FOR
    return Feedback.objects.of_standing_items().filter(
        author=user, read_at=None, created_at__gt=since
    )


def is_open(entry: Feedback, *, now: datetime | None = None) -> bool:
    return entry.read_at is None and entry.created_at > (now or timezone.now()) - OPEN_FOR


def untold(user: User) -> QuerySet[SecondLook]:
    """What became of the person's contests, and which decisions of theirs were overturned."""
    told_to = Q(first__reviewer=user, state=State.OVERTURNED) | Q(
        feedback__author=user, state__in=[State.UPHELD, State.CANCELLED]
    )
    return SecondLook.objects.filter(told_to, closed_at__isnull=False, told_at=None)


def mark_read(entry: Feedback, *, by: User) -> None:
    """The author has understood; marking it again changes nothing."""
    with transaction.atomic():
        if Feedback.objects.filter(pk=entry.pk, read_at=None).update(read_at=timezone.now()):
            record(by, "feedback.read", entry)
        mark_told(untold(by).filter(feedback=entry), by=by)


def mark_told(looks: QuerySet[SecondLook], *, by: User) -> None:
    """The person has read what a second look came to; marking it again changes nothing."""
    with transaction.atomic():
        for look in looks:
            if SecondLook.objects.filter(pk=look.pk, told_at=None).update(told_at=timezone.now()):
                record(by, "second_look.read", look)


def next_unread(user: User) -> Feedback | None:
    """The newest open entry that is more than a confirmation."""
    unread = open_entries(user)
    return unread.exclude(outcome=Annotation.State.ACCEPTED).order_by("-id").first()


def contest(entry: Feedback, *, words: str, by: User, now: datetime | None = None) -> SecondLook:
    """Have another expert of the own house decide again, blind. Once, within seven days.

    Raises DomainError with the field, Conflict `contested_already`, `feedback_closed` or
    `task_excluded`.
    """
    now = now or timezone.now()
    words = (words or "").strip()
    with transaction.atomic():
        task = results.lock_task(entry.annotation.task_id)
        entry = Feedback.objects.select_related("review__assignment", "annotation").get(pk=entry.pk)
        entry.review.task = task
        _check(entry, task, by=by, now=now)
        _check_words(words)
        look = second_looks.open_contest(entry, words=words, now=now)
        entry.read_at = now
        entry.save(update_fields=["read_at"])
        record(by, "feedback.contested", entry, reason=words)
    return look


def _check(entry: Feedback, task: Task, *, by: User, now: datetime) -> None:
    if entry.author_id != by.pk:
        raise NotAllowed(_("Only the author contests a decision."))
    if SecondLook.objects.filter(feedback=entry).exists():
        raise Conflict(_("You have contested this decision already."), code="contested_already")
    if not is_open(entry, now=now):
        raise Conflict(
            _("This entry is closed: a decision is contested within seven days, before “Got it”."),
            code="feedback_closed",
        )
    if task.state == Task.State.EXCLUDED:
        raise Conflict(
            _("The item was taken out of the work: nothing is left to decide."),
            code="task_excluded",
        )
    if entry.annotation.state not in Annotation.OVERRULED:
        raise Conflict(
            _("Your answer counts as right: there is nothing to contest."), code="feedback_closed"
        )


def _check_words(words: str) -> None:
    if not words:
        raise DomainError(
            _("Say in a sentence why your answer is right."), code="words_needed", field="words"
        )
    if len(words) > WORDS_LENGTH or "\x00" in words:
        raise DomainError(
            _("A contest has at most %(limit)d characters.") % {"limit": WORDS_LENGTH},
            field="words",
        )
