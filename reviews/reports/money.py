"""Rates, amounts and hours as pages show them, in the reader's way of writing numbers."""

from decimal import Decimal

from django.utils.formats import number_format

from reviews.quality.pay import HOUR_MS, plain, rounded


def shown_rate(rate: Decimal | None) -> str:
    """Two places, or four where it has them; a dash for none."""
    return "–" if rate is None else number_format(plain(rate), force_grouping=True)


def shown_amount(amount: Decimal) -> str:
    """A total, rounded to hundredths."""
    return number_format(rounded(amount), 2, force_grouping=True)


def shown_exact(amount: Decimal) -> str:
    """A line's amount: four places where it has them."""
    return number_format(plain(amount), force_grouping=True)


def shown_hours(time_ms: int) -> str:
    return number_format(Decimal(time_ms) / HOUR_MS, 2, force_grouping=True)
