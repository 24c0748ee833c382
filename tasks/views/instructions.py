"""Reading instructions: the versions, one of them, what changed in it, on paper."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from labelops.accounts.models import Role
from tasks import access
from tasks.forms.classes import class_field
from tasks.forms.publishing import ReasonForm
from tasks.models import InstructionVersion
from tasks.reports.differences import change_views
from tasks.reports.guide import version_guide
from tasks.services import instructions


@require_safe
def instruction_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug, archived=True)
    context = {
        "project": project,
        "versions": project.instruction_versions.select_related("author", "approver"),
        "draft": instructions.draft_version(project),
    }
    return render(request, "tasks/instruction_list.html", context)


@require_safe
def instruction_detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = access.get_instruction_version(request.user, slug, number, archived=True)
    is_expert = access.has_role(request.user, version.project, Role.EXPERT)
    former = instructions.former_version(version)
    context = {
        "project": version.project,
        "former": former,
        "can_withdraw": is_expert and former and version.state == version.State.PUBLISHED,
        "reason_form": ReasonForm(),
        **_reading(version),
    }
    return render(request, "tasks/instruction_detail.html", context)


@require_safe
def instruction_diff(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Side by side with the version before it, or with the one that is named."""
    version = access.get_instruction_version(request.user, slug, number, archived=True)
    earlier = version.project.instruction_versions.filter(number__lt=number)
    named = request.GET.get("to", "")
    former = instructions.former_version(version)
    if named.isdecimal() and len(named) < 10:
        former = earlier.filter(number=int(named)).first() or former
    context = {
        "project": version.project,
        "version": version,
        "former": former,
        "earlier": earlier,
        "changes": change_views(version, former),
    }
    return render(request, "tasks/instruction_diff.html", context)


@require_safe
def instruction_print(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = access.get_instruction_version(request.user, slug, number, archived=True)
    context = {"project": version.project, **_reading(version)}
    return render(request, "tasks/instruction_print.html", context)


def _reading(version: InstructionVersion) -> dict[str, Any]:
    return {
        "version": version,
        "blocks": version_guide(version, get_language()),
        "controls": shown_controls(version.label_schema),
    }


def shown_controls(label_schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The questions with their classes under one name, whatever their kind calls them."""
    return [
        {**control, "classes": control.get(class_field(control), [])}
        for control in label_schema["controls"]
    ]
