"""Calibration before volume: everybody labels the same few items, and the batch waits meanwhile.

A run is a small batch of its own. Its items leave the big one, so nobody is asked them twice; each
person has a slot on each of them. The big batch starts when the people agree as asked, or when an
expert or a manager answers for starting anyway.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import Role, Team, User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from reviews.models import CalibrationRun
from reviews.models.calibration import THRESHOLD_PERCENT
from reviews.services import calibration_figures as figures
from tasks.access import experts_of, people_to_work_on
from tasks.models import Annotation, Assignment, Batch, Qualification, ReservedItem, Task
from tasks.models.batches import OVERLAP_MAX
from tasks.services import batch_items, batches, results, slots
from tasks.services.checks import REASON_LENGTH, check_fields, check_words

ITEMS = 20
ITEMS_MOST = 200
PEOPLE_LEAST = 2
NAME_LENGTH = 100
# Until it is first taken each slot is one person's own for so long.
OFFER_TIME = timedelta(days=60)
SHUFFLED_WHOLE = 5_000
JUMPS = 2_000
UNFINISHED = {"state__in": (*slots.UNANSWERED, Task.State.ON_HOLD), "labels_missing__gt": 0}
State = CalibrationRun.State


def labelers(batch: Batch) -> list[User]:
    """Who labels in the batch once it runs: they take part unless somebody else is chosen."""
    return people_to_work_on(batch)


def experts(batch: Batch) -> list[User]:
    """Experts of the project's house who may answer too and are no labelers of the batch."""
    found = experts_of(batch.project)
    if batch.min_level:
        has_level = Qualification.objects.filter(
            person=OuterRef("pk"), project=batch.project_id, level__gte=batch.min_level
        )
        found = found.filter(Exists(has_level))
    known = {person.pk for person in labelers(batch)}
    return [
        person
        for person in found
        if person.pk not in known and (not batch.language or batch.language in person.reads)
    ]


def start_run(
    batch: Batch,
    *,
    by: User,
    people: Sequence[User] | None = None,
    item_count: int = ITEMS,
    threshold_percent: int = THRESHOLD_PERCENT,
    rng: random.Random | None = None,
) -> CalibrationRun:
    """Have people label `item_count` items of the batch, drawn at random among the untouched ones.

    Raises DomainError with the field, Conflict `wrong_state` or `is_calibration`.
    """
    chosen = _checked_people(batch, people)
    if not PEOPLE_LEAST <= item_count <= ITEMS_MOST:
        raise DomainError(
            _("Choose from %(least)d to %(most)d items.")
            % {"least": PEOPLE_LEAST, "most": ITEMS_MOST},
            code="out_of_range",
            field="item_count",
        )
    run = CalibrationRun(batch=batch, threshold_percent=threshold_percent, created_by=by)
    check_fields(run, "threshold_percent")
    with transaction.atomic():
        _require_no_run(batch)
        batch = batches.calibrate_batch(batch, by=by)
        drawn = _take_out(batch, item_count, by=by, rng=rng or random.SystemRandom())
        run.batch, run.run = batch, _small_batch(batch, drawn, chosen, by=by)
        run.save()
        facts = {"items": len(drawn), "people": len(chosen), "threshold": threshold_percent}
        record(by, "calibration.started", run, after=facts)
    return run


def _require_no_run(batch: Batch) -> None:
    if CalibrationRun.objects.filter(run=batch).exists():
        raise Conflict(_("This batch is a calibration run itself."), code="is_calibration")


def _checked_people(batch: Batch, people: Sequence[User] | None) -> list[User]:
    able = labelers(batch)
    chosen = able if people is None else list(dict.fromkeys(people))
    able_ids = {person.pk for person in [*able, *experts(batch)]}
    if any(person.pk not in able_ids for person in chosen):
        raise DomainError(
            _("Somebody among the people cannot work on this batch."),
            code="unknown_person",
            field="people",
        )
    if not PEOPLE_LEAST <= len(chosen) <= OVERLAP_MAX:
        raise DomainError(
            _("From %(least)d to %(most)d people take part; here are %(count)d.")
            % {"least": PEOPLE_LEAST, "most": OVERLAP_MAX, "count": len(chosen)},
            code="out_of_range",
            field="people",
        )
    return chosen


def _take_out(batch: Batch, item_count: int, *, by: User, rng: random.Random) -> list[Task]:
    """Untouched tasks of the batch, excluded from it: the run asks their items instead."""
    drawn: list[Task] = []
    for task_id in _in_random_order(batch, rng):
        task = results.lock_task(task_id)
        is_untouched = task.state == Task.State.PENDING and task.round == 1
        if is_untouched and not slots.labeling_slots(task).filter(state="leased").exists():
            results.exclude(task, by=by, reason="asked in a calibration")
            drawn.append(task)
        if len(drawn) == item_count:
            return drawn
    raise DomainError(
        _("Only %(count)d items of this batch are still untouched.") % {"count": len(drawn)},
        code="too_few_items",
        field="item_count",
    )


def _in_random_order(batch: Batch, rng: random.Random) -> Iterator[int]:
    """Waiting tasks of the batch; of a large one by jumps into its index, not by reading it."""
    waiting = (
        Task.objects.filter(batch=batch, state=Task.State.PENDING)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    some = list(waiting[: SHUFFLED_WHOLE + 1])
    if len(some) <= SHUFFLED_WHOLE:
        rng.shuffle(some)
        yield from some
        return
    first, last = some[0], waiting.last()
    seen: set[int] = set()
    for _jump in range(JUMPS):
        found = waiting.filter(pk__gte=rng.randint(first, last)).first()
        if found is not None and found not in seen:
            seen.add(found)
            yield found


def _small_batch(batch: Batch, drawn: list[Task], people: list[User], *, by: User) -> Batch:
    """The run as a running batch: a slot on every item for every one of the people."""
    small = batches.create_batch(
        batch.project,
        by=by,
        name=_free_name(batch),
        purpose=batch.purpose,
        priority=Batch.Priority.EXPEDITE,
        due_at=batch.due_at,
        overlap=len(people),
        review_percent=0,
        min_level=batch.min_level,
        language=batch.language,
        teams=_teams(batch, people),
    )
    batch_items.add_items(small, [task.item_id for task in drawn], by=by)
    until = timezone.now() + OFFER_TIME
    for number, person in enumerate(people, start=1):
        Assignment.objects.filter(batch=small, slot=number).update(
            offered_to=person, offered_until=until
        )
    return batches.start_batch(small, by=by)


def _teams(batch: Batch, people: list[User]) -> list[Team]:
    """The teams of the batch, and those through which chosen experts come in."""
    strangers = {person.pk for person in people} - {person.pk for person in labelers(batch)}
    through = batch.project.teams.filter(
        kind=Team.Kind.IN_HOUSE,
        is_active=True,
        memberships__role=Role.EXPERT,
        memberships__user__in=strangers,
    )
    return list({team.pk: team for team in [*batch.teams.all(), *through]}.values())


def _free_name(batch: Batch) -> str:
    name = _("Calibration of %(name)s") % {"name": batch.name[:NAME_LENGTH]}
    earlier = CalibrationRun.objects.filter(batch=batch).count()
    return f"{name} ({earlier + 1})" if earlier else name


def check_running() -> int:
    """Measure the runs whose labels are in, and start the batches whose people agree.

    Running it again changes nothing. Returns how many batches were started.
    """
    running = CalibrationRun.objects.filter(state=State.RUNNING).order_by("pk")
    return sum(check(run_id) for run_id in running.values_list("pk", flat=True))


def check(run_id: int) -> bool:
    """Whether the run reached its threshold just now."""
    with transaction.atomic():
        run = _lock(run_id)
        if run.state != State.RUNNING or figures.open_tasks(run).exists() or not _is_newer(run):
            return False
        run.measured_at = timezone.now()
        run.figures = figures.agreement(figures.collect(run))
        value = run.figures["value"]
        is_reached = value is not None and round(100 * value, 6) >= run.threshold_percent
        if is_reached:
            run.state, run.ended_at = State.REACHED, run.measured_at
            record(None, "calibration.reached", run, after=run.figures)
            batches.end_calibrating(run.batch, by=None, reason="agreement reached")
        run.save()
    return is_reached


def _is_newer(run: CalibrationRun) -> bool:
    """Whether something was answered since the run was measured."""
    answers = Annotation.objects.filter(task__batch=run.run_id)
    newest = answers.aggregate(newest=Max("submitted_at"))["newest"]
    return newest is not None and (run.measured_at is None or newest > run.measured_at)


def override(run: CalibrationRun, *, reason: str, by: User) -> CalibrationRun:
    """Start the batch though its people do not agree as asked; the reason stays with the run."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        run = _lock_running(run)
        run.state, run.ended_at = State.OVERRIDDEN, timezone.now()
        run.overridden_by, run.reason = by, reason
        run.save()
        record(by, "calibration.overridden", run, after=run.figures, reason=reason)
        batches.end_calibrating(run.batch, by=by, reason=reason)
    return run


def cancel(run: CalibrationRun, *, by: User) -> CalibrationRun:
    """Give a run up. What it did not finish goes back into the big batch, which waits as before."""
    with transaction.atomic():
        run = _lock_running(run)
        run.state, run.ended_at = State.CANCELLED, timezone.now()
        run.save()
        record(by, "calibration.cancelled", run)
        for task_id in _ids(run.run.tasks.filter(**UNFINISHED)):
            _give_back(run, results.lock_task(task_id), by=by)
        if run.run.state != Batch.State.CLOSED:
            batches.close_batch(run.run, by=by)
        batches.stop_calibrating(run.batch, by=by)
    return run


def _give_back(run: CalibrationRun, task: Task, *, by: User) -> None:
    if not task.labels_missing:
        # Its last label came in a moment ago.
        return
    reason = "calibration given up"
    results.exclude(task, by=by, reason=reason)
    taught = ReservedItem.objects.filter(item=OuterRef("item"))
    left_out = Task.objects.filter(
        ~Exists(taught),
        batch=run.batch_id,
        item=task.item_id,
        state=Task.State.EXCLUDED,
        set_aside__isnull=True,
    )
    for task_id in _ids(left_out):
        results.restore(results.lock_task(task_id), by=by, reason=reason)


def _ids(tasks: QuerySet[Task]) -> list[int]:
    return list(tasks.order_by("pk").values_list("pk", flat=True))


def _lock(run_id: int) -> CalibrationRun:
    rows = CalibrationRun.objects.select_for_update(of=("self",))
    return rows.select_related("batch", "run").get(pk=run_id)


def _lock_running(run: CalibrationRun) -> CalibrationRun:
    run = _lock(run.pk)
    if run.state != State.RUNNING:
        raise Conflict(
            _("This calibration has ended already: %(state)s.")
            % {"state": run.get_state_display()},
            code="wrong_state",
        )
    return run
