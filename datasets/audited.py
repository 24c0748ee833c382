"""What the audit log knows of frozen versions; their verbs are told in histories as well."""

from django.utils.translation import gettext_lazy as _

from datasets.models import DatasetVersion, Segment
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

subjects.register(Subject(Segment, _("segment"), project="project_id", name="name"))

words.register(
    kinds={"dataset": _("Dataset versions"), "segment": _("Segments")},
    verbs={
        "segment.created": _("saved the segment"),
        "segment.renamed": _("renamed the segment"),
        "segment.deleted": _("deleted the segment"),
    },
)
