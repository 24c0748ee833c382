"""What a person must read before their next task: only what changed since they last read."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from tasks import access
from tasks.blocks.classes import block_classes, schema_classes
from tasks.models import Batch, InstructionVersion, Project
from tasks.reports.differences import ChangeView, change_views
from tasks.reports.guide import BlockView, ExampleView, example_view, version_guide
from tasks.services import acknowledgements
from tasks.services.example_items import example_items


@dataclass(frozen=True)
class QuizQuestion:
    question: str
    view: ExampleView
    block_id: str


@dataclass(frozen=True)
class Reading:
    """`blocks` is the whole text, for a newcomer; `changes` what others have not read yet."""

    version: InstructionVersion
    former: InstructionVersion | None
    changes: list[ChangeView]
    blocks: list[BlockView]
    quiz: list[QuizQuestion]
    is_due: bool


def reading(version: InstructionVersion, person: User) -> Reading:
    project = version.project
    known = acknowledgements.known_number(project, person)
    acknowledged = acknowledgements.acknowledged_number(project, person)
    former = project.instruction_versions.filter(number=known).first() if known else None
    return Reading(
        version=version,
        former=former,
        changes=change_views(version, former) if former else [],
        blocks=[] if former else version_guide(version, person.language),
        quiz=_questions(version, acknowledgements.quiz(version, person, acknowledged)),
        is_due=acknowledgements.is_due(version, acknowledged, timezone.now()),
    )


def _questions(version: InstructionVersion, asked: list[dict]) -> list[QuizQuestion]:
    titles = schema_classes(version.label_schema)
    items = example_items(version.project, [entry["block"] for entry in asked])
    return [
        QuizQuestion(
            _question(entry["block"], titles),
            example_view(entry["example"], items[entry["example"]["item"]]),
            entry["block"]["id"],
        )
        for entry in asked
        if entry["example"]["item"] in items
    ]


def _question(block: dict, titles: dict[tuple[str, str], str]) -> str:
    if block["kind"] == "class":
        [found] = block_classes(block)
        return _("Is this “%(title)s” under the new rule?") % {"title": titles.get(found, found[1])}
    return _("Is this as “%(title)s” asks for?") % {"title": block["title"] or _("this part")}


def projects_to_read(user: User) -> QuerySet[Project]:
    """Projects with running work whose changes the person must read before they get any."""
    must_read = access.versions_to_acknowledge(user.pk, OuterRef("pk"))
    labels = user.memberships.filter(role__in=access.LABELERS, team__is_active=True)
    running = Batch.objects.filter(
        project=OuterRef("pk"), state=Batch.State.RUNNING, teams__in=labels.values("team")
    )
    return Project.objects.live().filter(Exists(must_read), Exists(running)).order_by("name")
