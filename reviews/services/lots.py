"""Opens lots: fixes the labels and the plan, draws the sample, puts it on the review desk."""

import random
from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import Role, Team, User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import Lot, LotItem
from reviews.models.lots import pack_members
from reviews.quality.acceptance import Plan
from reviews.quality.stratified_draw import draw
from reviews.quality.switching import Inspection, Severity, plan_under
from reviews.services import lot_samples
from reviews.services.lot_population import Strata, Stratum, collect
from reviews.services.lot_series import inspection_of
from reviews.services.queue import open_look
from reviews.services.references import BY_EXPERTS
from tasks.access import has_role
from tasks.models import Assignment, Batch, InstructionVersion, Project, Stage, Task
from tasks.services import batches, slots
from tasks.services.checks import REASON_LENGTH, check_fields, check_words
from tasks.services.instructions import current_version

SIZE = 1_000
SIZE_MOST = 100_000
SAMPLE_MOST = 2_000
SEED_BITS = 32
State = Lot.State
Outcome = LotItem.Outcome


@dataclass(frozen=True)
class Rates:
    """What is promised of a lot, in percent."""

    aql_percent: Decimal = Decimal(1)
    ltpd_percent: Decimal = Decimal(5)
    producer_risk_percent: Decimal = Decimal(5)
    consumer_risk_percent: Decimal = Decimal(10)


def open_lot(
    batch: Batch,
    *,
    by: User,
    team: Team | None = None,
    rates: Rates | None = None,
    most: int = SIZE,
    reason: str = "",
    rng: random.Random | None = None,
) -> Lot:
    """Fix the next lot of a batch, or of one team in it, and ask experts about a sample.

    What an expert has decided before counts as right at once: the stored label is the expert's.
    """
    if not 1 <= most <= SIZE_MOST:
        raise DomainError(_("A lot has 1 to %(most)d labels.") % {"most": SIZE_MOST}, field="most")
    if len(reason) > REASON_LENGTH:
        check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        batch = batches.lock_batch(batch)
        _require_none_open(batch, team)
        version = _rules(batch.project)
        found = inspection_of(batch.project, team, version)
        if found.severity == Severity.STOPPED:
            _require_word(batch.project, reason, by=by)
        lot = Lot(
            batch=batch,
            team=team,
            number=_next_number(batch),
            severity=applied(found),
            version=version,
            seed=(rng or random.SystemRandom()).getrandbits(SEED_BITS),
            opened_by=by,
            opened_at=timezone.now(),
            **asdict(rates or Rates()),
        )
        strata = collect(batch, team, most=most)
        _fix(lot, strata)
        _draw_sample(lot, strata)
        record(by, "lot.opened", lot, after=_facts(lot), reason=reason)
        lot_samples.conclude(lot)
    return lot


def cancel_lot(lot: Lot, *, reason: str, by: User) -> Lot:
    """Give a lot up before it is decided; it counts neither for nor against anybody."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        [lot] = lot_samples.locked([lot.pk])
        if lot.state != State.SAMPLING:
            raise Conflict(
                _("This lot has ended; it is %(state)s.") % {"state": lot.get_state_display()},
                code="wrong_state",
            )
        lot_samples.end(lot, State.CANCELLED, by=by, reason=reason)
    return lot


def tend_open_lots() -> int:
    """See that every label of an open sample can be looked at. Returns how many lots changed."""
    ids = Lot.objects.filter(state=State.SAMPLING).order_by("pk").values_list("pk", flat=True)
    return sum(_tend(lot_id) for lot_id in list(ids))


def _tend(lot_id: int) -> bool:
    """Looks that were lost with a round of labeling are opened again; excluded items drop out."""
    with transaction.atomic():
        [lot] = lot_samples.locked([lot_id])
        if lot.state != State.SAMPLING:
            return False
        waiting = lot.items.filter(outcome="")
        gone = waiting.filter(task__state=Task.State.EXCLUDED)
        is_changed = bool(gone.update(outcome=Outcome.GONE, decided_at=timezone.now()))
        lost = Task.objects.filter(pk__in=waiting.values("task"), state=Task.State.ACCEPTED)
        looks = Assignment.objects.filter(stage=Stage.REVIEW, state__in=slots.UNFINISHED)
        for task in lost.exclude(pk__in=looks.values("task")).select_related("batch"):
            is_changed = bool(open_look(task)) or is_changed
        if is_changed:
            lot_samples.conclude(lot)
    return is_changed


def _require_none_open(batch: Batch, team: Team | None) -> None:
    if Lot.objects.filter(batch=batch, team=team, state=State.SAMPLING).exists():
        raise Conflict(
            _("A lot is being sampled already. Wait for its end, or give it up."), code="lot_open"
        )


def _rules(project: Project) -> InstructionVersion:
    version = current_version(project)
    if version is None:
        raise Conflict(
            _("Publish the instructions first: nobody would know what is wrong."),
            code="no_instructions",
        )
    return version


def _require_word(project: Project, reason: str, *, by: User) -> None:
    """Inspection is stopped: a manager answers for going on."""
    if not has_role(by, project, Role.MANAGER):
        raise NotAllowed(
            _("Five lots were rejected under tightened inspection. The next needs a manager."),
            code="lots_stopped",
        )
    check_words(reason, REASON_LENGTH, field="reason")


def applied(found: Inspection) -> str:
    """The severity a lot gets; one that is opened though the series is stopped is tightened."""
    if found.severity == Severity.STOPPED:
        return Lot.Severity.TIGHTENED
    return Lot.Severity(found.severity.value)


def _next_number(batch: Batch) -> int:
    last = Lot.objects.filter(batch=batch).order_by("-number").values_list("number", flat=True)
    return (last.first() or 0) + 1


def _sizes(strata: Strata) -> dict[str, list[list[Any]]]:
    classes: Counter[tuple[str, str]] = Counter()
    people: Counter[int] = Counter()
    for stratum, ids in strata.items():
        classes.update(dict.fromkeys(stratum.classes, len(ids)))
        people.update(dict.fromkeys(stratum.people, len(ids)))
    return {
        "classes": [[*named, count] for named, count in sorted(classes.items())],
        "people": [[person, count] for person, count in sorted(people.items())],
    }


def _fix(lot: Lot, strata: Strata) -> None:
    """Store which labels the lot is about, and its plan."""
    lot.size = sum(map(len, strata.values()))
    if not lot.size:
        raise Conflict(
            _("No accepted label is left that a lot has not covered."),
            code="nothing_to_sample",
            hint=_(
                "Labels come into a lot once they are accepted; a vendor's lot takes those that "
                "rest on answers by the vendor's people alone."
            ),
        )
    check_fields(lot, *asdict(Rates()))
    plan = checked_plan(lot)
    lot.sample_count, lot.allowed_count = plan.n, plan.c
    lot.strata = _sizes(strata)
    lot.packed_members = pack_members(task for ids in strata.values() for task in ids)
    lot.save()


def checked_plan(lot: Lot) -> Plan:
    """The plan of a lot under its severity. Raises DomainError where there is none."""
    try:
        plan = plan_under(lot.terms, lot.severity)
    except ValueError as error:
        raise DomainError(
            _("The rate that is not acceptable must lie above the acceptable one."),
            code="rates_in_order",
            field="ltpd_percent",
        ) from error
    if plan.n > SAMPLE_MOST:
        raise DomainError(
            _("These rates are so close that %(n)d labels would have to be looked at.")
            % {"n": plan.n},
            code="sample_too_large",
            field="ltpd_percent",
            hint=_("Move them apart, or take larger risks."),
        )
    return plan


def _draw_sample(lot: Lot, strata: Strata) -> None:
    drawn = draw(strata, lot.sample_count, seed=lot.seed)
    rows = Task.objects.select_for_update(of=("self",)).select_related("batch").order_by("pk")
    tasks = {task.pk: task for task in rows.filter(pk__in=[pk for pk, _stratum in drawn])}
    LotItem.objects.bulk_create(
        _item(lot, tasks[pk], place, stratum) for place, (pk, stratum) in enumerate(drawn, 1)
    )
    for task in tasks.values():
        if task.result_source not in BY_EXPERTS:
            open_look(task)


def _item(lot: Lot, task: Task, place: int, stratum: Stratum) -> LotItem:
    is_decided = task.result_source in BY_EXPERTS
    return LotItem(
        lot=lot,
        task=task,
        place=place,
        stratum={"classes": stratum.classes, "people": stratum.people},
        revision=task.result_revision,
        outcome=Outcome.RIGHT if is_decided else "",
        decided_at=lot.opened_at if is_decided else None,
    )


def _facts(lot: Lot) -> dict[str, Any]:
    rates = {name: str(getattr(lot, name)) for name in asdict(Rates())}
    return {
        "size": lot.size,
        "team": str(lot.team) if lot.team else None,
        "severity": lot.severity,
        "sample": lot.sample_count,
        "allowed": lot.allowed_count,
        "seed": lot.seed,
        "version": lot.version.number,
        **rates,
    }
