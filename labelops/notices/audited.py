"""What the audit log knows of announcements and notices."""

from django.utils.translation import gettext_lazy as _

from labelops.audit import subjects, words
from labelops.audit.subjects import Subject
from labelops.notices.models import Announcement

subjects.register(
    Subject(
        Announcement,
        _("announcement"),
        name="title",
        page="announcement_detail",
        arguments=(("announcement_id", "pk"),),
    )
)

words.register(
    kinds={
        "announcement": _("Announcements"),
        "notices": _("Notices"),
        "mail_address": _("Mail addresses"),
    },
    verbs={
        "announcement.published": _("published the announcement"),
        "announcement.confirmed": _("confirmed the announcement"),
        "announcement.put_away": _("put the announcement away"),
        "announcement.withdrawn": _("withdrew the announcement"),
        "mail_address.confirmed": _("confirmed the mail address"),
        "notices.chosen": _("chose how to be told"),
    },
)
