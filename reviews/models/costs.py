"""What a mistake costs: classes that hurt more when they are missed are looked at sooner."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from tasks.models import Project

COST_MAX = 100


class MistakeCost(models.Model):
    """How much worse it is to miss a class than one of the usual cost, 1; no row means 1."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="mistake_costs")
    control = models.CharField(max_length=63)
    value = models.CharField(max_length=200)
    cost = models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(COST_MAX)])
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "control", "value"], name="mistake_cost_once_per_class"
            ),
            models.CheckConstraint(
                condition=Q(cost__gte=0, cost__lte=COST_MAX), name="mistake_cost_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.control} {self.value}: {self.cost}"
