"""The author's inbox: what became of an answer, and why; and what became of one's decisions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from reviews import access
from reviews.forms.inbox import ContestForm
from reviews.models import SecondLook
from reviews.reports.feedback import feedback_page, overturned_page
from reviews.reports.inbox import inbox_page, read_wanted
from reviews.services import feedback


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    wanted = read_wanted(request.GET)
    page = inbox_page(request.user, request.GET.get("cursor", ""), wanted)
    return render(request, "reviews/inbox.html", {"page": page})


@require_safe
def feedback_detail(request: HttpRequest, feedback_id: int) -> HttpResponse:
    entry = access.get_feedback(request.user, feedback_id)
    context = {"page": feedback_page(entry), "form": ContestForm()}
    return render(request, "reviews/feedback_detail.html", context)


@require_POST
def feedback_read(request: HttpRequest, feedback_id: int) -> HttpResponse:
    entry = access.get_feedback(request.user, feedback_id)
    feedback.mark_read(entry, by=request.user)
    following = feedback.next_unread(request.user)
    return redirect("feedback_detail", following.pk) if following else redirect("inbox")


@require_POST
def feedback_contest(request: HttpRequest, feedback_id: int) -> HttpResponse:
    entry = access.get_feedback(request.user, feedback_id)
    form = ContestForm(request.POST)
    if form.is_valid() and form.save(entry, by=request.user):
        return redirect("feedback_detail", feedback_id)
    context = {"page": feedback_page(entry), "form": form}
    return render(request, "reviews/feedback_detail.html", context, status=422)


@require_safe
def overturned_detail(request: HttpRequest, look_id: int) -> HttpResponse:
    look = access.get_overturned(request.user, look_id)
    page = overturned_page(look, request.user)
    return render(request, "reviews/overturned_detail.html", {"page": page})


@require_POST
def overturned_read(request: HttpRequest, look_id: int) -> HttpResponse:
    look = access.get_overturned(request.user, look_id)
    feedback.mark_told(SecondLook.objects.filter(pk=look.pk), by=request.user)
    return redirect("inbox")
