"""An answer to an item of practice, in a lesson or a drill."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from labelops.errors import DomainError
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
    is_right: Any = False
    try:
        is_right = form.is_valid() and answer(entry, form.cleaned_data["answer"], by=request.user)
    except DomainError as error:
        form.add_error(None, error.message)
    if form.errors:
        return again(form)
    if is_right:
        messages.success(request, " ".join([_("Right."), entry.explanation]).strip())
    return onward
