"""Levels of people: the matrix and the card for staff, and each one's own page."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops.accounts.models import Role, User
from labelops.lists import CURSOR, check_parameters
from reviews import access
from reviews.forms.trust import AnswerForm, AppealForm, DeclineForm, LiftForm, SuspendForm
from reviews.reports import trust as reports
from reviews.reports.trust_card import card
from reviews.services import promotions
from tasks.access import MANAGERS, get_project, has_role
from tasks.models import Project, Suspension
from tasks.services import suspensions
from tasks.views.outcomes import attempt


@require_safe
def trust_people(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET)
    is_manager = has_role(request.user, project, Role.MANAGER)
    context = {
        "project": project,
        "is_manager": is_manager,
        "rows": reports.matrix(project, viewer=request.user, show_names=is_manager),
        "most": reports.PEOPLE_SHOWN,
    }
    return render(request, "reviews/trust_people.html", context)


@require_safe
def trust_person(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    project, person = access.get_person(request.user, slug, person_id)
    check_parameters(request.GET)
    return _card(request, project, person)


def _card(
    request: HttpRequest, project: Project, person: User, *, status: int = 200, **forms: Form
) -> HttpResponse:
    is_manager = has_role(request.user, project, Role.MANAGER)
    cursor = request.GET.get(CURSOR, "")
    context: dict[str, Any] = {
        "project": project,
        "is_manager": is_manager,
        "card": card(project, person, cursor=cursor, show_names=is_manager),
        "suspend_form": SuspendForm(),
        "lift_form": LiftForm(),
        "decline_form": DeclineForm(),
        "answer_form": AnswerForm(),
    }
    return render(request, "reviews/trust_person.html", context | forms, status=status)


@require_POST
def trust_suspend(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    project, person = access.get_person(request.user, slug, person_id, MANAGERS)
    form = SuspendForm(request.POST)
    if not form.is_valid():
        return _card(request, project, person, status=422, suspend_form=form)
    values = form.cleaned_data
    if attempt(request, suspensions.suspend, project, person, by=request.user, **values):
        messages.success(request, _("The person is suspended and reads why."))
    return redirect("trust_person", slug, person_id)


@require_POST
def trust_promotion(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """Confirm a proposed promotion."""
    standing = access.get_standing(request.user, slug, person_id)
    if attempt(request, promotions.confirm, standing, by=request.user):
        messages.success(request, _("The promotion is confirmed."))
    return redirect("trust_person", slug, person_id)


@require_POST
def trust_decline(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    standing = access.get_standing(request.user, slug, person_id)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _card(request, standing.project, standing.person, status=422, decline_form=form)
    if attempt(request, promotions.decline, standing, by=request.user, **form.cleaned_data):
        messages.success(request, _("The person stays where they are."))
    return redirect("trust_person", slug, person_id)


@require_POST
def suspension_lift(request: HttpRequest, suspension_id: int) -> HttpResponse:
    found = access.get_suspension(request.user, suspension_id, MANAGERS)
    form = LiftForm(request.POST)
    if not form.is_valid():
        return _card(request, found.project, found.person, status=422, lift_form=form)
    return _decide(request, suspensions.lift, found, form)


@require_POST
def suspension_answer(request: HttpRequest, suspension_id: int) -> HttpResponse:
    found = access.get_suspension(request.user, suspension_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _card(request, found.project, found.person, status=422, answer_form=form)
    return _decide(request, suspensions.answer, found, form)


def _decide(
    request: HttpRequest, service: Callable[..., Suspension], found: Suspension, form: Form
) -> HttpResponse:
    if attempt(request, service, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("The person reads what you decided."))
    return redirect("trust_person", found.project.slug, found.person_id)


@require_safe
def own_levels(request: HttpRequest) -> HttpResponse:
    check_parameters(request.GET)
    return _own_page(request)


def _own_page(
    request: HttpRequest, *, status: int = 200, refused: Mapping[int, AppealForm] | None = None
) -> HttpResponse:
    """`refused`: what was sent for a suspension, with its mistakes."""
    forms = refused or {}
    rows = [
        (row, forms.get(row.suspension.pk) or AppealForm(at=row.suspension.pk))
        if row.suspension
        else (row, None)
        for row in reports.own_levels(request.user)
    ]
    return render(request, "reviews/own_levels.html", {"rows": rows}, status=status)


@require_POST
def suspension_appeal(request: HttpRequest, suspension_id: int) -> HttpResponse:
    found = access.get_own_suspension(request.user, suspension_id)
    form = AppealForm(request.POST, at=found.pk)
    if not form.is_valid():
        return _own_page(request, status=422, refused={found.pk: form})
    if attempt(request, suspensions.appeal, found, form.cleaned_data["appeal"], by=request.user):
        messages.success(request, _("Your appeal is sent. You read the answer here."))
    return redirect("own_levels")
