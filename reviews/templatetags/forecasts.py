"""The forecast of a batch, for pages of packages that do not know of reviews."""

from typing import Any

from django import template

from reviews.reports.forecasts import outlook
from tasks.models import Batch

register = template.Library()


@register.inclusion_tag("reviews/_burn_up.html")
def batch_forecast(batch: Batch) -> dict[str, Any]:
    """The card with sentence and chart; the page links labelops/burn_up.css."""
    return {"outlook": outlook(batch)}
