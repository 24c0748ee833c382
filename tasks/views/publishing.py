"""From a draft to the rules in force: say what changed, let somebody approve, publish."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role
from labelops.htmx import render as render_part
from labelops.jobs.services import cancel_job, wake
from tasks import access
from tasks.forms.publishing import ChangesForm, PublishForm, ReasonForm, RestForm
from tasks.jobs import run_stale
from tasks.models import InstructionVersion, Project
from tasks.reports.differences import change_views
from tasks.reports.publishing import preview
from tasks.reports.stale import stale_page
from tasks.services import instructions, publishing, stale
from tasks.views.outcomes import attempt, status_of

State = InstructionVersion.State


@require_http_methods(["GET", "HEAD", "POST"])
def instruction_approval(request: HttpRequest, slug: str) -> HttpResponse:
    """A draft is handed in here with what its changes ask; then somebody else decides here."""
    project = access.get_project(request.user, slug)
    draft = instructions.draft_version(project)
    if draft is None:
        messages.error(request, _("There is no draft to publish."))
        return redirect("instruction_list", slug)
    former = instructions.current_version(project)
    changes = instructions.changes_of(draft, former)
    form = ChangesForm(version=draft, changes=changes)
    if request.method == "POST":
        form = ChangesForm(request.POST, version=draft, changes=changes)
        if form.is_valid() and form.save(by=request.user):
            messages.success(request, _("Handed in. A second expert publishes it."))
            return redirect("instruction_approval", slug)
    return _approval_page(request, project, draft, former, form)


def _approval_page(
    request: HttpRequest,
    project: Project,
    draft: InstructionVersion,
    former: InstructionVersion | None,
    form: ChangesForm,
) -> HttpResponse:
    is_ready = draft.state == State.IN_APPROVAL or former is None
    is_expert = access.has_role(request.user, project, Role.EXPERT)
    views = change_views(draft, former)
    context = {
        "project": project,
        "version": draft,
        "former": former,
        "form": form,
        "changes": [(view, form[f"change-{view.id}"]) for view in views],
        "is_ready": is_ready,
        "is_expert": is_expert,
        "can_publish": is_expert and publishing.can_approve(draft, request.user),
        "preview": preview(draft) if is_ready else None,
        "publish_form": PublishForm(version=draft),
        "reason_form": ReasonForm(),
    }
    status = status_of(form)
    return render(request, "tasks/instruction_approval.html", context, status=status)


@require_POST
def instruction_publish(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.EXPERTS)
    draft = instructions.draft_version(project)
    if draft is None:
        messages.error(request, _("There is no draft to publish."))
        return redirect("instruction_list", slug)
    form = PublishForm(request.POST, version=draft)
    published = form.save(by=request.user) if form.is_valid() else None
    if published is None:
        for errors in form.errors.values():
            messages.error(request, " ".join(errors))
        return redirect("instruction_approval", slug)
    messages.success(
        request,
        _("Version %(number)d is published. New tasks are handed out under it.")
        % {"number": published.number},
    )
    if job := stale.unfinished_job(published):
        wake(run_stale, job.pk)
        return redirect("instruction_stale", slug, published.number)
    return redirect("instruction_list", slug)


@require_POST
def instruction_send_back(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.EXPERTS)
    draft = instructions.draft_version(project)
    if draft is None:
        return redirect("instruction_list", slug)
    reason = request.POST.get("reason", "")
    if attempt(request, publishing.send_back, draft, reason=reason, by=request.user):
        messages.success(request, _("Sent back to its author."))
        return redirect("instruction_list", slug)
    return redirect("instruction_approval", slug)


@require_POST
def instruction_withdraw(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = access.get_instruction_version(request.user, slug, number, access.EXPERTS)
    reason = request.POST.get("reason", "")
    if former := attempt(request, publishing.withdraw, version, reason=reason, by=request.user):
        messages.success(
            request,
            _("Withdrawn. Version %(number)d is in force again.") % {"number": former.number},
        )
    return redirect("instruction_detail", slug, number)


@require_safe
def instruction_stale(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The labels that a version put in doubt, and how far going through them is."""
    version = access.get_instruction_version(request.user, slug, number)
    context = {
        "project": version.project,
        "version": version,
        "page": stale_page(version, request.GET.get("cursor", "")),
        "is_expert": access.has_role(request.user, version.project, Role.EXPERT),
    }
    return render_part(
        request, "tasks/instruction_stale.html", "tasks/_stale_progress.html", context
    )


@require_POST
def instruction_stale_rest(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = access.get_instruction_version(request.user, slug, number, access.EXPERTS)
    form = RestForm(request.POST)
    if form.is_valid():
        policy = form.cleaned_data["policy"]
        job = attempt(request, stale.decide_rest, version, policy=policy, by=request.user)
        if job:
            wake(run_stale, job.pk)
    else:
        messages.error(request, _("Choose what becomes of these labels."))
    return redirect("instruction_stale", slug, number)


@require_POST
def instruction_stale_cancel(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Stop going through the labels; pressed again it goes on."""
    version = access.get_instruction_version(request.user, slug, number, access.EXPERTS)
    if job := stale.unfinished_job(version):
        attempt(request, cancel_job, job, by=request.user)
    elif job := attempt(request, stale.go_on, version, by=request.user):
        wake(run_stale, job.pk)
    return redirect("instruction_stale", slug, number)
