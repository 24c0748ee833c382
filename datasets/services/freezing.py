"""Freezes the stored labels of a project into a dataset version: what was asked, and its job.

The job has four parts, and its cursor names the one it is at. Only the first is begun anew after
an interruption: it reads one moment, which cannot be had twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from datasets.analysis.splits import DEFAULT_SHARES, NAMES
from datasets.models import DatasetVersion
from datasets.services.label_copies import copy_labels, stored_labels
from datasets.services.leaks import leaks_of
from datasets.services.sealing import seal
from datasets.services.split_assignment import assign_splits, conflicts_of
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import JobStopped, cancel_job, create_job, is_held, save_progress
from tasks.models import Batch, Project
from tasks.services.archiving import lock_project

KIND = "freeze_dataset"
SEED_MOST = 2**31 - 1
COPY, SPLIT, COMPARE, SEAL = "copy", "split", "compare", "seal"
AFTER = {COPY: SPLIT, SPLIT: COMPARE, COMPARE: SEAL}
State = DatasetVersion.State


@dataclass(frozen=True)
class Wish:
    """Which labels go into a version, and how they are split. Empty fields are not read."""

    name: str = ""
    note: str = ""
    batches: tuple[Batch, ...] = ()
    accepted_only: bool = True
    shares: Mapping[str, int] = field(default_factory=lambda: DEFAULT_SHARES)
    split_field: str = "split"
    group_field: str = "group"
    seed: int = 0

    @property
    def label_filter(self) -> dict[str, Any]:
        batches = sorted((batch.pk, batch.name) for batch in self.batches)
        return {"batches": [list(batch) for batch in batches], "accepted_only": self.accepted_only}


def shares_of(given: Iterable[Any]) -> dict[str, int]:
    """Three whole percentages as shares. Raises DomainError.

    They come from a command line, a form or a request: as numbers, or as texts.
    """
    parts = [str(part).strip() for part in given]
    is_number = all(part.isascii() and part.isdecimal() and len(part) <= 3 for part in parts)
    if len(parts) != len(NAMES) or not is_number or sum(map(int, parts)) != 100:
        raise DomainError(
            _("The shares must be three whole numbers that come to 100."),
            code="bad_shares",
            field="shares",
            hint=_("For example 80,10,10: training, validation and test."),
        )
    return dict(zip(NAMES, map(int, parts), strict=True))


def start_freezing(project: Project, wish: Wish, *, by: User) -> DatasetVersion:
    """Queue the freezing of a version; its parent is the newest frozen one.

    The caller wakes its job. Raises Conflict while another version is being frozen, which may
    become the parent, and DomainError when there is nothing to freeze.
    """
    _check(wish)
    with transaction.atomic():
        lock_project(project.pk)
        versions = project.dataset_versions
        _end_unfinished(project)
        if not stored_labels(project, wish.label_filter, "default").exists():
            raise DomainError(
                _("There is no stored label to freeze."),
                code="no_labels",
                hint=_("Labels are stored when tasks are accepted."),
            )
        version = DatasetVersion.objects.create(
            project=project,
            number=(versions.aggregate(last=Max("number"))["last"] or 0) + 1,
            parent=versions.filter(state=State.FROZEN).first(),
            job=create_job(KIND, {}, by=by, project_id=project.pk),
            name=wish.name,
            note=wish.note,
            label_filter=wish.label_filter,
            shares=dict(wish.shares),
            split_field=wish.split_field,
            group_field=wish.group_field,
            seed=wish.seed,
            created_by=by,
        )
        after = {"number": version.number, "filter": wish.label_filter, "shares": version.shares}
        record(by, "dataset.started", version, after=after)
    return version


def _check(wish: Wish) -> None:
    """What a form and a request check by themselves, and a command does not."""
    for name in ("name", "note", "split_field", "group_field"):
        limit = DatasetVersion._meta.get_field(name).max_length or 0
        text = getattr(wish, name)
        if len(text) > limit or "\x00" in text:
            raise DomainError(
                _("This must be a text of at most %(limit)d characters.") % {"limit": limit},
                code="too_long",
                field=name,
            )
    if not 0 <= wish.seed <= SEED_MOST:
        raise DomainError(
            _("The seed must be a whole number from 0 to %(most)d.") % {"most": SEED_MOST},
            code="bad_seed",
            field="seed",
        )


def _end_unfinished(project: Project) -> None:
    """Raise Conflict for a version at which a job is; one that was given up on has failed."""
    unfinished = project.dataset_versions.filter(state=State.BUILDING)
    for version in unfinished.select_related("job"):
        if version.is_building:
            raise Conflict(
                _("Another version is being frozen. Wait for it, or cancel it."),
                code="already_freezing",
            )
        _give_up(version)


def run_freezing(job: Job) -> None:
    """Go on at the part where an interrupted run was. Run again after its end it does nothing."""
    version = job.dataset_version
    if version.state != State.BUILDING:
        return
    with translation.override("en"):
        try:
            _freeze(version, job)
        except (OperationalError, InterfaceError):
            # The database was away for a moment: the next run goes on.
            raise
        except JobStopped:
            if is_held(job, is_cancel_requested=True):
                _give_up(version)
            raise
        except Exception:
            if is_held(job):
                _give_up(version)
            raise


def _freeze(version: DatasetVersion, job: Job) -> None:
    parts = {COPY: copy_labels, SPLIT: _split, COMPARE: _compare, SEAL: seal}
    while True:
        part = job.cursor.get("part", COPY)
        # Counted anew by a part that begins anew.
        done = {COPY: 0, SPLIT: 1, COMPARE: 1, SEAL: 2}[part]
        job.done_count = done * version.entry_count
        parts[part](version, job)
        if part == SEAL:
            return
        job.cursor = {"part": AFTER[part]}
        save_progress(job)


def _split(version: DatasetVersion, job: Job) -> None:
    assign_splits(version, job)
    version.conflicts = conflicts_of(version)
    version.save(update_fields=["conflicts"])


def _compare(version: DatasetVersion, job: Job) -> None:
    version.leaks = leaks_of(version, job)
    version.save(update_fields=["leaks"])


def cancel_freezing(version: DatasetVersion, *, by: User) -> None:
    """Stop the job; a version that has not begun fails at once. Raises Conflict when it ended."""
    if cancel_job(version.job, by=by).is_finished:
        _give_up(version, by=by)


def _give_up(version: DatasetVersion, *, by: User | None = None) -> None:
    """A version that did not come about keeps its number and its story, but no entries."""
    building = DatasetVersion.objects.filter(pk=version.pk, state=State.BUILDING)
    with transaction.atomic():
        if building.update(state=State.FAILED):
            version.entries.all()._raw_delete("default")
            record(by, "dataset.failed", version)
