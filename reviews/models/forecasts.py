"""When a batch will be done, as it was foretold last."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.models import Batch


class BatchForecast(models.Model):
    """The newest forecast of a batch; a job keeps it. Dates are empty beyond a year.

    Where too few days were worked, there are no dates and `days_lacking` says how many are needed.
    """

    class Bottleneck(models.TextChoices):
        LABELING = "labeling", _("labeling")
        REVIEW = "review", _("review")
        QUESTIONS = "questions", _("open questions")
        STOCK = "stock", _("tasks to hand out")

    batch = models.OneToOneField(Batch, models.CASCADE, related_name="forecast")
    computed_at = models.DateTimeField()
    # The day of the end: not before it in 2.5, 10, 50, 90 and 97.5 % of all runs.
    earliest = models.DateField(null=True)
    early = models.DateField(null=True)
    likely = models.DateField(null=True)
    late = models.DateField(null=True)
    latest = models.DateField(null=True)
    # Shares of runs: done by the due date, where there is one, and not done within a year.
    on_time = models.FloatField(null=True)
    beyond = models.FloatField(default=0)
    bottleneck = models.CharField(max_length=9, choices=Bottleneck, blank=True)
    days_lacking = models.PositiveSmallIntegerField(default=0)
    # Each [day, [tasks accepted by its end, at the five levels]].
    fan = models.JSONField(default=list)
    # What it rests on, for people; and what must change before it is computed anew.
    inputs = models.JSONField(default=dict)
    basis = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"forecast of {self.batch}"

    @staticmethod
    def counts_of(batch: Batch) -> list[int]:
        """Of the batch, as the basis keeps them."""
        return [count for _name, count in sorted(vars(batch.progress).items())]
