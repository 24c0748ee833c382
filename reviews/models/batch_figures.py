"""What the board shows of a batch beside its counts: computed by a job, a quarter hour old."""

from django.db import models

from reviews.models.lots import Lot
from reviews.quality.item_costs import Cost
from tasks.models import Batch


class BatchFigures(models.Model):
    """All of it comes from the sums and the queues; a row that is lost is computed anew."""

    batch = models.OneToOneField(Batch, models.CASCADE, related_name="figures")
    computed_at = models.DateTimeField()
    # Stored labels; those of the random sample, and the wrong ones among them.
    assessed = models.PositiveIntegerField(default=0)
    sampled = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    # People's answers, by what became of them.
    accepted = models.PositiveIntegerField(default=0)
    fixed = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    # What all work came to, in the currency of the installation, over the tasks accepted then.
    cost_items = models.PositiveIntegerField(default=0)
    label_cost = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    review_cost = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    adjudicate_cost = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    # Labels and decisions without a rate: priced by the project's hour, or not at all.
    estimated_units = models.PositiveIntegerField(default=0)
    unpriced_units = models.PositiveIntegerField(default=0)
    # Since when the oldest task waits for a reviewer, an expert, an answer.
    review_since = models.DateTimeField(null=True)
    adjudication_since = models.DateTimeField(null=True)
    question_since = models.DateTimeField(null=True)
    # The newest lot, where it was rejected.
    rejected_lot = models.ForeignKey(Lot, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"figures of {self.batch}"

    @property
    def decided(self) -> int:
        """Answers that were judged."""
        return self.accepted + self.fixed + self.rejected

    @property
    def cost(self) -> Cost:
        return Cost(
            self.cost_items,
            self.label_cost,
            self.review_cost,
            self.adjudicate_cost,
            self.estimated_units,
            self.unpriced_units,
        )
