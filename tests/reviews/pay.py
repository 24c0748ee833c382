"""A house and a vendor with a month of work, for the tests of pay."""

from datetime import date
from decimal import Decimal

from reviews.models import Basis, WorkDay
from reviews.services import pay_rates
from reviews.services.pay_rates import Item

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
HOUR = 3_600_000


def make_work_day(batch, person, team, day=MARCH, **over):
    """What a person did on a day; as the count of labels would store it."""
    over.setdefault("level", 2)
    over.setdefault("stage", "annotate")
    over.setdefault("done", 100)
    over.setdefault("timed", over["done"])
    over.setdefault("active_ms", HOUR)
    return WorkDay.objects.create(batch=batch, person=person, team=team, day=day, **over)


def set_rates(project, by, team=None, day=date(2026, 1, 1), **amounts):
    """Amounts by basis, those of units by basis and level: `annotate_2="0.10"`."""
    wanted = {}
    for name, amount in amounts.items():
        basis, _sign, level = name.partition("_")
        value = None if amount is None else Decimal(amount)
        wanted[Item(Basis(basis), int(level or 0))] = value
    return pay_rates.set_rates(project, wanted, team=team, valid_from=day, by=by)
