"""What the person at a drill sees: the two classes, one item at a time, and what it came to."""

from dataclasses import dataclass

from reviews.models import Drill
from reviews.reports.practice import PracticeStep, practice_step
from reviews.reports.shares import Share
from reviews.services import drills
from tasks.blocks.classes import schema_classes
from tasks.models import Project
from tasks.reports.guide import BlockView, class_pages, guide
from tasks.services.instructions import current_schema, current_version


@dataclass(frozen=True)
class DrillPage:
    """`since` is the work after the drill, as far as the truth of it is known."""

    drill: Drill
    titles: tuple[str, str]
    blocks: list[BlockView]
    practice: PracticeStep
    before: Share
    first_tries: Share | None
    since: Share | None


def class_titles(project: Project, control: str, classes: tuple[str, str]) -> tuple[str, str]:
    """The classes in the words of the published instructions."""
    titles = schema_classes(current_schema(project))
    first, second = classes
    return titles.get((control, first), first), titles.get((control, second), second)


def drill_page(drill: Drill) -> DrillPage:
    is_finished = drill.right_count is not None
    return DrillPage(
        drill=drill,
        titles=class_titles(drill.project, drill.control, (drill.given, drill.expected)),
        blocks=_class_pages(drill),
        practice=practice_step(list(drill.items.select_related("item", "version")), drill),
        before=Share(drill.before_right, drill.before_count),
        first_tries=Share(drill.right_count, drill.item_count) if is_finished else None,
        since=_since(drill) if is_finished else None,
    )


def _class_pages(drill: Drill) -> list[BlockView]:
    version = current_version(drill.project)
    if version is None:
        return []
    pages = class_pages(version.blocks)
    named = [(drill.control, value) for value in drill.classes]
    found = [pages[class_] for class_ in named if class_ in pages]
    return guide(drill.project, found, version.label_schema, drill.person.language)


def _since(drill: Drill) -> Share:
    rows = drills.measured(drill.project, drill.person, drill.classes)
    made = rows.filter(annotation__submitted_at__gt=drill.finished_at)
    return Share(made.filter(is_right=True).count(), made.count())
