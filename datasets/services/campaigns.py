"""Campaigns: beginning one, the job that looks for its candidates, its end and going on."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from datasets.analysis import yields
from datasets.models import (
    Campaign,
    CampaignItem,
    CampaignSeed,
    FailureCase,
    Segment,
    VectorSet,
)
from datasets.models.campaigns import QUOTA_MOST
from datasets.services.campaign_candidates import (
    find_candidates,
    find_more,
    may_have_unlabeled,
    waiting_likest,
)
from datasets.services.campaign_targets import target_of
from datasets.services.case_links import begin_work
from datasets.services.item_sets import ItemSet, first_ids
from datasets.services.vectors import default_set, vectors_of
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, create_job, save_progress
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from tasks.models import Project
from tasks.services.archiving import lock_project, require_live
from tasks.services.checks import check_fields

KIND = "prepare_campaign"
SEEDS_MOST = 200
State = Campaign.State
# What somebody may go on with.
ENDED = (State.FULL, State.DRY, State.STOPPED)


def start(
    project: Project,
    *,
    name: str,
    purpose: str,
    seeds: ItemSet,
    quota: int,
    by: User,
    segment: Segment | None = None,
) -> Campaign:
    """Queue the look for items that are like the seeds; the caller wakes the campaign's job.

    `segment` is what the seeds are of, if they are of one: its failure cases are at work now.

    Raises DomainError, Conflict `no_vectors` while the project's items have none.
    """
    campaign = Campaign(
        project=project,
        name=name.strip(),
        purpose=purpose.strip(),
        quota=quota,
        vector_set=_vectors_needed(project),
        evaluation=seeds.evaluation,
        segment=segment,
        created_by=by,
    )
    check_fields(campaign, "name", "purpose", "quota")
    ids = seed_ids(seeds)
    _require_something_to_find(campaign, ids)
    with transaction.atomic():
        lock_project(project.pk)
        _require_free_name(campaign)
        campaign.job = create_job(KIND, {"project": project.slug}, by=by, project_id=project.pk)
        campaign.save()
        CampaignSeed.objects.bulk_create(CampaignSeed(campaign=campaign, item_id=pk) for pk in ids)
        after = {"name": campaign.name, "quota": quota, "seeds": len(ids)}
        record(by, "campaign.started", campaign, after=after)
        if segment:
            begin_work(FailureCase.objects.filter(segment=segment), by=by)
    return campaign


def _vectors_needed(project: Project) -> VectorSet:
    vector_set = default_set(project)
    if vector_set is None:
        raise Conflict(
            _("The items have no vectors yet, so that nothing can be told alike."),
            code="no_vectors",
            hint=_("Have them computed on the page of the map."),
        )
    return vector_set


def _require_something_to_find(campaign: Campaign, ids: list[int]) -> None:
    known, _vectors = vectors_of(campaign.vector_set, ids)
    if not len(known):
        raise DomainError(_("None of these items has a vector to compare by."), code="no_vectors")
    if not may_have_unlabeled(campaign.project):
        raise DomainError(
            _("Every item is labeled, or is in a batch already."),
            code="no_items",
            hint=_("Import items first."),
        )


def seed_ids(seeds: ItemSet) -> list[int]:
    """The first of a set, each item once."""
    return first_ids(seeds, SEEDS_MOST)


def _require_free_name(campaign: Campaign) -> None:
    if Campaign.objects.filter(project=campaign.project_id, name=campaign.name).exists():
        raise DomainError(
            _("This project has a campaign called “%(name)s” already.") % {"name": campaign.name},
            code="name_taken",
            field="name",
        )


def run_preparing(job: Job) -> None:
    """Find the candidates, or look for more; begun anew after a crash.

    Run again after its end it does nothing.
    """
    if job.cursor.get("is_ready"):
        return
    related = ("project", "vector_set", "evaluation")
    campaign = Campaign.objects.select_related(*related).get(job=job)
    if campaign.state == State.PREPARING:
        _prepare(campaign, job)
    else:
        _refill(campaign, job)


def _prepare(campaign: Campaign, job: Job) -> None:
    found, count = find_candidates(campaign, job)
    metric, baseline = target_of(campaign)
    with transaction.atomic():
        campaign = lock(campaign)
        CampaignItem.objects.bulk_create(found, batch_size=500)
        campaign.unlabeled_count = count
        campaign.target_metric, campaign.target_baseline = metric, baseline
        campaign.state = State.OPEN
        campaign.save()
        record(None, "campaign.opened", campaign, after={"candidates": len(found)})
        _close_look(job, len(found), {"candidates": len(found), "unlabeled": count})


def _refill(campaign: Campaign, job: Job) -> None:
    """Put others in the place of the likest that wait; what was shown or drawn by chance stays."""
    found = find_more(campaign, job)
    with transaction.atomic():
        campaign = lock(campaign)
        if campaign.state == State.BATCHED:
            return
        replaced = waiting_likest(campaign)
        former = set(replaced.values_list("item", flat=True))
        replaced.delete()
        # A page may have been shown while they were looked for.
        kept = set(campaign.candidates.values_list("item", flat=True))
        fresh = [candidate for candidate in found if candidate.item_id not in kept]
        CampaignItem.objects.bulk_create(fresh, batch_size=500)
        added = sum(candidate.item_id not in former for candidate in fresh)
        record(None, "campaign.refilled", campaign, after={"added": added})
        _close_look(job, len(fresh), {"added": added})


def _close_look(job: Job, count: int, result: dict[str, int]) -> None:
    job.done_count = job.total_count = count
    job.result = result
    job.cursor = {"is_ready": True}
    save_progress(job)


def look_again(campaign: Campaign, *, by: User) -> Campaign:
    """Look for candidates once more: after a look that failed, or as items have come since.

    What was decided stays, and so does the state of a campaign that has its candidates. The
    caller wakes the job. Raises Conflict.
    """
    with transaction.atomic():
        campaign = lock(campaign)
        require_live(campaign.project)
        if campaign.state == State.BATCHED:
            raise Conflict(_("This campaign has become a batch."), code="wrong_state")
        if campaign.is_looking:
            raise Conflict(_("This campaign looks for candidates already."), code="still_running")
        payload = {"project": campaign.project.slug}
        campaign.job = create_job(KIND, payload, by=by, project_id=campaign.project_id)
        campaign.save(update_fields=["job"])
        record(by, "campaign.looked_again", campaign)
    return campaign


def lock(campaign: Campaign) -> Campaign:
    """Of two who show or decide at once, one comes after the other."""
    related = ("project", "job", "created_by", "vector_set")
    return (
        Campaign.objects.select_for_update(of=("self",))
        .select_related(*related)
        .get(pk=campaign.pk)
    )


def stop(campaign: Campaign, *, by: User) -> Campaign:
    """End the showing, or the look for candidates; what was accepted stays."""
    with transaction.atomic():
        campaign = lock(campaign)
        if campaign.is_preparing:
            cancel_job(campaign.job, by=by)
            return campaign
        if campaign.state != State.OPEN:
            raise Conflict(_("This campaign is not collecting."), code="wrong_state")
        campaign.state = State.STOPPED
        campaign.save(update_fields=["state"])
        record(by, "campaign.stopped", campaign, after=_counts(campaign))
    return campaign


def go_on(campaign: Campaign, *, quota: int, by: User) -> Campaign:
    """Show more after an end; the stop rule looks only at what is decided from now on."""
    with transaction.atomic():
        campaign = lock(campaign)
        require_live(campaign.project)
        if campaign.state not in ENDED:
            raise Conflict(_("This campaign has not ended."), code="wrong_state")
        if not campaign.accepted_count < quota <= QUOTA_MOST:
            raise DomainError(
                _("Say how many are wanted in all: more than the %(count)d found, up to %(most)d.")
                % {"count": campaign.accepted_count, "most": QUOTA_MOST},
                code="out_of_range",
                field="quota",
            )
        campaign.quota, campaign.state = quota, State.OPEN
        campaign.rule_from = campaign.decided_count
        campaign.save(update_fields=["quota", "state", "rule_from"])
        record(by, "campaign.resumed", campaign, after={"quota": quota})
    return campaign


def settle(campaign: Campaign) -> None:
    """End a collecting campaign that is full, or in which hardly anything fits any more.

    Callers hold its lock, and store it.
    """
    if campaign.state != State.OPEN:
        return
    if campaign.accepted_count >= campaign.quota:
        campaign.state = State.FULL
        record(None, "campaign.full", campaign, after=_counts(campaign))
    elif yields.is_exhausted(decisions_of(campaign)[campaign.rule_from :]):
        campaign.state = State.DRY
        record(None, "campaign.dry", campaign, after=_counts(campaign))
    else:
        return
    parameters = {
        "campaign": campaign.name,
        "project": campaign.project.name,
        "slug": campaign.project.slug,
        "campaign_id": campaign.pk,
        "accepted": campaign.accepted_count,
        "quota": campaign.quota,
    }
    notify([campaign.created_by], Kind.CAMPAIGN_ENDED, about=campaign, parameters=parameters)


def decided(campaign: Campaign) -> QuerySet[CampaignItem]:
    """What was accepted or discarded, in the order in which it was."""
    rows = campaign.candidates.filter(is_accepted__isnull=False)
    return rows.order_by("decided_at", "page", "place")


def decisions_of(campaign: Campaign) -> list[bool]:
    return list(decided(campaign).values_list("is_accepted", flat=True))


def _counts(campaign: Campaign) -> dict[str, int]:
    return {"decided": campaign.decided_count, "accepted": campaign.accepted_count}
