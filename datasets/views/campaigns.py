"""Campaigns: the list, a new one, its pages of candidates, its end, and the batch made of it."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets import access
from datasets.forms.campaigns import CampaignBatchForm, CampaignForm, GoOnForm
from datasets.jobs import run_campaign_preparing
from datasets.models import Campaign
from datasets.reports.campaigns import campaign_page
from datasets.services import campaign_pages, campaigns
from datasets.services.campaign_candidates import has_new_items, may_have_unlabeled
from datasets.services.item_set_kinds import SET, read_item_set
from datasets.services.sets.segments import segment_of
from datasets.services.vectors import default_set
from datasets.views.refusals import tells_refusals
from labelops import htmx
from labelops.accounts.models import Role
from labelops.errors import DomainError
from labelops.jobs.services import wake
from labelops.lists import CURSOR, check_parameters, keyset_page, number_or_none
from tasks.access import MANAGERS, get_project, has_role
from tasks.models import Item
from tasks.reports.history import history
from tasks.views.outcomes import attempt, status_of

SEEDS_SHOWN = 24
# A form sends no more boxes than a page has.
TICKED_MOST = campaign_pages.PAGE_SIZE
DIGITS_MOST = 9


@require_safe
def campaign_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET)
    rows = access.campaigns_of(project)
    context = {
        "project": project,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "page": keyset_page(rows, request.GET.get(CURSOR, ""), newest_first=True),
    }
    return render(request, "datasets/campaign_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tells_refusals
def campaign_create(request: HttpRequest, slug: str) -> HttpResponse:
    """The address names the items to begin at: `?set=…`."""
    project = get_project(request.user, slug, MANAGERS)
    given = request.GET.dict()
    seeds = read_item_set(project, given) if SET in given else None
    data = request.POST if request.method == "POST" else None
    segment = segment_of(project, given)
    form = CampaignForm(data, project=project, seeds=seeds, segment=segment, by=request.user)
    if seeds is not None and form.is_valid() and (campaign := form.save_new()):
        wake(run_campaign_preparing, campaign.job_id)
        return redirect("campaign_detail", slug, campaign.pk)
    ids = campaigns.seed_ids(seeds) if seeds is not None else []
    vector_set = default_set(project)
    context = {
        "project": project,
        "is_manager": True,
        "form": form,
        "seeds": seeds,
        "seed_count": len(ids),
        "shown": Item.objects.filter(pk__in=ids[:SEEDS_SHOWN]),
        "vector_set": vector_set,
        "has_new": vector_set is not None and has_new_items(vector_set),
        "has_unlabeled": may_have_unlabeled(project),
    }
    return render(request, "datasets/campaign_create.html", context, status=status_of(form))


@require_safe
def campaign_detail(request: HttpRequest, slug: str, campaign_id: int) -> HttpResponse:
    """The page; to htmx its body alone, which asks again until there are candidates."""
    campaign = access.get_campaign(request.user, slug, campaign_id)
    context = _context(request, campaign)
    body = "datasets/_campaign_body.html"
    return htmx.render(request, "datasets/campaign_detail.html", body, context)


def _context(request: HttpRequest, campaign: Campaign, **over: Any) -> dict[str, Any]:
    is_manager = has_role(request.user, campaign.project, Role.MANAGER)
    return {
        "project": campaign.project,
        "campaign": campaign,
        "is_manager": is_manager,
        "has_new": is_manager and has_new_items(campaign.vector_set),
        "page": campaign_page(campaign, request.user),
        "history": history([campaign], show_names=True),
        "go_on": GoOnForm(campaign=campaign),
    } | over


@require_POST
def campaign_show(request: HttpRequest, slug: str, campaign_id: int) -> HttpResponse:
    """Give the person a page of candidates."""
    campaign = access.get_campaign(request.user, slug, campaign_id)
    return _give_page(request, campaign)


@require_POST
def campaign_decide(request: HttpRequest, slug: str, campaign_id: int) -> HttpResponse:
    """Accept what is ticked, discard the rest of the page, and give the next one."""
    campaign = access.get_campaign(request.user, slug, campaign_id)
    # Pages count from 1: nobody has the page 0.
    number = number_or_none(request.POST.get("page", ""), digits=DIGITS_MOST) or 0
    ticked = _ids(request.POST.getlist("tick"))
    decided = attempt(request, campaign_pages.decide, campaign, number, ticked, by=request.user)
    if decided is not None and decided.state == Campaign.State.OPEN:
        return _give_page(request, decided)
    return redirect("campaign_detail", slug, campaign_id)


def _give_page(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """To the candidates themselves, where there are some: what stands above them is known."""
    number = attempt(request, campaign_pages.next_page, campaign, by=request.user)
    page = reverse("campaign_detail", args=[campaign.project.slug, campaign.pk])
    if number == 0:
        messages.info(request, _("There is nothing to show just now."))
    return redirect(f"{page}#candidates" if number else page)


@require_POST
def campaign_undo(request: HttpRequest, slug: str, campaign_id: int) -> HttpResponse:
    campaign = access.get_campaign(request.user, slug, campaign_id)
    if attempt(request, campaign_pages.undo, campaign, by=request.user):
        messages.success(request, _("The page lies before you again."))
    return redirect("campaign_detail", slug, campaign_id)


@require_POST
def campaign_stop(request: HttpRequest, slug: str, campaign_id: int) -> HttpResponse:
    return _press(request, slug, campaign_id, campaigns.stop)


@require_POST
def campaign_again(request: HttpRequest, slug: str, campaign_id: int) -> HttpResponse:
    """Look for candidates once more."""
    campaign = access.get_campaign(request.user, slug, campaign_id, MANAGERS)
    if begun := attempt(request, campaigns.look_again, campaign, by=request.user):
        wake(run_campaign_preparing, begun.job_id)
    return redirect("campaign_detail", slug, campaign_id)


@require_POST
def campaign_go_on(request: HttpRequest, slug: str, campaign_id: int) -> HttpResponse:
    campaign = access.get_campaign(request.user, slug, campaign_id, MANAGERS)
    form = GoOnForm(request.POST, campaign=campaign)
    if form.is_valid() and form.save(by=request.user):
        return redirect("campaign_detail", slug, campaign_id)
    context = _context(request, campaign, go_on=form)
    return render(request, "datasets/campaign_detail.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def campaign_batch(request: HttpRequest, slug: str, campaign_id: int) -> HttpResponse:
    campaign = access.get_campaign(request.user, slug, campaign_id, MANAGERS)
    data = request.POST if request.method == "POST" else None
    form = CampaignBatchForm(data, campaign=campaign, by=request.user)
    if form.is_valid() and (batch := form.save_new()):
        messages.success(request, _("The batch is made. Start it when it is ready."))
        return redirect("batch_detail", batch.pk)
    context = {"project": campaign.project, "campaign": campaign, "form": form}
    return render(request, "datasets/campaign_batch.html", context, status=status_of(form))


def _press(
    request: HttpRequest, slug: str, campaign_id: int, service: Callable[..., Campaign]
) -> HttpResponse:
    campaign = access.get_campaign(request.user, slug, campaign_id, MANAGERS)
    attempt(request, service, campaign, by=request.user)
    return redirect("campaign_detail", slug, campaign_id)


def _ids(texts: list[str]) -> set[uuid.UUID]:
    try:
        return {uuid.UUID(text) for text in texts[: TICKED_MOST + 1]}
    except ValueError as error:
        raise DomainError(
            _("An item is not on this page."), code="unknown_item", field="item"
        ) from error
