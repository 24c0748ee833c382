"""What one batch adds to a model that others taught as well: the model trained once without it.

The newer version and this one are held side by side on the items of the target. Of the latter only
the counts are kept.
"""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from datasets.analysis.impact import change
from datasets.models import Impact
from datasets.services import impact_outcomes as outcomes
from datasets.services.scenario_answers import Told
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from labelops.jobs.heart import heart
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from reviews.models import ModelTraining
from reviews.services import built_in_predictions, retraining
from reviews.services.retraining import Retrained
from tasks.models import Item, ModelVersion
from tasks.services.archiving import lock_project, require_live

KIND = "train_without_batch"
CHUNK = 200
# Of the labels that the newer version learned from.
CHANGED_MOST = 0.05


def is_possible(impact: Impact) -> bool:
    """Whether its newer version was trained here, with labels of this batch and of others."""
    if impact.after is None or impact.after.origin != ModelVersion.Origin.BUILT_IN:
        return False
    shared = impact.result["shared"]
    return bool(impact.result["n"] and shared["own"] and shared["names"])


def start(impact: Impact, *, by: User) -> Job:
    """Queue the training without the batch; the caller wakes the job."""
    require_live(impact.batch.project)
    with transaction.atomic():
        lock_project(impact.batch.project_id)
        impact = Impact.objects.select_related("after", "batch").get(pk=impact.pk)
        if not is_possible(impact):
            raise Conflict(
                _("Only a built-in model that learned from other batches, too, is trained again."),
                code="not_shared",
            )
        if impact.share:
            raise Conflict(_("What this batch adds is known already."), code="already_known")
        newest = newest_job(impact)
        if newest and not newest.is_finished:
            raise Conflict(_("It is being trained without this batch."), code="still_running")
        payload = {"impact": impact.pk, "after": impact.after_id, "batch": impact.batch_id}
        return create_job(KIND, payload, by=by, project_id=impact.batch.project_id)


def newest_job(impact: Impact) -> Job | None:
    """The one that trains what its newer version is held against, or that did so last."""
    rows = Job.objects.filter(kind=KIND, project_id=impact.batch.project_id)
    rows = rows.filter(payload__impact=impact.pk, payload__after=impact.after_id)
    return rows.order_by("-pk").first()


def run(job: Job) -> None:
    """Called again after a crash it begins again, and learns the same; after its end, nothing."""
    impact = Impact.objects.select_related("batch", "target__dataset_version").get(
        pk=job.payload["impact"]
    )
    if impact.share:
        return
    training = ModelTraining.objects.select_related("project", "model_version").get(
        model_version=job.payload["after"]
    )
    changed = _changed_count(training)
    retrained = retraining.train_without(impact.batch, training, heart(job))
    right = outcomes.of_scenario(impact.target, training.model_version)
    right_without = _right_without(impact, training, retrained, sorted(right), job)
    found = change(right_without, right)
    if found is None:
        raise Conflict(_("None of the items of the test can be read."), code="nothing_compared")
    share = {
        "change": asdict(found),
        "labels": training.label_count,
        "labels_without": retrained.label_count,
        "changed": changed,
    }
    _keep(job, share, training.model_version)


def _changed_count(training: ModelTraining) -> int:
    """Raises Conflict where so many labels are others by now that these would be in the share."""
    count = retraining.changed_count(training)
    if count > CHANGED_MOST * training.label_count:
        raise Conflict(
            _("%(count)d of the %(all)d labels that it learned from have changed since.")
            % {"count": count, "all": training.label_count},
            code="labels_changed",
            hint=_("Train the model anew and measure it, then ask again."),
        )
    return count


def _right_without(
    impact: Impact, training: ModelTraining, retrained: Retrained, ids: list[int], job: Job
) -> dict[int, bool]:
    """What the model without the batch has right of these items, a chunk at a time."""
    found: dict[int, bool] = {}
    job.done_count, job.total_count = 0, len(ids)
    for first in range(0, len(ids), CHUNK):
        chunk = ids[first : first + CHUNK]
        items = list(Item.objects.filter(pk__in=chunk).order_by("pk"))
        truths = dict(impact.target.members.filter(item__in=chunk).values_list("item", "answer"))
        said = built_in_predictions.judge(
            training.project, retrained.trained, training.control, items
        )
        told = [
            Told(one.item_id, truths[one.item_id], one.answer, one.score, one.scores)
            for one in said
        ]
        found |= outcomes.right_of(impact.target, told)
        job.done_count += len(chunk)
        save_progress(job)
    return found


def _keep(job: Job, share: dict[str, Any], after: ModelVersion) -> None:
    with transaction.atomic():
        impact = Impact.objects.select_for_update(of=("self",)).get(pk=job.payload["impact"])
        if impact.after_id != after.pk:
            raise Conflict(
                _("A newer version was measured meanwhile. Train that one without this batch."),
                code="outdated",
            )
        impact.share = share
        impact.save(update_fields=["share"])
        told = {"after": str(after), **share["change"]}
        record(job.created_by, "impact.share_measured", impact, after=told)
        job.result = told
        save_progress(job)
