"""What the audit log knows of webhooks."""

from django.utils.translation import gettext_lazy as _

from labelops.audit import subjects, words
from labelops.audit.subjects import Subject
from labelops.webhooks.models import Delivery, Webhook

subjects.register(
    Subject(
        Webhook,
        _("webhook"),
        project="project_id",
        name="address",
        page="webhook_detail",
        arguments=(("public_id", "public_id"),),
    ),
    Subject(
        Delivery,
        _("delivery"),
        project="webhook__project_id",
        name="event",
        page="delivery_detail",
        arguments=(("public_id", "public_id"),),
    ),
)

words.register(
    kinds={"webhook": _("Webhooks"), "delivery": _("Deliveries")},
    verbs={
        "webhook.created": _("made the webhook"),
        "webhook.changed": _("changed the webhook"),
        "webhook.paused": _("paused the webhook"),
        "webhook.resumed": _("resumed the webhook"),
        "webhook.secret_renewed": _("renewed the secret"),
        "webhook.tested": _("sent a test"),
        "webhook.switched_off": _("switched the webhook off"),
        "webhook.deleted": _("deleted the webhook"),
        "delivery.sent_again": _("sent it again"),
    },
)
