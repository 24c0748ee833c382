"""Questions of a project: the list by age, and answering one."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role
from labelops.lists import CURSOR, check_parameters
from tasks import access
from tasks.forms.questions import AnswerForm
from tasks.reports import questions as reports
from tasks.services import questions
from tasks.views.outcomes import attempt, status_of


@require_safe
def question_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    check_parameters(request.GET, "show")
    show_all = request.GET.get("show") == "all"
    is_manager = access.has_role(request.user, project, Role.MANAGER)
    page = reports.question_page(
        project, request.GET.get(CURSOR, ""), show_all=show_all, sees_names=is_manager
    )
    context = {
        "project": project,
        "page": page,
        "show_all": show_all,
        "filters": "show=all" if show_all else "",
        "is_manager": is_manager,
    }
    return render(request, "tasks/question_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def question_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The item with the place that is asked about; a POST answers."""
    question = access.get_question(request.user, public_id)
    project = question.project
    form = AnswerForm(request.POST or None, question=question)
    if request.method == "POST" and form.is_valid() and form.save(by=request.user):
        told = _("Answered. The asker gets the item back first.")
        messages.success(request, told if question.assignment_id else _("Answered."))
        return redirect("question_list", project.slug)
    is_manager = access.has_role(request.user, project, Role.MANAGER)
    context = {
        "project": project,
        "question": question,
        "page": reports.question_detail(question, sees_names=is_manager),
        "form": form,
        "experts": access.experts_of(project).exclude(pk=question.routed_to_id),
        "is_expert": access.has_role(request.user, project, Role.EXPERT),
    }
    return render(request, "tasks/question_detail.html", context, status=status_of(form))


@require_POST
def question_close(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    question = access.get_question(request.user, public_id, access.EXPERTS)
    reason = request.POST.get("text", "")
    if attempt(request, questions.close, question, reason=reason, by=request.user):
        messages.success(request, _("Closed. The task goes on."))
        return redirect("question_list", question.project.slug)
    return redirect("question_detail", public_id)


@require_POST
def question_exclude(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    question = access.get_question(request.user, public_id, access.EXPERTS)
    text = request.POST.get("text", "")
    if attempt(request, questions.exclude_item, question, text=text, by=request.user):
        messages.success(request, _("Answered, and the item is taken out of the work."))
        return redirect("question_list", question.project.slug)
    return redirect("question_detail", public_id)


@require_POST
def question_route(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    question = access.get_question(request.user, public_id, access.EXPERTS)
    chosen = request.POST.get("to", "")
    expert = access.experts_of(question.project).filter(username=chosen).first()
    if expert is None:
        messages.error(request, _("Choose an expert of this project."))
    elif attempt(request, questions.route, question, to=expert, by=request.user):
        messages.success(request, _("Passed on to %(name)s.") % {"name": expert})
    return redirect("question_detail", public_id)
