"""Lots: labels that are taken or sent back as a whole, by what experts find in a sample."""

import zlib
from collections.abc import Iterable
from decimal import Decimal

import numpy as np
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from labelops.accounts.models import Team
from reviews.quality.acceptance import Plan, Terms
from tasks.models import Batch, InstructionVersion, Task

RISK_LEAST, RISK_MOST = Decimal("0.1"), Decimal(50)


class Lot(models.Model):
    """Labels of a batch, or of one team's people in it, and the plan of their acceptance."""

    class State(models.TextChoices):
        SAMPLING = "sampling", _("being sampled")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        CANCELLED = "cancelled", _("given up")

    class Severity(models.TextChoices):
        """As `reviews.quality.switching` has it; no lot is inspected as “stopped”."""

        NORMAL = "normal", _("normal")
        TIGHTENED = "tightened", _("tightened")
        REDUCED = "reduced", _("reduced")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="lots")
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name=_("team"), null=True, related_name="lots"
    )
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    # The task ids, exactly as they were when the sample was drawn.
    packed_members = models.BinaryField()
    # How many of them name each class, and were answered by each person:
    # {"classes": [[control, value, count], ...], "people": [[user, count], ...]}.
    strata = models.JSONField()
    aql_percent = models.DecimalField(
        _("acceptable, % wrong"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(99)],
    )
    ltpd_percent = models.DecimalField(
        _("not acceptable, % wrong"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
    )
    producer_risk_percent = models.DecimalField(
        _("risk that a good lot is rejected, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(RISK_LEAST), MaxValueValidator(RISK_MOST)],
    )
    consumer_risk_percent = models.DecimalField(
        _("risk that a bad lot is accepted, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(RISK_LEAST), MaxValueValidator(RISK_MOST)],
    )
    severity = models.CharField(max_length=9, choices=Severity, default=Severity.NORMAL)
    # The plan: look at so many, accept when at most so many are wrong.
    sample_count = models.PositiveIntegerField()
    allowed_count = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    # The rules that were in force when the sample was drawn.
    version = models.ForeignKey(InstructionVersion, models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.SAMPLING)
    right_count = models.PositiveIntegerField(default=0)
    wrong_count = models.PositiveIntegerField(default=0)
    # Drawn, but taken out of the work before anybody looked.
    gone_count = models.PositiveIntegerField(default=0)
    # In a rejected lot the strata that had wrong labels, the worst first, as they were then.
    failing = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="lot_number_once"),
            models.UniqueConstraint(
                fields=["batch"],
                condition=Q(state="sampling", team__isnull=True),
                name="lot_one_open_a_batch",
            ),
            models.UniqueConstraint(
                fields=["batch", "team"],
                condition=Q(state="sampling", team__isnull=False),
                name="lot_one_open_a_team",
            ),
            models.CheckConstraint(
                condition=Q(aql_percent__gte=0, aql_percent__lt=F("ltpd_percent")),
                name="lot_rates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    sample_count__gte=1,
                    sample_count__lte=F("size"),
                    allowed_count__lt=F("sample_count"),
                ),
                name="lot_plan_within_size",
            ),
            models.CheckConstraint(
                condition=Q(
                    sample_count__gte=F("right_count") + F("wrong_count") + F("gone_count")
                ),
                name="lot_counts_within_sample",
            ),
            models.CheckConstraint(
                condition=Q(state="sampling", ended_at__isnull=True)
                | (~Q(state="sampling") & Q(ended_at__isnull=False)),
                name="lot_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.number} of {self.batch}"

    @property
    def plan(self) -> Plan:
        return Plan(self.sample_count, self.allowed_count)

    @property
    def terms(self) -> Terms:
        """What was asked for, before the history of the series made it more or less severe."""
        return Terms(
            self.size,
            float(self.aql_percent) / 100,
            float(self.ltpd_percent) / 100,
            float(self.producer_risk_percent) / 100,
            float(self.consumer_risk_percent) / 100,
        )

    @property
    def seen_count(self) -> int:
        return self.right_count + self.wrong_count

    @property
    def unseen_count(self) -> int:
        return self.sample_count - self.gone_count - self.seen_count

    @property
    def members(self) -> NDArray[np.int64]:
        """The task ids in order."""
        steps = np.frombuffer(zlib.decompress(self.packed_members), dtype=np.int64)
        return np.cumsum(steps)


def pack_members(task_ids: Iterable[int]) -> bytes:
    """Differences of sorted ids are small, so a lot of a thousand takes a few hundred bytes."""
    ordered = np.array(sorted(task_ids), dtype=np.int64)
    return zlib.compress(np.diff(ordered, prepend=0).tobytes())


class LotItem(models.Model):
    """A label of a lot's sample, and what an expert thought of it."""

    class Outcome(models.TextChoices):
        RIGHT = "right", _("right")
        WRONG = "wrong", _("wrong")
        GONE = "gone", _("taken out of the work")

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="items")
    task = models.ForeignKey(Task, models.PROTECT, related_name="lot_items")
    # Its place in the random order of the draw.
    place = models.PositiveIntegerField()
    # {"classes": [[control, value], ...], "people": [user, ...]} of the label at the draw.
    stratum = models.JSONField()
    revision = models.PositiveIntegerField()
    # Empty until an expert has decided.
    outcome = models.CharField(max_length=5, choices=Outcome, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["lot", "place"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "task"], name="lot_item_once"),
            models.UniqueConstraint(fields=["lot", "place"], name="lot_item_place_once"),
        ]
        indexes = [
            models.Index(fields=["task"], name="lot_item_unseen", condition=Q(outcome="")),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} in {self.lot}"
