"""The gold manager: experts make, approve and rule; managers read along."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role
from labelops.lists import CURSOR, keyset_page
from reviews import access
from reviews.forms.gold import (
    ApprovalForm,
    GoldFilterForm,
    GoldReasonForm,
    ProposeForm,
    ReviseForm,
)
from reviews.forms.training import CandidateFilterForm
from reviews.reports import gold as reports
from reviews.reports import gold_desk as desk_reports
from reviews.reports.training_desk import CANDIDATES, candidate_views
from reviews.services import gold, gold_leaks
from reviews.services.references import candidates, reference_of
from tasks.access import EXPERTS, get_project, has_role
from tasks.models import GoldItem
from tasks.views.outcomes import attempt, status_of


@require_safe
def gold_desk(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    form = GoldFilterForm(request.GET)
    rows = desk_reports.rows_of(project, form.state_value)
    page = keyset_page(rows, request.GET.get(CURSOR, ""), newest_first=True)
    is_manager = has_role(request.user, project, Role.MANAGER)
    context = {
        "project": project,
        "filter_form": form,
        "filters": f"state={form.state_value}",
        "page": page,
        "rows": desk_reports.gold_rows(page.rows),
        "desk": desk_reports.desk(project, show_names=is_manager),
        "is_manager": is_manager,
        "is_expert": has_role(request.user, project, Role.EXPERT),
    }
    return render(request, "reviews/gold_desk.html", context)


@require_safe
def gold_candidates(request: HttpRequest, slug: str) -> HttpResponse:
    """Labels that experts decided, to make gold of, the newest first."""
    project = get_project(request.user, slug, EXPERTS)
    form = CandidateFilterForm(request.GET, project=project)
    # Gold is never made of what only annotators stand for.
    wanted = {**form.values(), "by_experts": True}
    del form.fields["source"]
    rows = candidates(project, **wanted)
    page = keyset_page(rows, request.GET.get(CURSOR, ""), size=CANDIDATES, newest_first=True)
    context = {
        "project": project,
        "filter_form": form,
        "filters": form.as_query(),
        "page": page,
        "candidates": candidate_views(page.rows),
    }
    return render(request, "reviews/gold_candidates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def gold_propose(request: HttpRequest, slug: str, public_id: uuid.UUID) -> HttpResponse:
    task = access.get_gold_candidate(request.user, slug, public_id)
    if task.result_version is None:
        messages.error(request, _("This item has no label yet."))
        return redirect("item_detail", task.item.public_id)
    reference = reference_of(task)
    others = reports.options(task.item, task.result_version, without=reference["answer"])
    form = ProposeForm(request.POST if request.method == "POST" else None, options=others)
    if form.is_valid() and (made := form.save(task, by=request.user)):
        messages.success(request, _said(made))
        return redirect("gold_detail", slug, made.pk)
    context = {
        "project": task.batch.project,
        "task": task,
        "form": form,
        "view": reports.label_view(task, reference["answer"]),
    }
    return render(request, "reviews/gold_propose.html", context, status=status_of(form))


def _said(made: GoldItem) -> str:
    if made.state == GoldItem.State.ACTIVE:
        return _("It is gold now, and served in among the work.")
    return _("Proposed. A second expert approves it.")


@require_safe
def gold_detail(request: HttpRequest, slug: str, gold_id: int) -> HttpResponse:
    found = access.get_gold(request.user, slug, gold_id)
    context = {
        "project": found.project,
        "page": reports.gold_page(found, request.user),
        "is_expert": has_role(request.user, found.project, Role.EXPERT),
        "is_manager": has_role(request.user, found.project, Role.MANAGER),
        "doubt_form": GoldReasonForm(auto_id="doubt-%s"),
        "retire_form": GoldReasonForm(auto_id="retire-%s"),
    }
    return render(request, "reviews/gold_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def gold_revise(request: HttpRequest, slug: str, gold_id: int) -> HttpResponse:
    found = access.get_gold(request.user, slug, gold_id, EXPERTS)
    newest = found.answers.select_related("version").first()
    data = request.POST if request.method == "POST" else None
    offered = reports.revisions(newest, found.item)
    form = ReviseForm(data, options=offered, initial=reports.initial(newest, offered))
    if form.is_valid() and (written := form.save(found, by=request.user)):
        said = (
            _("The new answer is in force, and what was answered before is scored anew.")
            if written.approved_at
            else _("Written. A second expert approves it; until then the former one is in force.")
        )
        messages.success(request, said)
        return redirect("gold_detail", slug, gold_id)
    context = {
        "project": found.project,
        "gold": found,
        "form": form,
        "view": reports.answer_view(newest, found.item),
    }
    return render(request, "reviews/gold_revise.html", context, status=status_of(form))


@require_POST
def gold_approve(request: HttpRequest, slug: str, gold_id: int) -> HttpResponse:
    """Approve the version that the page showed, which may not be the newest any more."""
    found = access.get_gold(request.user, slug, gold_id, EXPERTS)
    form = ApprovalForm(request.POST, gold=found)
    if not form.is_valid():
        messages.error(request, _("Say which version you approve: open the page anew."))
    elif attempt(request, gold.approve, form.cleaned_data["number"], by=request.user):
        messages.success(request, _("It is in force. What was answered before is scored by it."))
    return redirect("gold_detail", slug, gold_id)


@require_POST
def gold_suspend(request: HttpRequest, slug: str, gold_id: int) -> HttpResponse:
    said = _("It is served no more until somebody rules, and nothing it measured counts.")
    return _move(request, slug, gold_id, gold.suspend, said)


@require_POST
def gold_resume(request: HttpRequest, slug: str, gold_id: int) -> HttpResponse:
    said = _("It is served and counts again.")
    return _move(request, slug, gold_id, gold.resume, said)


@require_POST
def gold_retire(request: HttpRequest, slug: str, gold_id: int) -> HttpResponse:
    return _move(request, slug, gold_id, gold.retire, _("It is retired."))


def _move(
    request: HttpRequest, slug: str, gold_id: int, arrow: Callable[..., Any], said: str
) -> HttpResponse:
    found = access.get_gold(request.user, slug, gold_id, EXPERTS)
    reason = request.POST.get("reason", "")
    if attempt(request, arrow, found, reason=reason, by=request.user):
        messages.success(request, said)
    return redirect("gold_detail", slug, gold_id)


@require_POST
def gold_leak_close(request: HttpRequest, slug: str, leak_id: int) -> HttpResponse:
    leak = access.get_gold_leak(request.user, slug, leak_id)
    note = request.POST.get("note", "")
    if attempt(request, gold_leaks.close, leak, note=note, by=request.user):
        messages.success(request, _("Noted."))
    return redirect("gold_desk", slug)
