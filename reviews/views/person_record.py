"""The record of a person in a project: history, mix-ups, time, reviews, and what coaches do."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from labelops.accounts.models import Role, User
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import CURSOR, check_parameters
from reviews import access
from reviews.forms.coaching import CoachNoteForm
from reviews.quality.trust import review_percent
from reviews.reports import person_answers, person_coaching, person_following, person_history
from reviews.services import coaching
from reviews.views.tables import TABLE, Table, named_table
from tasks.access import has_role
from tasks.models import Project
from tasks.views.outcomes import attempt


@require_safe
def person_record(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    project, person = access.get_person(request.user, slug, person_id)
    check_parameters(request.GET, AS, TABLE)
    record = person_history.record(project, person)
    table = named_table(request, "weeks", "confusion", "times")
    if wants_csv(request):
        return _file(person, record, table)
    context = _about(request, project, person) | {
        "record": record,
        "followed": person_following.followed(project, person),
        "weeks": person_history.WEEKS,
        "review_percent": review_percent(person.level or 0, 0),
    }
    return render(request, "reviews/person_record.html", context)


def _about(request: HttpRequest, project: Project, person: User) -> dict[str, Any]:
    is_manager = has_role(request.user, project, Role.MANAGER)
    return {
        "project": project,
        "person": person,
        "is_manager": is_manager,
        "name": str(person) if is_manager else person.pseudonym,
    }


def _file(person: User, record: person_history.Record, table: str) -> HttpResponse:
    columns, rows = {"weeks": _weeks, "confusion": _confusion, "times": _times}[table](record)
    return csv_response(f"{table}-{person.pseudonym}", columns, rows)


def _weeks(record: person_history.Record) -> Table:
    columns = ["week", "gold_right", "gold_checked", "audit_right", "audit_checked"]
    return columns, [
        [row.name, row.gold.share.count, row.gold.share.n, row.audit.share.count, row.audit.share.n]
        for row in record.weeks
    ]


def _confusion(record: person_history.Record) -> Table:
    return confusion_table(record.confusion)


def confusion_table(found: person_history.Confusion | None) -> Table:
    """A line a right class; nothing where no class was checked."""
    if found is None:
        return ["right_class"], []
    return ["right_class", *found.titles, "right", "checked"], [
        [row.title, *(cell.count for cell in row.cells), row.right.share.count, row.right.share.n]
        for row in found.rows
    ]


def _times(record: person_history.Record) -> Table:
    rows = record.times.rows if record.times else []
    return ["seconds_from", "seconds_to", "answers"], [
        [row.bin.low, row.bin.high, row.count] for row in rows
    ]


@require_safe
def person_timed(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    """The answers behind a bar of the active times."""
    project, person = access.get_person(request.user, slug, person_id)
    check_parameters(request.GET, *person_answers.FILTERS)
    found = person_answers.read_bin(request.GET)
    cursor = request.GET.get(CURSOR, "")
    context = _about(request, project, person) | {
        "bin": found,
        "page": person_answers.answers_page(project, person, found, cursor),
        "filters": f"seconds={found.key}" if found else "",
        "most": person_history.TIMES_READ,
    }
    return render(request, "reviews/person_timed.html", context)


@require_safe
def person_reviews(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    project, person = access.get_person(request.user, slug, person_id)
    check_parameters(request.GET)
    about = _about(request, project, person)
    is_manager = about["is_manager"]
    record = person_coaching.review_record(
        project, person, show_names=is_manager, sees_unfinished=is_manager
    )
    return render(request, "reviews/person_reviews.html", about | {"record": record})


@require_http_methods(["GET", "HEAD", "POST"])
def person_coach(request: HttpRequest, slug: str, person_id: int) -> HttpResponse:
    project, person = access.get_person(request.user, slug, person_id)
    check_parameters(request.GET)
    form = CoachNoteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["text"]
        if attempt(request, coaching.add_note, project, person, text, by=request.user):
            messages.success(request, _("The note is kept."))
        return redirect("person_coach", slug, person_id)
    about = _about(request, project, person)
    cursor = request.GET.get(CURSOR, "")
    found = person_coaching.coaching(project, person, cursor=cursor, show_names=about["is_manager"])
    context = about | {"coaching": found, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/person_coach.html", context, status=status)
