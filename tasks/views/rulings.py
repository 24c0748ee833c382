"""The library of rulings: finding, writing, publishing, merging, and the labels against them."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role
from labelops.errors import DomainError
from tasks import access
from tasks.forms.publishing import ReasonForm
from tasks.forms.questions import RulingFilterForm, RulingForm, class_choice
from tasks.models import Project, Question, Task
from tasks.reports import questions as reports
from tasks.services import rulings
from tasks.services.publishing import is_alone
from tasks.views.outcomes import attempt, status_of


@require_safe
def ruling_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    form = RulingFilterForm(request.GET, project=project)
    context = {
        "project": project,
        "form": form,
        "rulings": reports.ruling_library(project, **form.chosen()),
        "is_filtered": any(request.GET.values()),
        "is_manager": access.has_role(request.user, project, Role.MANAGER),
        "is_expert": access.has_role(request.user, project, Role.EXPERT),
    }
    return render(request, "tasks/ruling_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ruling_create(request: HttpRequest, slug: str) -> HttpResponse:
    """A new ruling, perhaps from a question, or about two classes that are mixed up."""
    project = access.get_project(request.user, slug, access.EXPERTS)
    question = _question(request, project)
    initial = {
        "from_class": class_choice(request.GET.get("from", "")),
        "to_class": class_choice(request.GET.get("to", "")),
    }
    form = RulingForm(request.POST or None, project=project, initial=initial)
    if request.method == "POST" and form.is_valid():
        ruling = form.save(by=request.user, question=question)
        if ruling:
            messages.success(request, _("Written. Another expert publishes it."))
            return redirect("ruling_detail", slug, ruling.number)
    context = {"project": project, "form": form, "question": question}
    return render(request, "tasks/ruling_form.html", context, status=status_of(form))


def _question(request: HttpRequest, project: Project) -> Question | None:
    named = request.GET.get("question", "")
    if not named:
        return None
    try:
        question = access.get_question(request.user, uuid.UUID(named), access.EXPERTS)
    except ValueError as error:
        raise Http404 from error
    return question if question.project_id == project.pk else None


@require_http_methods(["GET", "HEAD", "POST"])
def ruling_edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    ruling = access.get_ruling(request.user, slug, number, access.EXPERTS)
    form = RulingForm(request.POST or None, project=ruling.project, ruling=ruling)
    if request.method == "POST" and form.is_valid() and form.save(by=request.user):
        messages.success(request, _("Saved."))
        return redirect("ruling_detail", slug, number)
    context = {"project": ruling.project, "form": form, "ruling": ruling}
    return render(request, "tasks/ruling_form.html", context, status=status_of(form))


@require_safe
def ruling_detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    ruling = access.get_ruling(request.user, slug, number)
    project = ruling.project
    is_expert = access.has_role(request.user, project, Role.EXPERT)
    is_second = ruling.author_id != request.user.pk or is_alone(project, request.user)
    context = {
        "project": project,
        "page": reports.ruling_detail(ruling),
        "ruling": ruling,
        "is_expert": is_expert,
        "can_publish": is_expert and is_second and ruling.state == ruling.State.DRAFT,
        "reason_form": ReasonForm(),
    }
    return render(request, "tasks/ruling_detail.html", context)


@require_POST
def ruling_publish(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    ruling = access.get_ruling(request.user, slug, number, access.EXPERTS)
    if attempt(request, rulings.publish_ruling, ruling, by=request.user):
        messages.success(request, _("The ruling is in force: everybody who labels finds it."))
    return redirect("ruling_detail", slug, number)


@require_POST
def ruling_withdraw(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    ruling = access.get_ruling(request.user, slug, number, access.EXPERTS)
    reason = request.POST.get("reason", "")
    if attempt(request, rulings.withdraw_ruling, ruling, reason=reason, by=request.user):
        messages.success(request, _("Withdrawn."))
    return redirect("ruling_detail", slug, number)


@require_POST
def ruling_supersede(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    ruling = access.get_ruling(request.user, slug, number, access.EXPERTS)
    newer = request.POST.get("newer", "")
    number_of_newer = int(newer) if newer.isdecimal() and len(newer) < 10 else 0
    found = ruling.project.rulings.filter(number=number_of_newer).first()
    if found is None:
        messages.error(request, _("Choose the newer ruling."))
    elif attempt(request, rulings.supersede_ruling, ruling, found, by=request.user):
        messages.success(request, _("Superseded."))
    return redirect("ruling_detail", slug, number)


@require_POST
def ruling_merge(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    ruling = access.get_ruling(request.user, slug, number, access.EXPERTS)
    draft = attempt(request, rulings.merge_ruling, ruling, by=request.user)
    if draft is None:
        return redirect("ruling_detail", slug, number)
    messages.success(
        request,
        _("It is in draft %(number)d, with its items as examples.") % {"number": draft.number},
    )
    return redirect("instruction_approval", slug)


@require_POST
def ruling_decide(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Decide the labels that are ticked: to the review desk, or they are right."""
    ruling = access.get_ruling(request.user, slug, number, access.EXPERTS)
    decide = rulings.still_right if "right" in request.POST else rulings.send_to_review
    ids = [uuid_of(text) for text in request.POST.getlist("task")[: reports.WORKLIST]]
    tasks = Task.objects.filter(
        batch__project=ruling.project_id, public_id__in=ids, set_aside__isnull=True
    )
    done = 0
    for task in tasks.order_by("pk"):
        try:
            decide(ruling, task, by=request.user)
            done += 1
        except DomainError as error:
            messages.error(request, error.words)
    if done:
        messages.success(request, _("%(count)d labels are decided.") % {"count": done})
    elif not ids:
        messages.error(request, _("Tick the labels first."))
    return redirect("ruling_detail", slug, number)


def uuid_of(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error
