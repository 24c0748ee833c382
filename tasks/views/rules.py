"""Rules of a project's draft: the list, one rule, and a trial on labels that exist."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role
from tasks import access
from tasks.forms.instructions import SeenForm, seen_of
from tasks.forms.rules import RULE_FORMS, RuleForm
from tasks.kinds.rules import Rule
from tasks.models import InstructionVersion, Project
from tasks.reports import rules as reports
from tasks.services import instructions, rules
from tasks.views.outcomes import attempt, status_of


@require_safe
def rule_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    return _list_page(request, project, instructions.newest_version(project))


@require_POST
def rule_trial(request: HttpRequest, slug: str) -> HttpResponse:
    """The list with what each rule says of the answers that exist; nothing is stored."""
    project = access.get_project(request.user, slug)
    newest = instructions.newest_version(project)
    return _list_page(request, project, newest, rules.try_rules(newest) if newest else None)


def _list_page(
    request: HttpRequest,
    project: Project,
    newest: InstructionVersion | None,
    trial: rules.Trial | None = None,
) -> HttpResponse:
    context = {
        "project": project,
        "newest": newest,
        "lines": reports.rule_lines(newest),
        "types": reports.available_types(newest.label_schema) if newest else [],
        "seen_form": SeenForm(initial=seen_of(newest)),
        "trial": reports.trial_lines(trial, newest) if trial and newest else None,
        "is_manager": access.has_role(request.user, project, Role.MANAGER),
    }
    return render(request, "tasks/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_create(request: HttpRequest, slug: str, type_: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    return _rule_page(request, project, _newest_with(project, type_), type_)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: HttpRequest, slug: str, rule_id: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    newest = instructions.newest_version(project)
    rule = rules.rule_named(newest, rule_id)
    if newest is None or rule is None:
        raise Http404
    return _rule_page(request, project, newest, rule["type"], rule)


@require_POST
def rule_preview(request: HttpRequest, slug: str, type_: str) -> HttpResponse:
    """The sentence of the rule that is being written; nothing is stored."""
    project = access.get_project(request.user, slug)
    newest = _newest_with(project, type_)
    form = RULE_FORMS[type_](request.POST, version=newest)
    return render(request, "tasks/_rule_preview.html", {"sentence": _sentence(form)})


@require_POST
def rule_remove(request: HttpRequest, slug: str, rule_id: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    seen_at = _seen_at(request)
    if attempt(request, rules.remove_rule, project, rule_id, by=request.user, seen_at=seen_at):
        messages.success(request, _("The rule is removed from the draft."))
    return redirect("rule_list", slug)


@require_POST
def rule_move(request: HttpRequest, slug: str, rule_id: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    moved = {"is_up": "up" in request.POST, "by": request.user, "seen_at": _seen_at(request)}
    attempt(request, rules.move_rule, project, rule_id, **moved)
    return redirect("rule_list", slug)


def _newest_with(project: Project, type_: str) -> InstructionVersion:
    """What rules of the type would be added to. Raises Http404 where none can be."""
    newest = instructions.newest_version(project)
    is_known = newest is not None and type_ in RULE_FORMS
    if newest is None or not is_known or not reports.is_available(type_, newest.label_schema):
        raise Http404
    return newest


def _rule_page(
    request: HttpRequest,
    project: Project,
    newest: InstructionVersion,
    type_: str,
    rule: Rule | None = None,
) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = RULE_FORMS[type_](sent, version=newest, rule=rule, initial=seen_of(newest))
    if form.is_valid() and (draft := form.save(by=request.user)):
        messages.success(request, _("Saved in draft %(number)d.") % {"number": draft.number})
        return redirect("rule_list", project.slug)
    context = {
        "project": project,
        "newest": newest,
        "form": form,
        "type_name": type_,
        "title": reports.TYPE_TITLES[type_],
        "is_new": rule is None,
        "sentence": reports.sentence(rule, newest.label_schema) if rule and not sent else "",
    }
    return render(request, "tasks/rule_form.html", context, status=status_of(form))


def _sentence(form: RuleForm) -> str:
    if not form.is_valid():
        return ""
    return reports.sentence(form.cleaned_data["rule"], form.version.label_schema)


def _seen_at(request: HttpRequest) -> object:
    form = SeenForm(request.POST)
    return form.cleaned_data["seen"] if form.is_valid() else None
