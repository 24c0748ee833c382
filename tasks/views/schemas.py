"""The questions of a project: the label schema of its draft version."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tasks import access
from tasks.forms.instructions import SchemaDraftForm, seen_of
from tasks.forms.schemas import ControlFormSet, formset_of, with_another
from tasks.services import instructions
from tasks.views.outcomes import status_of


@require_http_methods(["GET", "HEAD", "POST"])
def schema_edit(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    newest = instructions.newest_version(project)
    base = newest.label_schema if newest else {"controls": []}
    form = SchemaDraftForm(initial=seen_of(newest))
    formset = formset_of(base, project.item_type)
    if request.method == "POST":
        form = SchemaDraftForm(request.POST)
        formset = ControlFormSet(request.POST, base=base, item_type=project.item_type)
        if "add_control" in request.POST:
            form = SchemaDraftForm(initial={"seen": form["seen"].value()})
            formset = with_another(formset, base)
        elif formset.is_valid() and form.is_valid():
            saved = form.save(project, formset.label_schema, by=request.user)
            if saved:
                messages.success(
                    request, _("Saved in draft %(number)d.") % {"number": saved.number}
                )
                return redirect("instruction_edit", slug)
    context = {"project": project, "newest": newest, "form": form, "formset": formset}
    status = status_of(form, formset)
    return render(request, "tasks/schema_edit.html", context, status=status)
