"""Labels that look wrong: the list, the look for them, and what is made of each detector."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from labelops.accounts.models import Role
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.jobs.services import cancel_job, wake
from labelops.lists import CURSOR, check_parameters
from reviews import access
from reviews.jobs import run_label_issues
from reviews.reports import label_issues as reports
from reviews.services import detector_standings
from reviews.services import label_issues as services
from reviews.views.tables import ROWS_MOST
from tasks.access import MANAGERS, get_project, has_role
from tasks.views.outcomes import attempt

# So many a page can tick; ids are of so many digits.
TICKED_MOST, DIGITS_MOST = reports.PAGE_SIZE, 18


@require_safe
def label_issues(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET, CURSOR, AS, *reports.FILTERS)
    wanted = reports.read_wanted(project, request.GET)
    if wants_csv(request):
        rows = reports.csv_rows(project, wanted, ROWS_MOST)
        return csv_response(f"label-issues-{slug}", reports.COLUMNS, rows)
    given = {"detector": wanted.detector, "class": wanted.label}
    context = {
        "project": project,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "is_reviewer": access.reviewable_projects(request.user).filter(pk=project.pk).exists(),
        "wanted": wanted,
        "issues": reports.issues_page(project, wanted, request.GET.get(CURSOR, "")),
        "filters": urlencode({name: value for name, value in given.items() if value}),
    }
    return render(request, "reviews/label_issues.html", context)


@require_safe
def label_issues_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """How far the look has come, for the page that waits for it."""
    project = get_project(request.user, slug)
    context = {
        "project": project,
        "job": services.jobs_of(project).first(),
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "was_waited_for": True,
    }
    return render(request, "reviews/_label_issues_progress.html", context)


@require_POST
def label_issues_find(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    if job := attempt(request, services.start, project, by=request.user):
        wake(run_label_issues, job.pk)
    return redirect("label_issues", slug)


@require_POST
def label_issues_stop(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    if job := services.unfinished(project):
        attempt(request, cancel_job, job, by=request.user)
    return redirect("label_issues", slug)


@require_POST
def label_issues_review(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the ticked labels to experts."""
    project = get_project(request.user, slug, MANAGERS)
    ticked = request.POST.getlist("issue")[:TICKED_MOST]
    ids = [int(key) for key in ticked if _is_id(key)]
    count = attempt(request, services.send_to_review, project, ids, by=request.user)
    if count is not None:
        sent = ngettext(
            "%(count)d label waits for an expert now.",
            "%(count)d labels wait for an expert now.",
            count,
        )
        messages.success(request, sent % {"count": count})
    return redirect(_page(slug, request.POST.get("detector", "")))


@require_POST
def detector_decide(request: HttpRequest, slug: str, standing_id: int) -> HttpResponse:
    """Mute or keep a detector in a class, or leave that to what it finds."""
    standing = access.get_detector_standing(request.user, slug, standing_id, MANAGERS)
    choice, reason = request.POST.get("choice", ""), request.POST.get("reason", "")
    decided = attempt(
        request, detector_standings.decide, standing, choice, by=request.user, reason=reason
    )
    if decided:
        messages.success(request, _("Stored. The review queue follows."))
    return redirect(_page(slug, standing.detector))


def _is_id(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) <= DIGITS_MOST


def _page(slug: str, detector: str) -> str:
    """The list of one detector again."""
    page = reverse("label_issues", args=[slug])
    return f"{page}?{urlencode({'detector': detector})}" if detector in reports.DETECTORS else page
