"""Impact: what the work of a batch did to a model."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datasets.models.scenarios import Scenario
from tasks.models import Batch, ModelVersion


class Impact(models.Model):
    """What a batch is to better, fixed before the work; and what became of it."""

    batch = models.OneToOneField(Batch, models.PROTECT, related_name="impact")
    target = models.ForeignKey(
        Scenario, models.PROTECT, verbose_name=_("what is to get better"), related_name="impacts"
    )
    before = models.ForeignKey(
        ModelVersion, models.PROTECT, verbose_name=_("model before the work"), related_name="+"
    )
    # In points of a hundred.
    wanted_gain = models.FloatField(
        _("gain wanted, points"), validators=[MinValueValidator(0.1), MaxValueValidator(100)]
    )
    after = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    # Made in services/impact_measuring.py; empty until it was measured.
    result = models.JSONField(default=dict)
    measured_at = models.DateTimeField(null=True)
    # What the batch adds to `after` (services/impact_shares.py); empty until somebody asked.
    share = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(after__isnull=True, measured_at__isnull=True)
                | Q(after__isnull=False, measured_at__isnull=False),
                name="impact_measured_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"impact of {self.batch}"
