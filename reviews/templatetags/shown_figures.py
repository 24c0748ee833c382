"""A figure in a table: its value, its interval and its n, leading to what it rests on."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reviews.reports.dashboard_figures import Shown

register = template.Library()

DEFINED = (
    '<a class="text-reset" href="{}?{}"><span class="quality-value text-nowrap">{}</span></a> '
    '<span class="text-nowrap">({})</span> <span class="number-note text-nowrap">n = {}{}</span>'
)
COUNTED = '<a class="text-reset" href="{}?{}">{}</a>'


@register.simple_tag
def shown_figure(figure: Shown, items_url: str) -> SafeString:
    """A tag, since a page of tables has hundreds: as many templates would take half of its time."""
    if not figure.main:
        return format_html('<span class="text-secondary">{}</span>', _("not defined"))
    few = f" · {_('few')}" if figure.is_few else ""
    counted = figure.counted
    if figure.counted_query:
        counted = format_html(COUNTED, items_url, figure.counted_query, counted)
    return format_html(DEFINED, items_url, figure.query, figure.main, figure.beside, counted, few)
