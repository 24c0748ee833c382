"""Bulk edits: what one would do, what it did, and taking it back."""

from dataclasses import dataclass
from typing import Any

from celery import Task as CeleryTask
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets import access
from datasets.forms.edits import PREFIX, EditForm
from datasets.jobs import run_bulk_edit, run_bulk_edit_undo
from datasets.reports import edits as reports
from datasets.services import bulk_edits
from datasets.services.chosen_items import all_members, meant_by, ticked_members
from datasets.services.item_set_kinds import parameters_of, query_of, read_item_set
from datasets.services.item_sets import ItemSet, Member
from datasets.views.refusals import tells_refusals
from labelops import htmx
from labelops.accounts.models import Role
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, wake
from labelops.lists import CURSOR, check_parameters, keyset_page
from tasks.access import get_project, has_role
from tasks.models import Project
from tasks.reports.history import history
from tasks.views.outcomes import attempt, status_of

# So few are done before the page is answered; of more the page tells how far they are.
AT_ONCE = 25
# Of sets, some have a parameter "item".
TICK = "tick"
WISHES = ("label", "reason", "text", "tag")


@require_safe
def bulk_edit_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    check_parameters(request.GET)
    rows = project.bulk_edits.select_related("job", "undo_job", "created_by")
    context = {
        "project": project,
        "page": keyset_page(rows, request.GET.get(CURSOR, ""), newest_first=True),
        "is_manager": has_role(request.user, project, Role.MANAGER),
    }
    return render(request, "datasets/bulk_edit_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tells_refusals
def bulk_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of an act with what it would change; sent by POST, it is done."""
    project = get_project(request.user, slug)
    act = _act(request.GET)
    bulk_edits.require_permission(project, act, by=request.user)
    asked = _asked(project, act, request.GET)
    form = EditForm(_wishes(request), project=project, act=act, meant=asked.meant)
    is_sent = request.method == "POST"
    if is_sent and form.is_valid() and (edit := form.save(source=asked.source, by=request.user)):
        _carry_out(edit.job, run_bulk_edit, len(asked.meant))
        return redirect("bulk_edit_detail", slug, edit.pk)
    status = status_of(form) if is_sent else 200
    return render(request, "datasets/bulk_edit.html", _page(request, asked, form), status=status)


@dataclass(frozen=True)
class _Asked:
    """What the address of an edit says."""

    project: Project
    act: str
    item_set: ItemSet
    members: list[Member]
    query: dict[str, str]

    @property
    def meant(self) -> bulk_edits.Meant:
        return meant_by(self.members)

    @property
    def source(self) -> dict[str, Any]:
        return {"query": self.query, "title": self.item_set.title}


def _act(given: QueryDict) -> str:
    single = given.copy()
    single.pop(TICK, None)
    wishes = [f"{PREFIX}-{name}" for name in WISHES]
    check_parameters(single, "act", *parameters_of(given), *wishes)
    act = given.get("act", "")
    if act not in bulk_edits.ACTS:
        raise DomainError(_("There is no such edit."), code="unknown_value", field="act")
    return act


def _asked(project: Project, act: str, given: QueryDict) -> _Asked:
    """The ticked items; without any the whole set."""
    item_set = read_item_set(project, given)
    if ticks := given.getlist(TICK):
        members = ticked_members(project, ticks)
    else:
        members = all_members(item_set, bulk_edits.most_items(act))
    return _Asked(project, act, item_set, members, query_of(given))


def _wishes(request: HttpRequest) -> QueryDict | None:
    """What was sent; or what an address holds, for a look at what it would change."""
    if request.method == "POST":
        return request.POST
    return request.GET if any(f"{PREFIX}-{name}" in request.GET for name in WISHES) else None


def _page(request: HttpRequest, asked: _Asked, form: EditForm) -> dict[str, Any]:
    wished = form.cleaned_data if form.is_bound and form.is_valid() else {}
    edit = bulk_edits.unstored(asked.project, asked.act, wished, by=request.user)
    return {
        "project": asked.project,
        "item_set": asked.item_set,
        "act": asked.act,
        "title": edit.get_act_display(),
        "form": form,
        "label": wished.get("label", ""),
        "is_whole": TICK not in request.GET,
        "kept": _kept(request.GET),
        "back": urlencode(asked.query),
        "preview": reports.preview(edit, asked.meant, asked.members),
        "is_manager": has_role(request.user, asked.project, Role.MANAGER),
    }


def _kept(given: QueryDict) -> list[tuple[str, str]]:
    """What the address says of the items, for the next look at it."""
    names = ("act", TICK, *parameters_of(given))
    return [(name, value) for name in names for value in given.getlist(name)]


@require_safe
def bulk_edit_detail(request: HttpRequest, slug: str, edit_id: int) -> HttpResponse:
    edit = access.get_bulk_edit(request.user, slug, edit_id)
    check_parameters(request.GET)
    job = bulk_edits.unfinished_job(edit) or edit.undo_job or edit.job
    context = {
        "project": edit.project,
        "edit": edit,
        "job": job,
        "is_running": not job.is_finished,
        "can_go_on": bulk_edits.can_go_on(edit),
        "can_undo": bulk_edits.can_undo(edit),
        "outcome": reports.outcome(edit),
        "page": reports.left_page(edit, request.GET.get(CURSOR, "")),
        "source": urlencode(edit.source.get("query", {})),
        "history": history([edit], show_names=True),
        "is_manager": has_role(request.user, edit.project, Role.MANAGER),
    }
    body = "datasets/_bulk_edit_body.html"
    return htmx.render(request, "datasets/bulk_edit_detail.html", body, context)


@require_POST
def bulk_edit_stop(request: HttpRequest, slug: str, edit_id: int) -> HttpResponse:
    """Stop what runs: the act itself, or taking it back."""
    edit = access.get_bulk_edit(request.user, slug, edit_id)
    job = bulk_edits.unfinished_job(edit) or edit.job
    attempt(request, cancel_job, job, by=request.user)
    return redirect("bulk_edit_detail", slug, edit_id)


@require_POST
def bulk_edit_go_on(request: HttpRequest, slug: str, edit_id: int) -> HttpResponse:
    edit = access.get_bulk_edit(request.user, slug, edit_id)
    if job := attempt(request, bulk_edits.go_on, edit, by=request.user):
        wake(run_bulk_edit, job.pk)
    return redirect("bulk_edit_detail", slug, edit_id)


@require_POST
def bulk_edit_undo(request: HttpRequest, slug: str, edit_id: int) -> HttpResponse:
    edit = access.get_bulk_edit(request.user, slug, edit_id)
    if job := attempt(request, bulk_edits.undo, edit, by=request.user):
        _carry_out(job, run_bulk_edit_undo, edit.rows.count())
        messages.success(request, _("What nobody has touched since is taken back."))
    return redirect("bulk_edit_detail", slug, edit_id)


def _carry_out(job: Job, door: CeleryTask, count: int) -> None:
    """A few at once, so that the next page shows them done; many in the background."""
    if count <= AT_ONCE:
        door(job.pk)
    else:
        wake(door, job.pk)
