"""What the audit log knows of frozen versions; their verbs are told in histories as well."""

from django.utils.translation import gettext_lazy as _

from datasets.models import DatasetVersion, FailureCause, FailureCluster, Tracing, VectorSet
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

subjects.register(Subject(VectorSet, _("vectors"), project="project_id", name="name"))

subjects.register(Subject(Tracing, _("traced causes"), project="evaluation__project_id"))
subjects.register(
    Subject(
        FailureCluster,
        _("group of failures"),
        project="tracing__evaluation__project_id",
        name="number",
    )
)
subjects.register(
    Subject(
        FailureCause,
        _("failing item"),
        project="tracing__evaluation__project_id",
        name="item__external_id",
    )
)

words.register(kinds={"dataset": _("Dataset versions")}, verbs={})
words.register(
    kinds={"vectors": _("Vectors of items")},
    verbs={
        "vectors.created": _("began a set of vectors"),
        "vectors.added": _("added vectors"),
        "vectors.deleted": _("deleted a set of vectors"),
    },
)
words.register(
    kinds={
        "causes": _("Causes of failures"),
        "failure": _("Verdicts on failures"),
        "failures": _("Failures handed over"),
    },
    verbs={
        "causes.started": _("began to trace causes"),
        "causes.traced": _("traced causes"),
        "failure.overruled": _("changed the cause of a failure"),
        "failures.handed_over": _("handed failures over"),
    },
)
