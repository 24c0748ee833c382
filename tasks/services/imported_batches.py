"""The closed batches that labels made elsewhere go into, with one slot a label."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from tasks.models import Assignment, Batch, Project, Stage, Task
from tasks.models.batches import OVERLAP_MAX
from tasks.services.archiving import lock_project

DEFAULT_NAME = "imported"


def existing_batch(project: Project, name: str) -> Batch | None:
    """The batch of that name, if there is one. Raises Conflict when people work in it."""
    batch = Batch.objects.filter(project=project, name=name).first()
    if batch and batch.state != Batch.State.CLOSED:
        raise Conflict(
            _("Labels made elsewhere go into a closed batch; “%(name)s” is %(state)s.")
            % {"name": name, "state": batch.get_state_display()},
            code="batch_not_closed",
            field="batch",
        )
    return batch


def imported_batch(project: Project, name: str, *, by: User) -> Batch:
    """The batch of that name, made when there is none. Raises Conflict when people work in it."""
    with transaction.atomic():
        # The project's row is the lock under which two imports agree on one new batch.
        project = lock_project(project.pk)
        batch = existing_batch(project, name)
        if batch is None:
            batch = Batch.objects.create(
                project=project,
                name=name,
                purpose=_("Labels made elsewhere."),
                overlap=1,
                review_percent=0,
                state=Batch.State.CLOSED,
                created_by=by,
                closed_at=timezone.now(),
            )
            record(by, "batch.created", batch, after={"name": name})
    return batch


def complete_tasks(batch: Batch) -> None:
    """Mark what was imported as fully labeled; the sweep of the reviews assesses it."""
    with transaction.atomic():
        Task.objects.filter(
            labels_missing=0,
            batch=batch,
            state=Task.State.LABELING,
            labels_complete_at__isnull=True,
        ).update(labels_complete_at=timezone.now())
        slots = Assignment.objects.filter(batch=batch, stage=Stage.ANNOTATE)
        most = slots.aggregate(most=Max("slot"))["most"] or 1
        Batch.objects.filter(pk=batch.pk).update(overlap=min(most, OVERLAP_MAX))
