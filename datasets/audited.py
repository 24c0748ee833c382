"""What the audit log knows of frozen versions; their verbs are told in histories as well."""

from django.utils.translation import gettext_lazy as _

from datasets.models import Campaign, DatasetVersion
from labelops.audit import subjects, words
from labelops.audit.subjects import Subject

subjects.register(
    Subject(
        DatasetVersion,
        _("dataset version"),
        project="project_id",
        name="number",
        page="dataset_detail",
        arguments=(("version_id", "pk"),),
    ),
    Subject(
        Campaign,
        _("campaign"),
        project="project_id",
        name="name",
        page="campaign_detail",
        arguments=(("slug", "project__slug"), ("campaign_id", "pk")),
    ),
)

words.register(kinds={"dataset": _("Dataset versions"), "campaign": _("Campaigns")}, verbs={})
