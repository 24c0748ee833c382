"""What people are told: notices, how each kind shall reach them, and announcements."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Team
from labelops.notices import kinds
from labelops.notices.kinds import Kind

TITLE_LENGTH = 120
TEXT_LENGTH = 10_000


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at=None)


class Notice(models.Model):
    """One thing that one person is told. A repeat takes the place of the unread one before it.

    So newer rows have higher numbers, and there is one unread row about a thing at most.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30, choices=Kind)
    # What it is about, as "tasks.batch:17".
    about = models.CharField(max_length=120)
    parameters = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=1)
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "about"],
                condition=Q(read_at=None),
                name="notice_unread_once",
            )
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="notice_of_person"),
            # Whether a batch was told of already.
            models.Index(fields=["about", "kind"], name="notice_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"

    @property
    def sentence(self) -> str:
        return kinds.sentence(self.kind, self.parameters, self.count)

    @property
    def address(self) -> str:
        return kinds.address(self.kind, self.parameters)

    @property
    def detail(self) -> str:
        """Words of people, or of the work itself, beside the sentence."""
        return str(self.parameters.get("detail", ""))


class Preference(models.Model):
    """How one kind of notice shall reach one person; without a row: on the pages alone."""

    class Way(models.TextChoices):
        PAGES = "pages", _("on the pages alone")
        MAIL = "mail", _("also in the daily mail")
        NONE = "none", _("not at all")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_preferences"
    )
    kind = models.CharField(max_length=30, choices=Kind)
    way = models.CharField(max_length=5, choices=Way)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="preference_once_per_kind"),
            models.CheckConstraint(
                condition=Q(way__in=["pages", "mail", "none"]), name="preference_known_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.way}"


class MailAddress(models.Model):
    """Where a person's daily mail goes, once they have shown that the address is theirs.

    The row outlives its address, so that nobody has mails sent to others at short intervals.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="mail_address"
    )
    address = models.EmailField(_("mail address"), blank=True)
    given_at = models.DateTimeField()
    # When a mail with a link to confirm it was sent last.
    asked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    # The day, in the person's own zone, of the last daily mail.
    last_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.address


class Announcement(models.Model):
    """What a manager tells teams. It is never changed: who confirmed it has read these words."""

    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    text = models.TextField(_("text"), max_length=TEXT_LENGTH)
    teams = models.ManyToManyField(Team, verbose_name=_("teams"), related_name="announcements")
    must_confirm = models.BooleanField(_("must be confirmed"), default=False)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title

    def is_over(self, today: Any) -> bool:
        return self.withdrawn_at is not None or (self.ends_on is not None and self.ends_on < today)


class Receipt(models.Model):
    """That one person has read one announcement: confirmed or put away."""

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="receipts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["announcement", "person"], name="receipt_once")
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id}: {self.person_id}"
