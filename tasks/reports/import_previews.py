"""What the page says of a file that has arrived, in words."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.formats import table_items, table_labels
from tasks.formats.previews import ANSWER, DROPPED, KEPT
from tasks.services.checks import translated
from tasks.services.import_previews import FilePreview


@dataclass(frozen=True)
class PreviewLine:
    """A row of the file; `words` say what is wrong with it."""

    number: int
    cells: list[str]
    entry: str
    external_id: str
    label_count: int
    words: str


@dataclass(frozen=True)
class PreviewPage:
    """The preview, ready to show."""

    title: str
    columns: list[tuple[str, str]]
    lines: list[PreviewLine]
    summary: str
    refusal: str
    has_labels: bool
    label_words: str
    warnings: list[str] = field(default_factory=list)


def page_of(found: FilePreview) -> PreviewPage:
    preview = found.preview
    return PreviewPage(
        title=found.title,
        columns=[(column.name, _uses()[column.use]) for column in preview.columns],
        lines=[
            PreviewLine(
                row.number,
                row.cells,
                row.entry,
                row.external_id,
                row.label_count,
                translated(row.problem) if row.problem else "",
            )
            for row in preview.rows
        ],
        summary=_summary(found),
        refusal=found.refusal.words if found.refusal else "",
        has_labels=found.has_labels,
        label_words=_label_words(found),
        warnings=_warnings(found),
    )


def _uses() -> dict[str, str]:
    return {
        table_items.ID: _("id"),
        table_items.TEXT: _("text"),
        table_labels.LABEL: _("class"),
        table_labels.ANNOTATOR: _("person"),
        ANSWER: _("label"),
        KEPT: _("kept as data"),
        DROPPED: _("left out"),
    }


def _summary(found: FilePreview) -> str:
    count = found.preview.read_count
    if found.preview.is_whole:
        return ngettext("%(count)s row", "%(count)s rows", count) % {"count": f"{count:,}"}
    words = ngettext("looked at the first row", "looked at the first %(count)s rows", count)
    return words % {"count": f"{count:,}"}


def _label_words(found: FilePreview) -> str:
    """How many labels these rows bring."""
    counts = [
        (
            found.preview.label_count,
            ngettext("%(count)s label", "%(count)s labels", found.preview.label_count),
        ),
        (
            found.preview.prediction_count,
            ngettext(
                "%(count)s prediction", "%(count)s predictions", found.preview.prediction_count
            ),
        ),
    ]
    return " · ".join(words % {"count": f"{count:,}"} for count, words in counts if count)


def _warnings(found: FilePreview) -> list[str]:
    preview, warnings = found.preview, []
    if preview.problem_count:
        sentence = ngettext(
            "%(bad)s of these rows has a problem (%(percent)d %%).",
            "%(bad)s of these rows have a problem (%(percent)d %%).",
            preview.problem_count,
        )
        named = {"bad": f"{preview.problem_count:,}", "percent": preview.problem_percent}
        warnings.append(sentence % named)
    if preview.reference_count:
        sentence = ngettext(
            "%(count)s of these rows only names an item, which must be in the project already.",
            "%(count)s of these rows only name items, which must be in the project already.",
            preview.reference_count,
        )
        warnings.append(sentence % {"count": f"{preview.reference_count:,}"})
    if not found.has_schema:
        warnings.append(
            _("Labels in the file are passed over until the instructions are published.")
        )
    return warnings
