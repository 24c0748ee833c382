"""Archives and deletes whole projects, and brings them back.

Neither touches what the project is made of: hand-out, lists and pages leave it out, and a restore
is one update of its row. An archived one may still be read, and takes the answers that people were
at. A deleted one is in the bin: only its managers see that it is there, until the purge.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job
from tasks.models import Project


def lock_project(project_id: int) -> Project:
    """A project that is to be changed, under its row lock. Raises Conflict `project_not_live`."""
    project = Project.everything.select_for_update(of=("self",)).get(pk=project_id)
    require_live(project)
    return project


def require_live(project: Project) -> None:
    if project.deleted_at is not None:
        raise Conflict(_("The project was deleted."), code="project_not_live")
    if project.archived_at is not None:
        raise Conflict(
            _("The project is archived, and archived projects stay as they are."),
            code="project_not_live",
            hint=_("A manager can restore it."),
        )


def archive(project: Project, *, by: User) -> Project:
    """Take a project out of all lists; nobody gets work of it. Raises Conflict when it is out."""
    with transaction.atomic():
        project = lock_project(project.pk)
        project.archived_at = timezone.now()
        project.save(update_fields=["archived_at"])
        record(by, "project.archived", project)
    return project


def unarchive(project: Project, *, by: User) -> Project:
    """Let a project go on where it was. Doing it again changes nothing."""
    with transaction.atomic():
        project = Project.everything.select_for_update(of=("self",)).get(pk=project.pk)
        if project.deleted_at is not None:
            require_live(project)
        if project.archived_at is not None:
            project.archived_at = None
            project.save(update_fields=["archived_at"])
            record(by, "project.unarchived", project)
    return project


def delete(project: Project, *, name: str, by: User) -> Project:
    """Put a project into the bin. Its jobs are stopped, its webhooks hear nothing any more.

    Raises DomainError unless `name` is its name, Conflict when it is in the bin already.
    """
    if name.strip() != project.name:
        raise DomainError(
            _("Type the name of the project as it stands here: %(name)s.") % {"name": project.name},
            code="wrong_name",
            field="name",
        )
    with transaction.atomic():
        project = Project.everything.select_for_update(of=("self",)).get(pk=project.pk)
        if project.deleted_at is not None:
            raise Conflict(_("The project was deleted already."), code="project_not_live")
        project.deleted_at, project.deleted_by = timezone.now(), by
        project.save(update_fields=["deleted_at", "deleted_by"])
        record(by, "project.deleted", project, after={"until": project.purged_at.isoformat()})
        _stop_jobs(project, by=by)
    return project


def undelete(project: Project, *, by: User) -> Project:
    """Take a project out of the bin, as it was. Raises Conflict `purge_begun` when it is late."""
    with transaction.atomic():
        project = Project.everything.select_for_update(of=("self",)).get(pk=project.pk)
        if project.deleted_at is None:
            return project
        if project.purge_begun_at is not None:
            raise Conflict(
                _("The project is being deleted for good: its 30 days are over."),
                code="purge_begun",
            )
        project.deleted_at, project.deleted_by = None, None
        project.save(update_fields=["deleted_at", "deleted_by"])
        record(by, "project.restored", project)
    return project


def _stop_jobs(project: Project, *, by: User) -> None:
    """Those that run end at their next chunk; what they had done stays."""
    ids = Job.objects.filter(project_id=project.pk, state__in=Job.UNFINISHED).order_by("pk")
    for job in ids.select_for_update(of=("self",)):
        cancel_job(job, by=by)
