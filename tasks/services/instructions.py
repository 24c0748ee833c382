"""Instruction versions: one draft at a time, published by an expert, then immutable."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from tasks.models import InstructionVersion, Project
from tasks.services.checks import check_fields, check_schema

BODY_LENGTH = 200_000


def current_version(project: Project) -> InstructionVersion | None:
    """The published version, under which work is handed out."""
    return project.instruction_versions.filter(state=InstructionVersion.State.PUBLISHED).first()


@lru_cache(maxsize=64)
def published_content(version_id: int) -> InstructionVersion:
    """A version that work was leased under. Published versions never change, so they are kept.

    Read its number, body and label schema only: its state may have moved on.
    """
    return InstructionVersion.objects.get(pk=version_id)


def draft_version(project: Project) -> InstructionVersion | None:
    return project.instruction_versions.filter(state=InstructionVersion.State.DRAFT).first()


def newest_version(project: Project) -> InstructionVersion | None:
    """The draft when there is one, else the published version: what an editor starts from."""
    return draft_version(project) or current_version(project)


def edit_draft(
    project: Project,
    *,
    by: User,
    body: str | None = None,
    label_schema: dict[str, Any] | None = None,
    seen_at: datetime | None = None,
) -> InstructionVersion:
    """Change the draft; without one, begin the next version from the published one.

    `seen_at` is when the version the person started from was last saved. Raises Conflict when
    there is a newer one, so that nobody's text is lost.
    """
    changes: dict[str, Any] = {}
    if label_schema is not None:
        changes["label_schema"] = check_schema(label_schema, project.item_type)
    if body is not None:
        changes["body"] = _checked_body(body)
    with transaction.atomic():
        # The project's lock makes "is there a draft?" and "make one" one step.
        Project.objects.select_for_update().get(pk=project.pk)
        _require_seen(newest_version(project), seen_at)
        draft = draft_version(project) or _next_draft(project, by)
        for field, value in changes.items():
            setattr(draft, field, value)
        check_fields(draft, "body")
        draft.save()
        changed = {"number": draft.number, "changed": sorted(changes)}
        record(by, "instruction.edited", draft, after=changed)
    return draft


def _require_seen(newest: InstructionVersion | None, seen_at: datetime | None) -> None:
    if seen_at and newest and newest.updated_at != seen_at:
        raise Conflict(
            _("Somebody else saved this draft while you were editing."),
            code="draft_changed",
            hint=_("Open the newest draft in another tab and bring the two together."),
        )


def _checked_body(body: str) -> str:
    if len(body) > BODY_LENGTH:
        raise DomainError(
            _("The instructions have %(count)d characters; at most %(most)d are allowed.")
            % {"count": len(body), "most": BODY_LENGTH},
            code="too_long",
            field="body",
        )
    return body.replace("\r\n", "\n")


def _next_draft(project: Project, by: User) -> InstructionVersion:
    newest = project.instruction_versions.first()
    basis = current_version(project)
    return InstructionVersion(
        project=project,
        number=newest.number + 1 if newest else 1,
        body=basis.body if basis else "",
        label_schema=basis.label_schema if basis else {"controls": []},
        author=by,
    )


def publish(
    version: InstructionVersion, *, by: User, seen_at: datetime | None = None
) -> InstructionVersion:
    """Make a draft the version that annotators get; the one before it is superseded.

    Raises Conflict when it was changed after `seen_at`: what is published has been read.
    """
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=version.project_id)
        version = InstructionVersion.objects.get(pk=version.pk)
        _require_publishable(version, project)
        _require_seen(version, seen_at)
        former = current_version(project)
        if former:
            former.state = InstructionVersion.State.SUPERSEDED
            former.save(update_fields=["state"])
            record(by, "instruction.superseded", former, after={"by": version.number})
        version.state = InstructionVersion.State.PUBLISHED
        version.approver = by
        version.published_at = timezone.now()
        version.save(update_fields=["state", "approver", "published_at"])
        record(by, "instruction.published", version, after={"number": version.number})
    return version


def _require_publishable(version: InstructionVersion, project: Project) -> None:
    if version.state != InstructionVersion.State.DRAFT:
        raise Conflict(
            _("Version %(number)d is %(state)s already.")
            % {"number": version.number, "state": version.get_state_display()},
            code="not_a_draft",
        )
    check_schema(version.label_schema, project.item_type)
    if not version.body.strip():
        raise DomainError(
            _("Write the instructions first: annotators would see an empty page."),
            code="empty_body",
            field="body",
        )
