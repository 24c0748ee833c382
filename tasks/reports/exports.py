"""What the page that begins an export says of each format."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasks.formats import WRITERS
from tasks.formats.carrying import ALL, NOTHING, PART, Fit
from tasks.models import Project
from tasks.services.exports import fits


@dataclass(frozen=True)
class FormatRow:
    """A format, how much of the project it carries, and what would be lost."""

    name: str
    title: str
    level: str
    level_title: str
    sentences: list[str]


def format_rows(project: Project) -> list[FormatRow]:
    """A row for each format, in the order of the form."""
    return [_row(name, found) for name, found in fits(project).items()]


def _row(name: str, found: Fit) -> FormatRow:
    titles = {ALL: _("all"), PART: _("part"), NOTHING: _("nothing")}
    return FormatRow(
        name=name,
        title=_(WRITERS[name].title),
        level=found.level,
        level_title=titles[found.level],
        sentences=_sentences(found),
    )


def _sentences(found: Fit) -> list[str]:
    if found.level == NOTHING:
        return [_("It has no place for the labels of this project.")]
    remarks = [*found.lost, *found.remarks]
    return [_(remark.template).format(**remark.params) for remark in remarks]
