"""Instructions: versions, the draft with its preview, publishing."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role
from tasks import access
from tasks.forms.classes import class_field
from tasks.forms.instructions import InstructionForm, SeenForm, seen_of
from tasks.models import InstructionVersion
from tasks.services import instructions
from tasks.services.markdown import render_markdown
from tasks.views.outcomes import attempt, status_of


@require_safe
def instruction_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    versions = project.instruction_versions.select_related("author", "approver")
    draft = instructions.draft_version(project)
    context = {
        "project": project,
        "versions": versions,
        "draft": draft,
        "publish_form": SeenForm(initial=seen_of(draft)),
        "is_manager": access.has_role(request.user, project, Role.MANAGER),
        "is_expert": access.has_role(request.user, project, Role.EXPERT),
    }
    return render(request, "tasks/instruction_list.html", context)


@require_safe
def instruction_detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = access.get_instruction_version(request.user, slug, number)
    context = {
        "project": version.project,
        "version": version,
        "publish_form": SeenForm(initial=seen_of(version)),
        "is_expert": access.has_role(request.user, version.project, Role.EXPERT),
        **_preview(version.body, version.label_schema),
    }
    return render(request, "tasks/instruction_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def instruction_edit(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    newest = instructions.newest_version(project)
    body = newest.body if newest else ""
    form = InstructionForm(initial={"body": body, **seen_of(newest)})
    if request.method == "POST":
        form = InstructionForm(request.POST)
        body = request.POST.get("body", "")
        if form.is_valid() and (draft := form.save(project, by=request.user)):
            messages.success(request, _("Draft %(number)d is saved.") % {"number": draft.number})
            return redirect("instruction_detail", slug, draft.number)
    context = {
        "project": project,
        "newest": newest,
        "form": form,
        **_preview(body[: instructions.BODY_LENGTH], _schema_of(newest)),
    }
    return render(request, "tasks/instruction_edit.html", context, status=status_of(form))


@require_POST
def instruction_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What annotators would see of the text that is being written; nothing is stored."""
    project = access.get_project(request.user, slug)
    body = request.POST.get("body", "")[: instructions.BODY_LENGTH]
    schema = _schema_of(instructions.newest_version(project))
    return render(request, "tasks/_instruction_preview.html", _preview(body, schema))


@require_POST
def instruction_publish(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, access.EXPERTS)
    draft = instructions.draft_version(project)
    form = SeenForm(request.POST)
    if draft is None or not form.is_valid():
        messages.error(request, _("There is no draft to publish."))
        return redirect("instruction_list", slug)
    seen_at = form.cleaned_data["seen"]
    if attempt(request, instructions.publish, draft, by=request.user, seen_at=seen_at):
        messages.success(
            request,
            _("Version %(number)d is published. New tasks are handed out under it.")
            % {"number": draft.number},
        )
        return redirect("instruction_list", slug)
    return redirect("instruction_edit", slug)


def _schema_of(version: InstructionVersion | None) -> dict[str, Any]:
    return version.label_schema if version else {"controls": []}


def _preview(body: str, label_schema: dict[str, Any]) -> dict[str, Any]:
    controls = [
        {**control, "classes": control.get(class_field(control), [])}
        for control in label_schema["controls"]
    ]
    return {"body_html": render_markdown(body), "controls": controls}
