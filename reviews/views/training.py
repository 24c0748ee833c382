"""Learning: the lessons of a project, its exam, and the report of an attempt."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.errors import DomainError
from reviews import access
from reviews.forms.training import AnswerForm
from reviews.models import ExamAttempt, Lesson, LessonItem
from reviews.reports import training as reports
from reviews.reports.references import editor_config, missed_view
from reviews.services import exams, lessons
from reviews.views.practice import practise
from tasks.views.outcomes import attempt as attempt_service

OPEN = ExamAttempt.State.OPEN


@require_safe
def training_home(request: HttpRequest) -> HttpResponse:
    context = {"projects": reports.training_projects(request.user)}
    return render(request, "reviews/training_home.html", context)


@require_safe
def training_project(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_training_project(request.user, slug)
    page = reports.training_page(project, request.user)
    return render(request, "reviews/training_project.html", {"page": page})


@require_safe
def lesson(request: HttpRequest, lesson_id: int) -> HttpResponse:
    return _lesson_page(request, access.get_published_lesson(request.user, lesson_id))


@require_POST
def lesson_answer(request: HttpRequest, lesson_id: int, item_id: int) -> HttpResponse:
    found = access.get_published_lesson(request.user, lesson_id)
    rows = found.items.filter(role=LessonItem.Role.PRACTICE).select_related("item", "version")
    return practise(
        request,
        lessons.answer_practice,
        get_object_or_404(rows, pk=item_id),
        again=lambda form: _lesson_page(request, found, form=form, status=422),
        onward=redirect("lesson", lesson_id),
    )


def _lesson_page(
    request: HttpRequest, found: Lesson, *, status: int = 200, **over: Any
) -> HttpResponse:
    context = {"page": reports.lesson_page(found, request.user)} | over
    return render(request, "reviews/lesson.html", context, status=status)


@require_POST
def exam_start(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_training_project(request.user, slug)
    begun = attempt_service(request, exams.start, project, by=request.user)
    return redirect("exam", begun.public_id) if begun else redirect("training_project", slug)


@require_safe
def exam(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The first item without an answer; when all have one, the last; in the end the report."""
    attempt = access.get_own_attempt(request.user, public_id)
    if attempt.state == OPEN:
        waiting = attempt.answers.filter(answered_at=None).first() or attempt.answers.last()
        return redirect("exam_place", public_id, waiting.place)
    page = reports.report_page(attempt)
    return render(request, "reviews/exam_report.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def exam_place(request: HttpRequest, public_id: uuid.UUID, place: int) -> HttpResponse:
    entry = access.get_own_place(request.user, public_id, place)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            exams.answer_place(entry.attempt, place, form.cleaned_data["answer"], by=request.user)
            return redirect("exam", public_id)
        except DomainError as error:
            if error.status == 409:
                raise
            form.add_refusal(error)
    if entry.attempt.state != OPEN:
        context = {"entry": entry, "view": missed_view(entry.exam_item, entry.answer)}
        return render(request, "reviews/exam_answer.html", context)
    context = {
        "entry": entry,
        "form": form,
        "editor": editor_config(entry.exam_item, entry.answer or {}),
        "places": entry.attempt.answers.values_list("place", "answered_at"),
        "count": entry.attempt.answers.count(),
        "answered_count": entry.attempt.answers.exclude(answered_at=None).count(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "reviews/exam_place.html", context, status=status)


@require_POST
def exam_finish(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    found = access.get_own_attempt(request.user, public_id)
    attempt_service(request, exams.finish, found, by=request.user)
    return redirect("exam", public_id)
