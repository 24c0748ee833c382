"""Taking a person's work out: what it would do, how far it is, what came of it, and its undo."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops import htmx
from labelops.accounts.models import Role, User
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.jobs.services import cancel_job, wake
from labelops.lists import CURSOR, check_parameters
from reviews import access
from reviews.forms.withdrawals import SinceForm, WithdrawForm
from reviews.jobs import run_withdrawal, run_withdrawal_undo
from reviews.reports import withdrawals as reports
from reviews.services import person_withdrawals
from tasks.access import has_role
from tasks.models import Project
from tasks.reports.history import history
from tasks.views.outcomes import attempt, status_of


@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal_create(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """The figures since a moment, and the form that begins."""
    project, person = access.get_author(request.user, slug, person_id)
    check_parameters(request.GET, "since")
    is_sent = request.method == "POST"
    form = WithdrawForm(request.POST if is_sent else None)
    if form.is_valid() and (made := form.save(project, person, by=request.user)):
        wake(run_withdrawal, made.job_id)
        messages.success(request, _("The work is being taken out."))
        return redirect("withdrawal_detail", made.pk)
    since_form = SinceForm.of((request.POST if is_sent else request.GET).get("since"))
    context = {
        "project": project,
        "person": person,
        "name": _name(request, project, person),
        "since_form": since_form,
        "since": since_form["since"].value(),
        "form": form,
        "earlier": access.withdrawals(request.user).filter(project=project, person=person)[:20],
    }
    if since_form.is_valid():
        since = since_form.cleaned_data["since"]
        found = person_withdrawals.answers_since(project, person, since, timezone.now())
        context["preview"] = reports.preview(project, found)
    status = status_of(form, *([] if since_form.is_valid() else [since_form]))
    return render(request, "reviews/withdrawal_create.html", context, status=status)


@require_safe
def withdrawal_answers(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """The answers behind a figure of what would be taken out."""
    project, person = access.get_author(request.user, slug, person_id)
    check_parameters(request.GET, "since", "fate", "batch", AS)
    since_form = SinceForm.of(request.GET.get("since"))
    if not since_form.is_valid():
        return redirect("withdrawal_create", slug, person_id)
    since = since_form.cleaned_data["since"]
    found = person_withdrawals.answers_since(project, person, since, timezone.now())
    rows = reports.answer_rows(found, request.GET)
    if wants_csv(request):
        lines = reports.lines_of(rows, reports.answer_row)
        return csv_response(_("answers"), reports.columns(), lines)
    context = {
        "project": project,
        "person": person,
        "name": _name(request, project, person),
        "page": reports.page_of(rows, request.GET.get(CURSOR, ""), reports.answer_row),
        "since": since_form["since"].value(),
        "shown": reports.words_of(request.GET.get("fate", "")),
        "filters": _without_cursor(request),
    }
    return render(request, "reviews/withdrawal_answers.html", context)


@require_safe
def withdrawal_detail(request: HttpRequest, withdrawal_id: int) -> HttpResponse:
    found = access.get_withdrawal(request.user, withdrawal_id)
    is_manager = has_role(request.user, found.project, Role.MANAGER)
    context = {
        "project": found.project,
        "withdrawal": found,
        "name": _name(request, found.project, found.person),
        "figures": reports.figures(found),
        "job": person_withdrawals.unfinished_job(found) or found.undoing or found.job,
        "is_running": person_withdrawals.unfinished_job(found) is not None,
        "can_go_on": person_withdrawals.can_go_on(found),
        "can_undo": person_withdrawals.can_undo(found),
        "history": history([found], show_names=is_manager),
    }
    part = "reviews/_withdrawal_standing.html"
    return htmx.render(request, "reviews/withdrawal_detail.html", part, context)


@require_safe
def withdrawal_labels(request: HttpRequest, withdrawal_id: int) -> HttpResponse:
    """The answers behind a figure of what was taken out."""
    found = access.get_withdrawal(request.user, withdrawal_id)
    check_parameters(request.GET, "shown", AS)
    rows = reports.label_rows(found, request.GET)
    if wants_csv(request):
        lines = reports.lines_of(rows, reports.label_row)
        return csv_response(_("answers"), reports.columns(), lines)
    context = {
        "project": found.project,
        "withdrawal": found,
        "page": reports.page_of(rows, request.GET.get(CURSOR, ""), reports.label_row),
        "shown": reports.words_of(request.GET.get("shown", "")),
        "filters": _without_cursor(request),
    }
    return render(request, "reviews/withdrawal_labels.html", context)


@require_POST
def withdrawal_stop(request: HttpRequest, withdrawal_id: int) -> HttpResponse:
    """Stop what runs; pressed again, taking out goes on."""
    found = access.get_withdrawal(request.user, withdrawal_id)
    if job := person_withdrawals.unfinished_job(found):
        attempt(request, cancel_job, job, by=request.user)
    elif job := attempt(request, person_withdrawals.go_on, found, by=request.user):
        wake(run_withdrawal, job.pk)
    return redirect("withdrawal_detail", withdrawal_id)


@require_POST
def withdrawal_undo(request: HttpRequest, withdrawal_id: int) -> HttpResponse:
    found = access.get_withdrawal(request.user, withdrawal_id)
    if job := attempt(request, person_withdrawals.undo, found, by=request.user):
        wake(run_withdrawal_undo, job.pk)
        messages.success(request, _("What nobody has redone is being put back."))
    return redirect("withdrawal_detail", withdrawal_id)


def _name(request: HttpRequest, project: Project, person: User) -> str:
    is_manager = has_role(request.user, project, Role.MANAGER)
    return str(person) if is_manager else person.pseudonym


def _without_cursor(request: HttpRequest) -> str:
    given = request.GET.copy()
    given.pop(CURSOR, None)
    return given.urlencode()
