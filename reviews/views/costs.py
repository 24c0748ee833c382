"""What mistakes cost: a form of one number a class."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labelops.accounts.models import Role
from labelops.jobs.services import wake
from reviews.forms.costs import MistakeCostForm
from reviews.jobs import refit_models
from tasks.access import get_project, has_role
from tasks.services.instructions import current_schema
from tasks.views.outcomes import status_of


@require_http_methods(["GET", "HEAD", "POST"])
def mistake_costs(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_project(request.user, slug)
    data = request.POST if request.method == "POST" else None
    schema = current_schema(project)
    form = MistakeCostForm(data, project=project, schema=schema, by=request.user)
    if form.is_valid() and form.save():
        wake(refit_models)
        messages.success(request, _("Stored. The review queue follows within a minute."))
        return redirect("mistake_costs", slug)
    is_manager = has_role(request.user, project, Role.MANAGER)
    context = {"project": project, "form": form, "is_manager": is_manager}
    return render(request, "reviews/mistake_costs.html", context, status=status_of(form))
