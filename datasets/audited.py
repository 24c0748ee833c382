"""What the audit log knows of frozen versions; their verbs are told in histories as well."""

from django.utils.translation import gettext_lazy as _

from datasets.models import BulkEdit, DatasetVersion
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
    )
)

subjects.register(
    Subject(
        BulkEdit,
        _("edit of many items"),
        project="project_id",
        name="act",
        page="bulk_edit_detail",
        arguments=(("slug", "project__slug"), ("edit_id", "pk")),
    )
)

words.register(kinds={"dataset": _("Dataset versions"), "edit": _("Edits of many items")}, verbs={})
