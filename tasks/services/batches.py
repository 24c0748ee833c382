"""Batches: making them, filling them with items, and the arrows of their states.

Hand-out serves running batches only, so pausing and closing need not touch open slots: they
stay rows, nobody gets them, and reopening serves them again. Leased work may still be submitted.
A batch that is calibrating waits in the same way, until its people agree on a few of its items.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import Team, User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell
from tasks.models import (
    Batch,
    ModelVersion,
    Project,
)
from tasks.models.batches import BLIND_PERCENT
from tasks.services import caps, overlaps
from tasks.services.archiving import lock_project, require_live
from tasks.services.checks import check_fields
from tasks.services.instructions import current_version
from tasks.signals import batch_changed

FIELDS = (
    "name",
    "purpose",
    "purpose_kind",
    "target_metric",
    "target_baseline",
    "target_value",
    "accuracy_percent",
    "priority",
    "due_at",
    "overlap",
    "overlap_max",
    "confidence_percent",
    "review_percent",
    "gold_percent",
    "min_level",
    "language",
    "person_limit",
    "person_share_percent",
    "suggestions",
    "suggestion_model",
    "blind_percent",
    "model_bar_percent",
)
State = Batch.State


def create_batch(
    project: Project,
    *,
    by: User,
    name: str,
    purpose: str = "",
    purpose_kind: str = "",
    target_metric: str = "",
    target_baseline: Decimal | None = None,
    target_value: Decimal | None = None,
    accuracy_percent: int | None = None,
    priority: int = Batch.Priority.NORMAL,
    due_at: datetime | None = None,
    overlap: int = 2,
    overlap_max: int | None = None,
    confidence_percent: int | None = None,
    review_percent: int = 10,
    gold_percent: int = 0,
    min_level: int = 0,
    language: str = "",
    person_limit: int | None = None,
    person_share_percent: int | None = None,
    suggestions: str = Batch.Suggestions.HIDDEN,
    suggestion_model: ModelVersion | None = None,
    blind_percent: int = BLIND_PERCENT,
    model_bar_percent: int | None = None,
    teams: Iterable[Team],
) -> Batch:
    """Make an empty draft batch. Its teams must have access to the project."""
    batch = Batch(
        project=project,
        name=name.strip(),
        purpose=purpose.strip(),
        purpose_kind=purpose_kind,
        target_metric=target_metric.strip(),
        target_baseline=target_baseline,
        target_value=target_value,
        accuracy_percent=accuracy_percent,
        priority=priority,
        due_at=due_at,
        overlap=overlap,
        overlap_max=overlap_max,
        confidence_percent=confidence_percent,
        review_percent=review_percent,
        gold_percent=gold_percent,
        min_level=min_level,
        language=language.strip(),
        person_limit=person_limit,
        person_share_percent=person_share_percent,
        suggestions=suggestions,
        suggestion_model=suggestion_model,
        blind_percent=blind_percent,
        model_bar_percent=model_bar_percent,
        created_by=by,
    )
    check_fields(batch, *FIELDS)
    _require_sound_overlap(batch)
    _require_blind_share(batch)
    with transaction.atomic():
        lock_project(project.pk)
        _require_own_model(batch)
        _require_free_name(batch)
        chosen = _checked_teams(project, teams)
        batch.save()
        batch.teams.set(chosen)
        record(by, "batch.created", batch, after=_facts(batch))
    return batch


def update_batch(batch: Batch, *, by: User, **changes: Any) -> Batch:
    """Change a batch, also while it runs.

    With another overlap, `batch.adjusting` is the job that adjusts the slots of its tasks: the
    caller must wake it.
    """
    teams = changes.pop("teams", None)
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise DomainError(_("This cannot be changed."), code="not_changeable", field=min(unknown))
    with transaction.atomic():
        batch = lock_to_change(batch)
        before = _facts(batch)
        is_adjusted = changes.get("overlap", batch.overlap) != batch.overlap
        for field, value in changes.items():
            setattr(batch, field, value.strip() if isinstance(value, str) else value)
        check_fields(batch, *changes)
        _require_sound_overlap(batch)
        _require_blind_share(batch)
        _require_own_model(batch)
        _require_free_name(batch)
        batch.share_limit = caps.share_limit(batch)
        batch.save(update_fields=[*changes, "share_limit"])
        if teams is not None:
            batch.teams.set(_checked_teams(batch.project, teams))
        record(by, "batch.changed", batch, before=before, after=_facts(batch))
        if is_adjusted and batch.tasks.exists():
            batch.adjusting = overlaps.start_adjusting(batch, by=by)
        transaction.on_commit(lambda: batch_changed.send_robust(sender=Batch, batch=batch))
    return batch


def lock_batch(batch: Batch) -> Batch:
    return Batch.objects.select_for_update(of=("self",)).select_related("project").get(pk=batch.pk)


def lock_to_change(batch: Batch) -> Batch:
    """Raises Conflict when its project is not live."""
    batch = lock_batch(batch)
    require_live(batch.project)
    return batch


def require_open(batch: Batch) -> None:
    if batch.state == State.CLOSED:
        raise Conflict(_("Reopen the batch first: it is closed."), code="wrong_state")


def require_not_filling(batch: Batch) -> None:
    if batch.filling_id is not None:
        raise Conflict(
            _("Items are being added to this batch by a job. Try again when it has ended."),
            code="being_filled",
        )


def start_batch(batch: Batch, *, by: User) -> Batch:
    """Hand out work: from a draft, after a pause, or again after closing."""
    verbs = {
        State.DRAFT: "batch.started",
        State.PAUSED: "batch.resumed",
        State.CLOSED: "batch.reopened",
    }
    with transaction.atomic():
        batch = lock_to_change(batch)
        verb = verbs.get(batch.state)
        if batch.state == State.CALIBRATING:
            raise Conflict(
                _("This batch is calibrated first: it starts when its people agree."),
                code="calibrating",
            )
        if verb is None:
            raise Conflict(_("This batch is running already."), code="wrong_state")
        _require_startable(batch)
        batch.started_at = batch.started_at or timezone.now()
        batch.closed_at = None
        batch.share_limit = caps.share_limit(batch)
        return _move(batch, State.RUNNING, verb, by=by)


def pause_batch(batch: Batch, *, by: User) -> Batch:
    """Stop handing out work; whoever has a task may finish it."""
    with transaction.atomic():
        batch = lock_to_change(batch)
        if batch.state != State.RUNNING:
            raise Conflict(
                _("Only a running batch can be paused; this one is %(state)s.")
                % {"state": batch.get_state_display()},
                code="wrong_state",
            )
        return _move(batch, State.PAUSED, "batch.paused", by=by)


def close_batch(batch: Batch, *, by: User) -> Batch:
    """End the batch; leased work may still be submitted, and it can be reopened."""
    with transaction.atomic():
        batch = lock_to_change(batch)
        if batch.state not in {State.RUNNING, State.PAUSED}:
            raise Conflict(
                _("Only a running or paused batch can be closed; this one is %(state)s.")
                % {"state": batch.get_state_display()},
                code="wrong_state",
            )
        batch.closed_at = timezone.now()
        batch = _move(batch, State.CLOSED, "batch.closed", by=by)
        facts = {"batch": batch.pk, "name": batch.name, "closed_at": batch.closed_at.isoformat()}
        tell(batch.project_id, Told.BATCH_CLOSED, facts)
    return batch


def calibrate_batch(batch: Batch, *, by: User) -> Batch:
    """Hold work back until its people have shown on a few items that they agree."""
    with transaction.atomic():
        batch = lock_to_change(batch)
        if batch.state not in {State.DRAFT, State.RUNNING, State.PAUSED}:
            raise Conflict(
                _("A batch that is %(state)s cannot be calibrated.")
                % {"state": batch.get_state_display()},
                code="wrong_state",
            )
        _require_startable(batch)
        require_not_filling(batch)
        return _move(batch, State.CALIBRATING, "batch.calibrating", by=by)


def end_calibrating(batch: Batch, *, by: User | None, reason: str) -> Batch:
    """Hand out work: its people agree (`by` is None), or somebody answers for starting anyway."""
    with transaction.atomic():
        batch = _lock_calibrating(batch)
        batch.started_at = batch.started_at or timezone.now()
        return _move(batch, State.RUNNING, "batch.calibrated", by=by, reason=reason)


def stop_calibrating(batch: Batch, *, by: User) -> Batch:
    """Give a calibration up: the batch waits as it did before, and can be started."""
    with transaction.atomic():
        batch = _lock_calibrating(batch)
        state = State.PAUSED if batch.started_at else State.DRAFT
        return _move(batch, state, "batch.calibration_stopped", by=by)


def _lock_calibrating(batch: Batch) -> Batch:
    batch = lock_batch(batch)
    if batch.state != State.CALIBRATING:
        raise Conflict(
            _("This batch is not being calibrated; it is %(state)s.")
            % {"state": batch.get_state_display()},
            code="wrong_state",
        )
    return batch


def _move(
    batch: Batch, state: Batch.State, verb: str, *, by: User | None, reason: str = ""
) -> Batch:
    before = batch.state
    batch.state = state
    batch.save(update_fields=["state", "started_at", "closed_at", "share_limit"])
    record(by, verb, batch, before={"state": before}, after={"state": state}, reason=reason)
    return batch


def _require_startable(batch: Batch) -> None:
    if current_version(batch.project) is None:
        raise Conflict(
            _("Publish the instructions first: nobody would know the rules."),
            code="no_instructions",
        )
    if not batch.tasks.exists():
        raise Conflict(_("Add items to this batch first: it is empty."), code="no_items")


def _require_sound_overlap(batch: Batch) -> None:
    if batch.overlap_max is not None and batch.overlap_max < batch.overlap:
        raise DomainError(
            _("At most %(most)d labels are fewer than the overlap of %(overlap)d.")
            % {"most": batch.overlap_max, "overlap": batch.overlap},
            code="out_of_range",
            field="overlap_max",
        )
    if (batch.overlap_max is None) != (batch.confidence_percent is None):
        raise DomainError(
            _("Further labels need both numbers: how many at most, and how sure is enough."),
            code="incomplete",
            field="overlap_max" if batch.overlap_max is None else "confidence_percent",
        )


def _require_blind_share(batch: Batch) -> None:
    if batch.suggestions == Batch.Suggestions.EARNED and batch.blind_percent < BLIND_PERCENT:
        raise DomainError(
            _(
                "Keep at least %(least)d %% back where suggestions are earned: "
                "nobody could say how far they sway people."
            )
            % {"least": BLIND_PERCENT},
            code="out_of_range",
            field="blind_percent",
        )


def _require_own_model(batch: Batch) -> None:
    model = batch.suggestion_model
    if model is not None and model.project_id != batch.project_id:
        raise DomainError(
            _("This model belongs to another project."),
            code="unknown_model",
            field="suggestion_model",
        )


def _require_free_name(batch: Batch) -> None:
    same = Batch.objects.filter(project=batch.project_id, name=batch.name).exclude(pk=batch.pk)
    if same.exists():
        raise DomainError(
            _("This project has a batch called “%(name)s” already.") % {"name": batch.name},
            code="name_taken",
            field="name",
        )


def _checked_teams(project: Project, teams: Iterable[Team]) -> list[Team]:
    chosen = list(teams)
    granted = set(project.teams.values_list("pk", flat=True))
    for team in chosen:
        if team.pk not in granted:
            raise DomainError(
                _("A team without access to the project cannot work on its batch."),
                code="team_without_access",
                field="teams",
            )
    return chosen


def _facts(batch: Batch) -> dict[str, Any]:
    return {
        "name": batch.name,
        "purpose": batch.purpose,
        "purpose_kind": batch.purpose_kind,
        "target_metric": batch.target_metric,
        "target_baseline": _number(batch.target_baseline),
        "target_value": _number(batch.target_value),
        "accuracy_percent": batch.accuracy_percent,
        "priority": batch.priority,
        "due_at": batch.due_at.isoformat() if batch.due_at else None,
        "overlap": batch.overlap,
        "overlap_max": batch.overlap_max,
        "confidence_percent": batch.confidence_percent,
        "min_level": batch.min_level,
        "language": batch.language,
        "person_limit": batch.person_limit,
        "person_share_percent": batch.person_share_percent,
        "suggestions": batch.suggestions,
        "suggestion_model": str(batch.suggestion_model) if batch.suggestion_model else None,
        "blind_percent": batch.blind_percent,
        "model_bar_percent": batch.model_bar_percent,
        "review_percent": batch.review_percent,
        "gold_percent": batch.gold_percent,
        "teams": sorted(batch.teams.values_list("name", flat=True)),
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
