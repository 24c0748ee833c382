"""What a webhook can be told of: a closed list, named as programs read it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# Sent by the button that tries an address out; nobody chooses it.
TEST = "webhook.test"


class Told(models.TextChoices):
    ITEM_ACCEPTED = "item.accepted", _("a label is accepted, or an accepted one changes")
    BATCH_CLOSED = "batch.closed", _("a batch is closed")
    INSTRUCTIONS_PUBLISHED = "instructions.published", _("instructions are published")
    RULING_PUBLISHED = "ruling.published", _("a ruling is published")
    LEVEL_CHANGED = "level.changed", _("the level of a person changes")
    IMPORT_FINISHED = "import.finished", _("an import has finished")
    EXPORT_FINISHED = "export.finished", _("an export has finished")
    JOB_FAILED = "job.failed", _("background work has failed")
