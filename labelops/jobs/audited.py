"""What the audit log knows of background work."""

from django.utils.translation import gettext_lazy as _

from labelops.audit import subjects, words
from labelops.audit.subjects import Subject
from labelops.jobs.models import Job

subjects.register(Subject(Job, _("job"), project="project_id", name="kind"))

words.register(
    kinds={"job": _("Background work")},
    verbs={
        "job.created": _("asked for work in the background"),
        "job.done": _("finished the work"),
        "job.failed": _("could not finish the work"),
        "job.cancelled": _("cancelled the work"),
    },
)
