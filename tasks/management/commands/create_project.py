"""The command `create_project`."""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from labelops import strict_json
from labelops.accounts.models import Team
from labelops.accounts.services.system import system_user
from labelops.errors import DomainError
from tasks.management.base import LabelOpsCommand, readable_file
from tasks.models import Project
from tasks.services.projects import create_project
from tasks.services.publishing import publish


class Command(LabelOpsCommand):
    help = "Makes a project with its first published instruction version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the new project")
        parser.add_argument("--schema", required=True, metavar="FILE.json", help="label schema")
        parser.add_argument("--name", help="name for people; the short name when left out")
        parser.add_argument(
            "--type",
            choices=Project.ItemType.values,
            help="what the items are; told from the schema when left out",
        )
        parser.add_argument("--team", help="in-house team that opens it; the only one by default")

    def work(self, **options: Any) -> dict[str, Any]:
        schema = _read_schema(options["schema"])
        by = system_user()
        try:
            with transaction.atomic():
                project = create_project(
                    name=options["name"] or options["project"],
                    slug=options["project"],
                    item_type=options["type"] or _item_type(schema),
                    label_schema=schema,
                    teams=[_team(options["team"])],
                    by=by,
                    body=_questions(schema),
                )
                version = publish(project.instruction_versions.get(number=1), by=by)
        except DomainError as error:
            if (error.field or "").startswith("label_schema"):
                error.details["file"] = options["schema"]
            raise
        return {
            "project": project.slug,
            "name": project.name,
            "type": project.item_type,
            "instruction_version": version.number,
        }


def _read_schema(name: str) -> Any:
    try:
        return strict_json.loads(readable_file(name).read_bytes())
    except strict_json.StrictJSONError as error:
        raise DomainError(
            error.message, code=error.code, field=error.path or None, details={"file": name}
        ) from error


def _questions(schema: Any) -> str:
    """First instructions to publish: the questions of the schema, until an expert writes more."""
    titles = [control.get("title") or control.get("name") for control in _controls(schema)]
    return "\n".join(["Answer for each item:", "", *(f"- {title}" for title in titles)])


def _item_type(schema: Any) -> str:
    has_shapes = any(control.get("type") == "shapes" for control in _controls(schema))
    return Project.ItemType.IMAGE if has_shapes else Project.ItemType.TEXT


def _controls(schema: Any) -> list[dict[str, Any]]:
    """The controls of a schema that nobody has checked yet."""
    controls = schema.get("controls") if isinstance(schema, dict) else None
    if not isinstance(controls, list):
        return []
    return [control for control in controls if isinstance(control, dict)]


def _team(name: str | None) -> Team:
    in_house = Team.objects.filter(kind=Team.Kind.IN_HOUSE, is_active=True)
    if name:
        team = in_house.filter(name=name).first()
        if team is None:
            raise DomainError(
                f"There is no in-house team “{name}”.", code="not_found", field="team"
            )
        return team
    teams = list(in_house[:2])
    if len(teams) > 1:
        raise DomainError(
            "There are several in-house teams.",
            code="ambiguous",
            field="team",
            hint="Choose one with --team.",
        )
    return teams[0] if teams else Team.objects.create(name="In-house", kind=Team.Kind.IN_HOUSE)
