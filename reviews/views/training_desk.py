"""Writing the training of a project: lessons, the exam pool, the plan, further attempts."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role
from labelops.lists import CURSOR, keyset_page
from reviews import access
from reviews.forms.training import (
    CandidateFilterForm,
    ExamItemForm,
    LessonForm,
    LessonItemForm,
    NewLessonForm,
    PickForm,
    PlanForm,
    PoolForm,
)
from reviews.models import Lesson
from reviews.reports import training_desk as reports
from reviews.reports.references import label_view
from reviews.services import exams, lessons
from reviews.services.references import EVERY_PURPOSE, SECRET, candidates
from tasks.access import MANAGERS, get_project, has_role
from tasks.models import Project
from tasks.views.outcomes import attempt, status_of


@require_http_methods(["GET", "HEAD", "POST"])
def training_desk(request: HttpRequest, slug: str) -> HttpResponse:
    """Lessons, pool and attempts; sends the plan."""
    project = get_project(request.user, slug)
    data = request.POST if request.method == "POST" else None
    plan_form = PlanForm(data, instance=exams.plan_of(project))
    if plan_form.is_valid() and plan_form.save(by=request.user):
        messages.success(request, _("The plan of the exam is stored."))
        return redirect("training_desk", slug)
    context = {
        "project": project,
        "page": reports.overview(project),
        "plan_form": plan_form,
        "new_lesson_form": NewLessonForm(),
        "is_manager": has_role(request.user, project, Role.MANAGER),
    }
    return render(request, "reviews/training_desk.html", context, status=status_of(plan_form))


@require_POST
def lesson_add(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    form = NewLessonForm(request.POST)
    if form.is_valid():
        title = form.cleaned_data["title"]
        added = attempt(request, lessons.add_lesson, project, title=title, by=request.user)
        if added:
            return redirect("lesson_edit", slug, added.pk)
    else:
        messages.error(request, _("A lesson needs a title of at most 120 characters."))
    return redirect("training_desk", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def lesson_edit(request: HttpRequest, slug: str, lesson_id: int) -> HttpResponse:
    lesson = access.get_lesson(request.user, slug, lesson_id)
    form = LessonForm(request.POST if request.method == "POST" else None, instance=lesson)
    if form.is_valid() and form.save(by=request.user):
        messages.success(request, _("The lesson is saved."))
        return redirect("lesson_edit", slug, lesson_id)
    entries = lesson.items.select_related("item", "version")
    context = {
        "project": lesson.project,
        "lesson": Lesson.objects.get(pk=lesson_id),
        "form": form,
        "rows": [
            (entry, LessonItemForm(instance=entry), f"entry-{entry.pk}", label_view(entry))
            for entry in entries
        ],
    }
    return render(request, "reviews/lesson_edit.html", context, status=status_of(form))


@require_POST
def lesson_publish(request: HttpRequest, slug: str, lesson_id: int) -> HttpResponse:
    lesson = access.get_lesson(request.user, slug, lesson_id)
    if attempt(request, lessons.publish_lesson, lesson, by=request.user):
        messages.success(request, _("Everybody who labels here finds the lesson now."))
    return redirect("lesson_edit", slug, lesson_id)


@require_POST
def lesson_retire(request: HttpRequest, slug: str, lesson_id: int) -> HttpResponse:
    lesson = access.get_lesson(request.user, slug, lesson_id)
    attempt(request, lessons.retire_lesson, lesson, by=request.user)
    return redirect("lesson_edit", slug, lesson_id)


@require_POST
def lesson_move(request: HttpRequest, slug: str, lesson_id: int) -> HttpResponse:
    lesson = access.get_lesson(request.user, slug, lesson_id)
    lessons.move_lesson(lesson, up="up" in request.POST, by=request.user)
    return redirect("training_desk", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def lesson_pick(request: HttpRequest, slug: str, lesson_id: int) -> HttpResponse:
    """Accepted labels to make the lesson of."""
    lesson = access.get_lesson(request.user, slug, lesson_id)
    if request.method == "POST":
        form = PickForm(request.POST, project=lesson.project)
        if not form.is_valid():
            messages.error(request, _("This item cannot be picked."))
        elif attempt(
            request,
            lessons.add_item,
            lesson,
            form.cleaned_data["task"],
            role=form.cleaned_data["role"],
            by=request.user,
        ):
            messages.success(request, _("Picked. Say why its label is right."))
        return redirect(request.get_full_path())
    own = lesson.items.values("item")
    context = _candidates(request, lesson.project, purposes=SECRET, without=own)
    return render(request, "reviews/lesson_pick.html", {**context, "lesson": lesson})


@require_POST
def lesson_item(request: HttpRequest, slug: str, lesson_id: int, item_id: int) -> HttpResponse:
    """Change what an item is for and why its label is right, or take it out."""
    entry = access.get_lesson_item(request.user, slug, lesson_id, item_id)
    form = LessonItemForm(request.POST, instance=entry)
    if "remove" in request.POST:
        attempt(request, lessons.remove_item, entry, by=request.user)
    elif form.is_valid() and form.save(by=request.user):
        messages.success(request, _("The lesson is saved."))
    else:
        messages.error(request, " ".join(next(iter(form.errors.values()), [])))
    return redirect("lesson_edit", slug, lesson_id)


@require_http_methods(["GET", "HEAD", "POST"])
def exam_pool(request: HttpRequest, slug: str) -> HttpResponse:
    """Accepted labels with a checkbox each; what is checked goes into the pool."""
    project = get_project(request.user, slug)
    if request.method == "POST":
        form = PoolForm(request.POST, project=project)
        if form.is_valid():
            count = exams.add_to_pool(project, form.cleaned_data["tasks"], by=request.user)
            said = ngettext(
                "%(n)d item added to the pool.", "%(n)d items added to the pool.", count
            )
            messages.success(request, said % {"n": count})
        else:
            messages.error(request, _("Check at least one item."))
        return redirect(request.get_full_path())
    context = _candidates(request, project, purposes=EVERY_PURPOSE)
    return render(
        request, "reviews/exam_pool.html", {**context, "overview": reports.overview(project)}
    )


def _candidates(
    request: HttpRequest, project: Project, *, purposes: tuple[str, ...], without: Any = ()
) -> dict[str, Any]:
    form = CandidateFilterForm(request.GET, project=project)
    rows = candidates(project, purposes=purposes, **form.values()).exclude(item__in=without)
    page = keyset_page(rows, request.GET.get(CURSOR, ""), size=reports.CANDIDATES)
    return {
        "project": project,
        "filter_form": form,
        "filters": form.as_query(),
        "page": page,
        "candidates": reports.candidate_views(page.rows),
    }


@require_safe
def exam_items(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    page = keyset_page(reports.pool_rows(project), request.GET.get(CURSOR, ""))
    context = {"project": project, "page": page, "rows": reports.pool_views(page.rows)}
    return render(request, "reviews/exam_items.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def exam_item(request: HttpRequest, slug: str, exam_item_id: int) -> HttpResponse:
    entry = access.get_exam_item(request.user, slug, exam_item_id)
    form = ExamItemForm(request.POST if request.method == "POST" else None, instance=entry)
    if form.is_valid():
        exams.edit_exam_item(entry, by=request.user, **form.cleaned_data)
        messages.success(request, _("The exam item is saved."))
        return redirect("exam_items", slug)
    context = {
        "project": entry.project,
        "entry": entry,
        "form": form,
        "view": label_view(entry),
    }
    return render(request, "reviews/exam_item.html", context, status=status_of(form))


@require_POST
def exam_grant(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    project = get_project(request.user, slug, MANAGERS)
    person = get_object_or_404(reports.people_to_grant(project), pk=person_id)
    if attempt(request, exams.grant_attempt, project, person, by=request.user):
        messages.success(request, _("%(person)s may try once more.") % {"person": person})
    return redirect("training_desk", slug)
