"""What the audit log knows of frozen versions; their verbs are told in histories as well."""

from django.utils.translation import gettext_lazy as _

from datasets.models import DatasetVersion, Scenario
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
        Scenario,
        _("scenario test"),
        project="project_id",
        name="name",
        page="scenario_detail",
        arguments=(("slug", "project__slug"), ("scenario_id", "pk")),
    )
)

words.register(
    kinds={"dataset": _("Dataset versions"), "scenario": _("Scenario tests")},
    verbs={},
)
