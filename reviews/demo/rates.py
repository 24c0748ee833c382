"""What work in a demo project is worth."""

from decimal import Decimal

from django.utils import timezone

from labelops.accounts.models import User
from reviews.models import Basis
from reviews.quality.pay import month_of
from reviews.services import pay_rates
from reviews.services.pay_rates import Item
from tasks.models import Project
from tasks.models.batches import LEVEL_MAX

AMOUNTS = {
    Basis.READING: Decimal(12),
    Basis.TRAINING: Decimal(12),
    Basis.FLOOR: Decimal(12),
    Basis.LESSON: Decimal(10),
}
# By stage: at level 0, and what each level adds.
UNITS = {
    Basis.ANNOTATE: (Decimal("0.03"), Decimal("0.005")),
    Basis.REVIEW: (Decimal("0.04"), Decimal("0.005")),
    Basis.ADJUDICATE: (Decimal("0.10"), Decimal("0.01")),
}


def set_demo_rates(project: Project, *, by: User) -> None:
    """From the first of this month on; what is set already stays."""
    wanted: dict[Item, Decimal | None] = {
        Item(basis, 0): amount for basis, amount in AMOUNTS.items()
    }
    for basis, (lowest, step) in UNITS.items():
        for level in range(LEVEL_MAX + 1):
            wanted[Item(basis, level)] = lowest + level * step
    if not project.pay_rates.exists():
        valid_from = month_of(timezone.now().date())
        pay_rates.set_rates(project, wanted, team=None, valid_from=valid_from, by=by)
