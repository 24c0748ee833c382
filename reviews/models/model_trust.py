"""How far a model version has come in each class, by what, and what each scheduled look said."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tasks.models import ModelVersion, Task


class ModelCheck(models.Model):
    """One prediction held against what turned out to be right, of an item that chance chose.

    Only where nobody who answered had seen a suggestion, and the item did not teach the version.
    A model that differs from the people is not wrong until an expert has ruled: such a row waits.
    """

    class Kind(models.TextChoices):
        BLIND = "blind", _("work that people did without its suggestion")
        AUDIT = "audit", _("a random share of what it would have answered alone")
        REPLAY = "replay", _("decided before the version was made")

    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="checks")
    task = models.ForeignKey(Task, models.CASCADE, related_name="model_checks")
    kind = models.CharField(max_length=6, choices=Kind)
    # The class it named; empty where a project asks for more than one class.
    label = models.CharField(max_length=200, blank=True)
    # The class that turned out to be right, where both are classes.
    expected = models.CharField(max_length=200, blank=True)
    score = models.FloatField(null=True)
    # Empty: people and model differ, and no expert has ruled yet.
    is_right = models.BooleanField(null=True)
    # Whether who answered could settle it when they agree with the model: two people, one of level
    # 3, or an expert whom chance sends there. If not, it is shown and counts for nothing.
    is_enough = models.BooleanField(default=True)
    # The rule changed, the task was taken out, or somebody did see the suggestion.
    is_void = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model_version", "task"], name="model_check_once"),
            models.CheckConstraint(
                condition=Q(is_right__isnull=True, decided_at__isnull=True)
                | Q(is_right__isnull=False, decided_at__isnull=False),
                name="model_check_decided_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["model_version", "label", "id"],
                name="model_check_by_class",
                condition=Q(is_void=False),
            ),
            models.Index(
                fields=["task"],
                name="model_check_waiting",
                condition=Q(is_void=False, is_right__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.task_id}: {self.is_right}"


class TaskToCheck(models.Model):
    """Something of a task changed whose item a model predicts: its checks are to be seen to."""

    task = models.ForeignKey(
        Task, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"check of {self.task_id}"


class EvidenceState(models.Model):
    """How far a version was held against older labels; its row lock lets one sweep gather."""

    model_version = models.OneToOneField(
        ModelVersion, models.CASCADE, related_name="evidence_state"
    )
    # The last task of the walk that goes on; 0 when none does.
    replayed_upto = models.BigIntegerField(default=0)
    replayed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"evidence of {self.model_version}"


class ModelStanding(models.Model):
    """One model version in one class: where its series of evidence begins, the newest figures.

    The level itself is the grant (tasks). All of this is computed from checks; a row that is lost
    or late is computed anew.
    """

    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="standings")
    label = models.CharField(max_length=200, blank=True)
    # Checks with a higher id count: for the present series of looks; for the alarm of audits.
    series_after = models.BigIntegerField(default=0)
    alarm_after = models.BigIntegerField(default=0)
    looked_at = models.PositiveIntegerField(default=0)
    # The breaking version of the instructions that the series knows of, and since when the grant
    # is as it is: a change by others begins a new series.
    rule_number = models.PositiveIntegerField(default=0)
    level_set_at = models.DateTimeField(null=True)
    # How much of the way to an alarm the audits have gone, 0 to 1.
    alarm_score = models.FloatField(default=0)
    alarmed_at = models.DateTimeField(null=True)
    # Of the present series: decided checks, right ones, one-sided bounds each at 1 %.
    n = models.PositiveIntegerField(default=0)
    right = models.PositiveIntegerField(default=0)
    lower = models.FloatField(default=0)
    upper = models.FloatField(default=1)
    waiting = models.PositiveIntegerField(default=0)
    # Beside them: too few people answered for the check to count.
    thin = models.PositiveIntegerField(default=0)
    # Of audits since the certificate: how many, how many wrong, and the bound above the errors.
    audited = models.PositiveIntegerField(default=0)
    audited_wrong = models.PositiveIntegerField(default=0)
    audit_upper = models.FloatField(default=1)
    # Checks came or changed since it was assessed.
    is_due = models.BooleanField(default=True)
    assessed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], name="model_standing_due", condition=Q(is_due=True))]
        constraints = [
            models.UniqueConstraint(fields=["model_version", "label"], name="model_standing_once"),
            models.CheckConstraint(
                condition=Q(right__lte=F("n"), audited_wrong__lte=F("audited")),
                name="model_standing_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.label or 'all'}: {self.right} of {self.n}"


class ModelLook(models.Model):
    """What a scheduled look saw and what came of it: a promotion's look is its certificate.

    Never taken twice, never edited, but for its end.
    """

    class Outcome(models.TextChoices):
        PROMOTE = "promote", _("a higher level")
        CERTIFY = "certify", _("may answer alone")
        DEMOTE = "demote", _("one level down")
        HOLD = "hold", _("stays")

    standing = models.ForeignKey(ModelStanding, models.CASCADE, related_name="looks")
    level = models.PositiveSmallIntegerField()
    bar_percent = models.PositiveSmallIntegerField(null=True)
    # The scores from which on the bar is proved; empty where all answers of the class count.
    cut = models.FloatField(null=True)
    # The checks it saw: those after the one, up to the other; n and wrong are those above the cut.
    series_after = models.BigIntegerField()
    upto = models.BigIntegerField()
    seen = models.PositiveIntegerField()
    n = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField()
    lower = models.FloatField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    taken_at = models.DateTimeField()
    # Of a certificate that holds no more: when and why.
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["standing", "series_after", "seen"],
                condition=Q(bar_percent__isnull=True),
                name="model_look_once",
            ),
            models.UniqueConstraint(
                fields=["standing", "series_after", "seen", "bar_percent"],
                condition=Q(bar_percent__isnull=False),
                name="model_look_once_per_bar",
            ),
            models.CheckConstraint(
                condition=Q(wrong__lte=F("n"), n__lte=F("seen")), name="model_look_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wrong} of {self.n} wrong: {self.outcome}"
