"""Projects: making them with their first draft of instructions, and changing who may work."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from labelops.accounts.models import Role, Team, User
from labelops.audit.services import record
from labelops.errors import DomainError
from tasks.blocks.markdown import from_markdown
from tasks.models import Batch, InstructionVersion, Project
from tasks.services.archiving import lock_project
from tasks.services.checks import check_fields, check_schema
from tasks.services.instruction_blocks import copy_from
from tasks.services.instructions import check_blocks, newest_version

CHANGEABLE = {"name", "purpose", "hour_cost"}


def grantable_teams(user: User) -> QuerySet[Team]:
    """Teams a manager may let into a project: the own in-house ones, and every active vendor."""
    managed = user.memberships.filter(
        role=Role.MANAGER, team__kind=Team.Kind.IN_HOUSE, team__is_active=True
    ).values("team")
    if not managed.exists():
        return Team.objects.none()
    return Team.objects.filter(Q(pk__in=managed) | Q(kind=Team.Kind.VENDOR, is_active=True))


def check_granted_teams(teams: Iterable[Team], *, by: User) -> None:
    """Raises DomainError unless `by` may grant each team and keeps a way into the project."""
    granted = list(teams)
    allowed = set(grantable_teams(by).values_list("pk", flat=True))
    for team in granted:
        if team.pk not in allowed:
            raise DomainError(_("There is no such team here."), code="no_such_team", field="teams")
    if not any(team.kind == Team.Kind.IN_HOUSE for team in granted):
        raise DomainError(
            _("Choose at least one in-house team of yours; without it you could not open it."),
            code="no_in_house_team",
            field="teams",
        )


def create_project(
    *,
    name: str,
    slug: str,
    item_type: str,
    label_schema: dict[str, Any],
    teams: Iterable[Team],
    by: User,
    purpose: str = "",
    body: str = "",
    hour_cost: Decimal | None = None,
) -> Project:
    """Make a project with draft version 1 of its instructions, from a Markdown text.

    Raises DomainError with the field when the slug is taken or the label schema is wrong.
    """
    project = Project(
        name=name.strip(),
        slug=slug,
        item_type=item_type,
        purpose=purpose,
        hour_cost=hour_cost,
        created_by=by,
    )
    check_fields(project, "name", "slug", "item_type", "purpose", "hour_cost")
    label_schema = check_schema(label_schema, item_type)
    with transaction.atomic():
        if Project.everything.filter(slug=slug).exists():
            raise DomainError(
                _("The short name “%(slug)s” is taken.") % {"slug": slug},
                code="slug_taken",
                field="slug",
            )
        project.save()
        project.teams.set(teams)
        InstructionVersion.objects.create(
            project=project,
            number=1,
            blocks=check_blocks(from_markdown(body, label_schema)),
            label_schema=label_schema,
            author=by,
        )
        record(by, "project.created", project, after=_facts(project))
    return project


def copy_project(source: Project, *, name: str, slug: str, by: User) -> Project:
    """Make a project with the setup of another: purpose, teams, questions, rules, instructions.

    Items, people's work and examples, which are items, stay behind. Raises DomainError with the
    field when the slug is taken.
    """
    newest = newest_version(source)
    with transaction.atomic():
        project = create_project(
            name=name,
            slug=slug,
            item_type=source.item_type,
            label_schema=newest.label_schema if newest else {"controls": []},
            teams=list(source.teams.filter(is_active=True)),
            by=by,
            purpose=source.purpose,
            hour_cost=source.hour_cost,
        )
        if newest:
            copy_from(newest, project, by=by)
    return project


def update_project(project: Project, *, by: User, **changes: Any) -> Project:
    """Change name, purpose or teams. A team that loses the project loses its batches too."""
    teams = changes.pop("teams", None)
    _refuse_fixed(changes)
    with transaction.atomic():
        project = lock_project(project.pk)
        before = _facts(project)
        for field, value in changes.items():
            setattr(project, field, value.strip() if isinstance(value, str) else value)
        check_fields(project, *changes)
        project.save(update_fields=list(changes))
        if teams is not None:
            _set_teams(project, list(teams))
        record(by, "project.changed", project, before=before, after=_facts(project))
    return project


def _refuse_fixed(changes: dict[str, Any]) -> None:
    fixed = set(changes) - CHANGEABLE
    if fixed:
        raise DomainError(
            _("A project keeps its short name and its type of items."),
            code="not_changeable",
            field=min(fixed),
        )


def _set_teams(project: Project, teams: list[Team]) -> None:
    project.teams.set(teams)
    kept = [team.pk for team in teams]
    Batch.teams.through.objects.filter(batch__project=project).exclude(team__in=kept).delete()


def _facts(project: Project) -> dict[str, Any]:
    return {
        "name": project.name,
        "slug": project.slug,
        "item_type": project.item_type,
        "purpose": project.purpose,
        "hour_cost": str(project.hour_cost) if project.hour_cost is not None else None,
        "teams": sorted(project.teams.values_list("name", flat=True)),
    }
