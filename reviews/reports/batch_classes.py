"""The classes of a batch: how often each was given, agreement and accuracy."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from reviews.reports import dashboard_sums
from reviews.reports.dashboard import class_sections
from reviews.reports.dashboard_figures import Section, Shown, base_query
from reviews.reports.dashboard_filters import Chosen, class_titles
from tasks.kinds.schema import single_choice
from tasks.models import Batch
from tasks.services.instructions import current_schema


def classes_of_batch(batch: Batch) -> Section | None:
    """None where the project does not ask for one choice, or nobody has labeled yet."""
    chosen = Chosen(batch=batch)
    sums = dashboard_sums.by_class(batch.project, chosen)
    titles = class_titles(single_choice(current_schema(batch.project)))
    return next(iter(class_sections(sums, titles, chosen, base_query(chosen))), None)


def columns() -> list[str]:
    return [
        _("class"),
        _("labels"),
        *(_("agreement, %"), _("from"), _("to"), _("on")),
        *(_("accuracy, %"), _("from"), _("to"), _("on")),
    ]


def lines(section: Section | None) -> Iterator[list[Any]]:
    for row in section.rows if section else []:
        yield [row.name, row.count, *_figure(row.agreement), *_figure(row.accuracy)]


def _figure(figure: Shown) -> list[Any]:
    shares = (figure.value, figure.low, figure.high)
    return [None if share is None else round(share, 2) for share in shares] + [figure.counted]
