"""A share of 1 in percent, in the reader's language."""

from django import template

from reviews.reports.dashboard_figures import rounded

register = template.Library()


@register.filter
def percent(share: float) -> str:
    return rounded(100 * share, 1)
