"""What the page that begins an export says of each format."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasks.formats import WRITERS
from tasks.formats.carrying import ALL, NOTHING, PART, Fit, Remark
from tasks.models import Project
from tasks.services.exports import fits


@dataclass(frozen=True)
class FormatRow:
    """A format, how much of the project it carries, and what would be lost."""

    name: str
    title: str
    level: str
    level_title: str
    lost: list[str]
    remarks: list[str]


def format_rows(project: Project) -> list[FormatRow]:
    """A row for each format, in the order of the form."""
    return [_row(name, found) for name, found in fits(project).items()]


def _row(name: str, found: Fit) -> FormatRow:
    nothing = [_("It has no place for the labels of this project.")]
    titles = {ALL: _("all"), PART: _("part"), NOTHING: _("nothing")}
    return FormatRow(
        name=name,
        title=_(WRITERS[name].title),
        level=found.level,
        level_title=titles[found.level],
        lost=nothing if found.level == NOTHING else _sentences(found.lost),
        remarks=_sentences(found.remarks),
    )


def _sentences(remarks: list[Remark]) -> list[str]:
    return [_(remark.template).format(**remark.params) for remark in remarks]
