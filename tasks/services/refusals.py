"""Why a person gets nothing: one sentence that says what to do, found only when it is needed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from tasks.access import named_batches, versions_to_acknowledge
from tasks.models import Assignment, Batch, Precedence, Stage, Suspension, Task
from tasks.services import caps


def reason(
    user: User,
    running: Sequence[Batch],
    *,
    project: str | None,
    batch: int | None,
    now: datetime,
) -> str:
    """`running` are the batches open to the person among those asked for, as the hand-out knows."""
    if not running:
        return _reason_without_batches(user, named_batches(project, batch))
    if not any(batch.version_id for batch in running):
        return _("The instructions are not published yet. Come back when they are.")
    spent = [batch for batch in running if caps.left(batch) == 0]
    rest = [batch for batch in running if batch not in spent]
    if spent and not (rest and _open_slots(rest).exists()):
        return _spent(spent, now)
    open_slots = _open_slots(running)
    if not open_slots.exists():
        return _("You have done everything that is open to you. Thank you!")
    if open_slots.filter(offered_until__gt=now).exclude(offered_to=user).exists():
        return _(
            "You have done everything that is open to you. Some tasks are kept for the people "
            "who began them; look again later."
        )
    return _(
        "You have done everything that is open to you. What is left needs the eyes of "
        "somebody else."
    )


def _spent(spent: Sequence[Batch], now: datetime) -> str:
    """Why a person with enough work before them gets no more of it."""
    ended = next((batch for batch in spent if caps.day_left(batch) == 0), None)
    if ended is None:
        return _(
            "You have given as many labels as one person may give in this work. Thank you! "
            "Others go on with it."
        )
    return _(
        "You have given as many labels in %(project)s as you may give in a day, %(count)d. "
        "Thank you! You get more from %(moment)s on."
    ) % {
        "project": ended.project,
        "count": ended.day_limit,
        "moment": date_format(
            timezone.localtime(caps.day_of(now) + timedelta(days=1)), "SHORT_DATETIME_FORMAT"
        ),
    }


def _open_slots(running: Sequence[Batch]) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        _handed_out(running),
        stage=Stage.ANNOTATE,
        state=Assignment.State.OPEN,
    ).exclude(task__state=Task.State.GOLD)


def _handed_out(running: Sequence[Batch]) -> Q:
    """The slots of the batches but those that wait for the end of a filling, by the index."""
    condition = Q(batch__in=[batch.pk for batch in running if batch.fresh_below is None])
    for batch in running:
        if batch.fresh_below is not None:
            condition |= Q(batch=batch, precedence=Precedence.BEGUN)
            condition |= Q(batch=batch, precedence=Precedence.FRESH, pk__lt=batch.fresh_below)
    return condition


def _suspension(user: User, running: QuerySet[Batch]) -> str:
    """Why there is no work in the only project that would have some."""
    own = Suspension.objects.active().filter(person=user)
    if running.exclude(project__in=own.values("project")).exists():
        return ""
    found = own.filter(project__in=running.values("project")).select_related("project").first()
    if found is None:
        return ""
    return _(
        "You are suspended from %(project)s until %(until)s: %(reason)s You can appeal on the "
        "page “My levels”."
    ) % {
        "project": found.project,
        "until": date_format(timezone.localtime(found.until), "SHORT_DATETIME_FORMAT"),
        "reason": found.why,
    }


def _reason_without_batches(user: User, named: QuerySet[Batch]) -> str:
    teams = user.memberships.filter(team__is_active=True).values("team")
    running = named.filter(state=Batch.State.RUNNING, teams__in=teams)
    if not running.exists():
        return _("No batch is running for your teams right now.")
    suspended = _suspension(user, running)
    if suspended:
        return suspended
    must_read = versions_to_acknowledge(user.pk, OuterRef("project"))
    if not running.exclude(Exists(must_read)).exists():
        return _(
            "The instructions have changed. Read what is new on your start page: then you get "
            "work again."
        )
    languages = set(running.values_list("language", flat=True))
    if "" not in languages and not languages & set(user.reads):
        return _(
            "The running batches need a language that your profile does not name: %(tags)s."
        ) % {"tags": ", ".join(sorted(languages))}
    return _("The running batches need a higher level than yours. Your manager can tell you more.")
