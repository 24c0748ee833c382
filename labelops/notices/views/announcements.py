"""Announcements: written and followed by managers, read on the home page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.access import require_team_manager
from labelops.accounts.forms import posted
from labelops.csv_tables import csv_response
from labelops.errors import DomainError
from labelops.lists import check_parameters, keyset_page
from labelops.notices import access, reports
from labelops.notices.forms import AnnouncementForm
from labelops.notices.services import announcements
from tasks.reports.history import history
from tasks.services.markdown import render_markdown

COLUMNS = ("name", "account", "teams", "read_at")
CHUNK = 500


@require_safe
def announcement_list(request: HttpRequest) -> HttpResponse:
    check_parameters(request.GET)
    rows = reports.with_counts(access.announcements(request.user)).prefetch_related("teams")
    page = keyset_page(rows, request.GET.get("cursor", ""), newest_first=True)
    context = {"page": page, "today": timezone.localdate()}
    for row in page.rows:
        row.is_past = row.is_over(context["today"])
    return render(request, "notices/announcement_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def announcement_create(request: HttpRequest) -> HttpResponse:
    require_team_manager(request.user)
    teams = access.reached_teams(request.user).filter(is_active=True)
    form = AnnouncementForm(posted(request), teams=teams)
    preview = None
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = render_markdown(form.cleaned_data["text"])
        elif made := form.save(by=request.user):
            messages.success(request, _("The announcement is published."))
            return redirect("announcement_detail", made.pk)
    context = {"form": form, "preview": preview}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "notices/announcement_create.html", context, status=status)


@require_safe
def announcement_detail(request: HttpRequest, announcement_id: int) -> HttpResponse:
    check_parameters(request.GET, "show")
    announcement = access.get_announcement(request.user, announcement_id)
    show = _shown(request)
    context = {
        "announcement": announcement,
        "text": render_markdown(announcement.text),
        "teams": announcement.teams.all(),
        "counts": reports.counts_of(announcement),
        "page": reports.readers_page(announcement, request.GET.get("cursor", ""), show=show),
        "show": show,
        "is_over": announcement.is_over(timezone.localdate()),
        "lines": history([announcement], show_names=True),
    }
    return render(request, "notices/announcement_detail.html", context)


def _shown(request: HttpRequest) -> str:
    show = request.GET.get("show", "")
    if show not in {"", reports.READ, reports.UNREAD}:
        raise DomainError(_("Show those who have read it, or those who have not."), field="show")
    return show


@require_safe
def announcement_readers(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """Everybody it went to, as CSV that is safe to open in a spreadsheet."""
    check_parameters(request.GET, "show")
    announcement = access.get_announcement(request.user, announcement_id)
    people = reports.people_of(announcement, _shown(request)).order_by("pk")
    rows = (
        (reader.name, reader.username, reader.teams, reader.read_at and reader.read_at.isoformat())
        for reader in reports.readers(people.iterator(chunk_size=CHUNK))
    )
    return csv_response(f"announcement-{announcement.pk}", COLUMNS, rows)


@require_POST
def announcement_withdraw(request: HttpRequest, announcement_id: int) -> HttpResponse:
    announcement = access.get_announcement(request.user, announcement_id)
    announcements.withdraw(announcement, by=request.user)
    messages.success(request, _("The announcement is withdrawn: nobody is shown it any more."))
    return redirect("announcement_detail", announcement.pk)


@require_POST
def announcement_read(request: HttpRequest, announcement_id: int) -> HttpResponse:
    announcement = access.get_own_announcement(request.user, announcement_id)
    announcements.note_read(announcement, by=request.user)
    return redirect("home")
