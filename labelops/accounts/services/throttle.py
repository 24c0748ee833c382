"""Slows down guessing: attempts are counted before a password is looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from labelops.accounts.models import LoginThrottle
from labelops.errors import DomainError

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)


class TooManyAttempts(DomainError):
    """Guessing has to pause; `retry_after` says for how many seconds."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        minutes = -(-retry_after // 60)
        message = ngettext(
            "Too many attempts. Try again in %(minutes)d minute.",
            "Too many attempts. Try again in %(minutes)d minutes.",
            minutes,
        )
        super().__init__(message % {"minutes": minutes})
        self.retry_after = retry_after


@dataclass(frozen=True)
class Limit:
    """So many attempts in one window; `subject` is a name or an address, stored as a digest."""

    subject: str
    allowed: int

    @property
    def key(self) -> str:
        return salted_hmac("labelops.throttle", self.subject, algorithm="sha256").hexdigest()


def login_limits(username: str, network: str) -> list[Limit]:
    return [Limit(f"name:{username.lower()}", 10), Limit(f"network:{network}", 50)]


def password_limits(user_id: int) -> list[Limit]:
    return [Limit(f"password:{user_id}", 10)]


def count_attempt(limits: Iterable[Limit]) -> None:
    """Count one attempt under each limit. Raises TooManyAttempts when one is used up."""
    waits = [_count(limit) for limit in limits]
    if longest := max(waits):
        raise TooManyAttempts(longest)


def forgive(limits: Iterable[Limit]) -> None:
    """Take a successful attempt back: the name starts afresh, the network gets its one back.

    Only the one, so that a guesser cannot clear the network's count with an account of his own.
    """
    name, *others = [limit.key for limit in limits]
    LoginThrottle.objects.filter(key=name).delete()
    LoginThrottle.objects.filter(key__in=others, attempt_count__gt=0).update(
        attempt_count=F("attempt_count") - 1
    )
    LoginThrottle.objects.filter(window_started_at__lt=timezone.now() - KEPT).delete()


def _count(limit: Limit) -> int:
    """Count in one atomic place; the seconds to wait, or 0."""
    now = timezone.now()
    rows = LoginThrottle.objects.filter(key=limit.key)
    with transaction.atomic():
        rows.filter(window_started_at__lte=now - WINDOW).delete()
        LoginThrottle.objects.bulk_create(
            [LoginThrottle(key=limit.key, window_started_at=now)], ignore_conflicts=True
        )
        rows.update(attempt_count=F("attempt_count") + 1)
        row = rows.first()
    if row is None or row.attempt_count <= limit.allowed:
        return 0
    return max(1, int((row.window_started_at + WINDOW - now).total_seconds()))
