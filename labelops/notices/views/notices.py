"""What a person was told, newest first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from labelops.lists import check_parameters, keyset_page
from labelops.notices import access
from labelops.notices.forms import UptoForm
from labelops.notices.models import Notice
from labelops.notices.services import notices

SHOW_ALL = "all"


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    check_parameters(request.GET, "show")
    shows_all = request.GET.get("show") == SHOW_ALL
    rows = Notice.objects.filter(person=request.user)
    rows = rows if shows_all else rows.unread()
    page = keyset_page(rows, request.GET.get("cursor", ""), newest_first=True)
    context = {"page": page, "shows_all": shows_all, "upto": page.rows[0].pk if page.rows else None}
    return render(request, "notices/notice_list.html", context)


@require_POST
def notice_open(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Go to the page about it. A post, as it is read from then on."""
    notice = access.get_notice(request.user, notice_id)
    notices.mark_read(notice)
    return redirect(notice.address)


@require_POST
def notice_read(request: HttpRequest, notice_id: int) -> HttpResponse:
    notices.mark_read(access.get_notice(request.user, notice_id))
    return redirect("notice_list")


@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    form = UptoForm(request.POST)
    if form.is_valid():
        notices.mark_all_read(request.user, upto=form.cleaned_data["upto"])
    return redirect("notice_list")
