"""Reading what changed in the instructions, and deciding examples of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labelops.errors import Conflict
from tasks import access
from tasks.forms.acknowledgements import QuizForm
from tasks.models import Project
from tasks.reports.acknowledgements import Reading, reading
from tasks.services import acknowledgements, instructions


@require_http_methods(["GET", "HEAD", "POST"])
def label_changes(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_object_or_404(access.readable_projects(request.user), slug=slug)
    version = instructions.current_version(project)
    if version is None:
        messages.info(request, _("The instructions are not published yet."))
        return redirect("home")
    page = reading(version, request.user)
    example_ids = [question.view.id for question in page.quiz]
    form = QuizForm(request.POST or None, number=version.number, example_ids=example_ids)
    wrong: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            wrong = _acknowledged(request, project, form)
        except Conflict as error:
            messages.error(request, error.words)
            return redirect("label_changes", slug)
        if not wrong:
            messages.success(request, _("Thank you. You get work under the new rules now."))
            return redirect("label")
    return _page(request, project, page, form, wrong)


def _acknowledged(request: HttpRequest, project: Project, form: QuizForm) -> list[str]:
    return acknowledgements.acknowledge(
        project,
        request.user,
        number=form.cleaned_data["number"],
        answers=form.answers(),
    )


def _page(
    request: HttpRequest, project: Project, page: Reading, form: QuizForm, wrong: list[str]
) -> HttpResponse:
    rows = [
        (question, form[f"answer-{question.view.id}"], question.view.id in wrong)
        for question in page.quiz
    ]
    context = {"project": project, "page": page, "form": form, "rows": rows, "wrong": wrong}
    status = 422 if form.is_bound else 200
    return render(request, "tasks/label_changes.html", context, status=status)
