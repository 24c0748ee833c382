"""Scenario tests: the list with its verdicts, a new one, its page, and running all of them."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets import access
from datasets.forms.scenarios import ScenarioForm
from datasets.jobs import run_scenarios
from datasets.reports import scenarios as reports
from datasets.services import scenario_runs
from datasets.services import scenarios as services
from datasets.services.item_set_kinds import SET, query_of, read_item_set
from datasets.services.release_gate import release_gate
from datasets.services.sets.segments import segment_of
from datasets.views.refusals import tells_refusals
from labelops import htmx
from labelops.accounts.models import Role
from labelops.jobs.services import wake
from labelops.lists import check_parameters
from reviews.access import get_model_version
from tasks.access import MANAGERS, get_project, has_role
from tasks.reports.history import history
from tasks.views.outcomes import attempt, status_of

SEGMENTS_SHOWN = 50
SEGMENT = "segment"
# Where the bar stands at first.
BAR = 90


@require_safe
def scenario_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest number of each, beside the newest versions of models."""
    project = get_project(request.user, slug)
    check_parameters(request.GET)
    context = {
        "project": project,
        "is_manager": has_role(request.user, project, Role.MANAGER),
        "matrix": reports.matrix(project),
    }
    return render(request, "datasets/scenario_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tells_refusals
def scenario_create(request: HttpRequest, slug: str) -> HttpResponse:
    """Of the set of items that the address names; without one, of which segment."""
    project = get_project(request.user, slug, MANAGERS)
    given = _named_set(request.GET)
    if given is None:
        context = {"project": project, "segments": project.segments.all()[:SEGMENTS_SHOWN]}
        return render(request, "datasets/scenario_segments.html", context)
    item_set = read_item_set(project, given)
    data = request.POST if request.method == "POST" else None
    form = ScenarioForm(
        data,
        project=project,
        by=request.user,
        initial={"name": item_set.title[:120], "bar_percent": BAR},
    )
    if form.is_valid():
        scenario = form.save(services.ids_of(item_set), segment_of(project, given))
        if scenario is not None:
            messages.success(request, _("Frozen. Now run it on the models you have."))
            return redirect("scenario_detail", slug, scenario.pk)
    context = {
        "project": project,
        "form": form,
        "item_set": item_set,
        "query": urlencode(given),
        "is_measurable": form.fields["dataset_version"].queryset.exists(),
    }
    return render(request, "datasets/scenario_create.html", context, status=status_of(form))


@require_safe
def scenario_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What stands in the way of freezing these items with this bar; a part of the form's page."""
    project = get_project(request.user, slug, MANAGERS)
    given = _named_set(request.GET)
    form = ScenarioForm(request.GET, project=project, by=request.user)
    context = {"project": project, "form": form}
    if given is not None and form.is_valid():
        context["checks"] = form.checks(services.ids_of(read_item_set(project, given)))
    return htmx.render(
        request, "datasets/scenario_preview.html", "datasets/_scenario_preview.html", context
    )


def _named_set(given: Mapping[str, str]) -> dict[str, str] | None:
    """As an address names it; `segment` alone is the segment of that id."""
    if given.get(SET):
        return query_of(given)
    return {SET: SEGMENT, SEGMENT: given[SEGMENT]} if given.get(SEGMENT) else None


@require_safe
def scenario_detail(request: HttpRequest, slug: str, scenario_id: int) -> HttpResponse:
    scenario = access.get_scenario(request.user, slug, scenario_id)
    check_parameters(request.GET)
    context = {
        "project": scenario.project,
        "is_manager": has_role(request.user, scenario.project, Role.MANAGER),
        "scenario": scenario,
        "page": reports.scenario_page(scenario),
        "history": history([scenario], show_names=True),
    }
    return render(request, "datasets/scenario_detail.html", context)


@require_POST
def scenario_retire(request: HttpRequest, slug: str, scenario_id: int) -> HttpResponse:
    scenario = access.get_scenario(request.user, slug, scenario_id, MANAGERS)
    attempt(request, services.retire, scenario, by=request.user)
    return redirect("scenario_detail", slug, scenario_id)


@require_safe
def model_scenarios(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    """The release gate of a model version: a part of its page that asks again while it runs."""
    model = get_model_version(request.user, slug, model_id)
    check_parameters(request.GET)
    gate = release_gate(model)
    context = {
        "project": model.project,
        "is_manager": has_role(request.user, model.project, Role.MANAGER),
        "model": model,
        "gate": gate,
        "lines": [(row, reports.what_it_says(row)) for row in gate.rows],
        "job": scenario_runs.newest_job(model),
    }
    return htmx.render(
        request, "datasets/model_scenarios.html", "datasets/_model_scenarios.html", context
    )


@require_POST
def scenarios_run(request: HttpRequest, slug: str, model_id: int) -> HttpResponse:
    """Run all scenario tests on what the version predicts now."""
    model = get_model_version(request.user, slug, model_id, MANAGERS)
    if job := attempt(request, scenario_runs.start, model, by=request.user):
        wake(run_scenarios, job.pk)
    return redirect("model_scenarios", slug, model_id)
