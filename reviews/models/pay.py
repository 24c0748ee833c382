"""What work is worth, and the statements of closed months. Rows are written once and stay."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Team
from reviews.quality import pay
from tasks.models import Batch, Project
from tasks.models.batches import LEVEL_MAX

RATE_DIGITS, AMOUNT_DIGITS, PLACES = 10, 14, 4


class Basis(models.TextChoices):
    """What an amount is for: a unit of work at a level, an hour, or minutes that are agreed."""

    ANNOTATE = pay.ANNOTATE, _("label")
    REVIEW = pay.REVIEW, _("review")
    ADJUDICATE = pay.ADJUDICATE, _("adjudication")
    WORK = pay.WORK, _("hour at work")
    READING = pay.READING, _("hour of reading")
    TRAINING = pay.TRAINING, _("hour of training")
    FLOOR = pay.FLOOR, _("floor")
    LESSON = pay.LESSON, _("minutes of a lesson")


class PayRate(models.Model):
    """An amount from a day on. A later row of the same day stands; earlier ones are history.

    Without a team it holds for all teams that have none of their own; an empty amount ends a rate.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="pay_rates")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="pay_rates")
    basis = models.CharField(max_length=10, choices=Basis)
    level = models.PositiveSmallIntegerField(default=0)
    amount = models.DecimalField(
        max_digits=RATE_DIGITS,
        decimal_places=PLACES,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    valid_from = models.DateField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="pay_rate_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(level=0) | Q(basis__in=pay.STAGES, level__lte=LEVEL_MAX),
                name="pay_rate_level_of_units_only",
            ),
            models.CheckConstraint(
                condition=Q(basis__in=Basis.values), name="pay_rate_basis_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.basis} {self.level} from {self.valid_from}: {self.amount}"


class ClosedMonth(models.Model):
    """A month of a project whose statements are settled; `month` is its first day."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="closed_months")
    month = models.DateField()
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()

    class Meta:
        ordering = ["month"]
        constraints = [
            models.UniqueConstraint(fields=["project", "month"], name="closed_month_once")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} of {self.project}"


class StatementLine(models.Model):
    """A line of a closed statement; of an earlier month when it corrects one."""

    closed = models.ForeignKey(ClosedMonth, models.PROTECT, related_name="lines")
    of_month = models.DateField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+")
    basis = models.CharField(max_length=10, choices=Basis)
    level = models.PositiveSmallIntegerField()
    rate = models.DecimalField(max_digits=RATE_DIGITS, decimal_places=PLACES, null=True)
    units = models.IntegerField()
    time_ms = models.BigIntegerField()
    amount = models.DecimalField(max_digits=AMOUNT_DIGITS, decimal_places=PLACES)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["person", "closed"], name="statement_by_person"),
            models.Index(fields=["team", "closed"], name="statement_by_team"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.closed}: {self.amount}"
