"""The author's inbox: what became of an answer, and why."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from labelops.lists import check_parameters
from reviews import access
from reviews.reports.inbox import feedback_page, inbox_page
from reviews.services import feedback


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    check_parameters(request.GET, "show")
    page = inbox_page(
        request.user, request.GET.get("cursor", ""), show_all=request.GET.get("show") == "all"
    )
    return render(request, "reviews/inbox.html", {"page": page})


@require_safe
def feedback_detail(request: HttpRequest, feedback_id: int) -> HttpResponse:
    entry = access.get_feedback(request.user, feedback_id)
    return render(request, "reviews/feedback_detail.html", {"page": feedback_page(entry)})


@require_POST
def feedback_read(request: HttpRequest, feedback_id: int) -> HttpResponse:
    entry = access.get_feedback(request.user, feedback_id)
    feedback.mark_read(entry, by=request.user)
    following = feedback.next_unread(request.user)
    return redirect("feedback_detail", following.pk) if following else redirect("inbox")
