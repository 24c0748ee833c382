"""Instruction versions: reading them, and the one draft that experts write."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from tasks.blocks import Block, BlockError
from tasks.blocks.difference import BlockChange, difference, schema_difference
from tasks.blocks.shapes import validate_blocks
from tasks.models import InstructionVersion, Project
from tasks.services.archiving import lock_project
from tasks.services.checks import check_schema, refusal

State = InstructionVersion.State


def current_version(project: Project) -> InstructionVersion | None:
    """The published version, under which work is handed out."""
    return project.instruction_versions.filter(state=State.PUBLISHED).first()


def current_schema(project: Project) -> dict[str, Any]:
    """The questions of the published version; none before the first one."""
    version = current_version(project)
    return version.label_schema if version else {"controls": []}


@lru_cache(maxsize=64)
def published_content(version_id: int) -> InstructionVersion:
    """A version that work was leased under. Published versions never change, so they are kept.

    Read its number, blocks and label schema only: its state may have moved on.
    """
    return InstructionVersion.objects.get(pk=version_id)


def draft_version(project: Project) -> InstructionVersion | None:
    """The version that is written, or that waits for approval."""
    return project.instruction_versions.filter(state__in=InstructionVersion.UNPUBLISHED).first()


def newest_version(project: Project) -> InstructionVersion | None:
    """The draft when there is one, else the published version: what an editor starts from."""
    return draft_version(project) or current_version(project)


def former_version(version: InstructionVersion) -> InstructionVersion | None:
    """The version that was in force before this one; before a draft, the published one."""
    earlier = version.project.instruction_versions.filter(number__lt=version.number)
    return earlier.filter(state__in=[State.PUBLISHED, State.SUPERSEDED]).first()


def changes_of(version: InstructionVersion, former: InstructionVersion | None) -> list[BlockChange]:
    """What differs from the version before, questions included. Nothing when it is the first."""
    if former is None:
        return []
    return difference(former.blocks, version.blocks) + schema_difference(
        former.label_schema, version.label_schema
    )


def edit_draft(
    project: Project,
    *,
    by: User,
    blocks: list[Block] | None = None,
    label_schema: dict[str, Any] | None = None,
    seen_at: datetime | None = None,
) -> InstructionVersion:
    """Change the draft; without one, begin the next version from the published one.

    `seen_at` is when the version the person started from was last saved. Raises Conflict when
    there is a newer one, so that nobody's text is lost. A draft that waited for approval is a
    draft again: what is approved has been read.
    """
    changes: dict[str, Any] = {}
    if label_schema is not None:
        changes["label_schema"] = check_schema(label_schema, project.item_type)
    if blocks is not None:
        changes["blocks"] = check_blocks(blocks)
    with transaction.atomic():
        draft = _locked_draft(project, by, seen_at)
        for field, value in changes.items():
            setattr(draft, field, value)
        _save_draft(draft, by, changed=sorted(changes))
    return draft


def change_blocks(
    project: Project, change: Callable[[list[Block]], list[Block]], *, by: User, what: str
) -> InstructionVersion:
    """Put what `change` makes of the newest blocks into the draft; it may raise to refuse."""
    with transaction.atomic():
        draft = _locked_draft(project, by, None)
        draft.blocks = check_blocks(change(draft.blocks))
        _save_draft(draft, by, changed=[what])
    return draft


def check_blocks(blocks: Any) -> list[Block]:
    """The normalised blocks. Raises DomainError with the path to the wrong place."""
    try:
        return validate_blocks(blocks)
    except BlockError as error:
        raise refusal(error, "instructions") from error


def require_seen(newest: InstructionVersion | None, seen_at: datetime | None) -> None:
    """Raise Conflict when somebody saved a newer state than the person has seen."""
    if seen_at and newest and newest.updated_at != seen_at:
        raise Conflict(
            _("Somebody else saved this draft while you were editing."),
            code="draft_changed",
            hint=_("Open the newest draft in another tab and bring the two together."),
        )


def _locked_draft(project: Project, by: User, seen_at: datetime | None) -> InstructionVersion:
    # The project's lock makes "is there a draft?" and "make one" one step.
    lock_project(project.pk)
    require_seen(newest_version(project), seen_at)
    return draft_version(project) or _next_draft(project, by)


def _save_draft(draft: InstructionVersion, by: User, *, changed: list[str]) -> None:
    draft.state = State.DRAFT
    draft.save()
    record(by, "instruction.edited", draft, after={"number": draft.number, "changed": changed})


def _next_draft(project: Project, by: User) -> InstructionVersion:
    newest = project.instruction_versions.first()
    basis = current_version(project)
    return InstructionVersion(
        project=project,
        number=newest.number + 1 if newest else 1,
        blocks=basis.blocks if basis else [],
        label_schema=basis.label_schema if basis else {"controls": []},
        author=by,
    )
