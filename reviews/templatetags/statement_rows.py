"""The rows of a table of a statement."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reviews.reports.statement_tables import Cell

register = template.Library()

NUMBER, WORDS = '<td class="number">{}</td>', "<td>{}</td>"
LINK = '<a href="?{}">{}</a>'
QUIET_LINK = '<a class="text-reset" href="?{}">{}</a>'


@register.simple_tag
def statement_rows(rows: list[list[Cell]], is_print: bool | str) -> SafeString:
    """A tag, since a page has hundreds of cells: a template of each would take half of its time."""
    made = (
        (format_html_join("", "{}", ((_cell(cell, is_print),) for cell in row)),) for row in rows
    )
    return format_html_join("", "<tr>{}</tr>", made)


def _cell(cell: Cell, is_print: bool | str) -> SafeString:
    shown = format_html("<bdi>{}</bdi>", cell.text)
    if cell.query and not is_print:
        shown = format_html(QUIET_LINK if cell.is_number else LINK, cell.query, cell.text)
    return format_html(NUMBER if cell.is_number else WORDS, shown)
