"""An answer to an item of practice, in a lesson or a drill."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from reviews.forms.training import AnswerForm
from reviews.models import DrillItem, LessonItem


def practise(
    request: HttpRequest,
    answer: Callable[..., bool],
    entry: LessonItem | DrillItem,
    *,
    again: Callable[[AnswerForm], HttpResponse],
    onward: HttpResponse,
) -> HttpResponse:
    """Right goes on; wrong comes back to the same item with the right answer beside it.

    `again` draws the page anew with what is no answer, and why.
    """
    form = AnswerForm(request.POST)
    is_right = form.is_valid() and form.attempt(
        answer, entry, form.cleaned_data["answer"], by=request.user
    )
    if form.errors:
        return again(form)
    if is_right:
        messages.success(request, " ".join([_("Right."), entry.explanation]).strip())
    return onward
