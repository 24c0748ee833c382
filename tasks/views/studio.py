"""The instruction studio: the blocks of the draft in an outline, one of them in a form."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.lists import CURSOR, keyset_page
from tasks import access
from tasks.blocks import Block
from tasks.blocks.difference import lines
from tasks.blocks.markdown import to_markdown
from tasks.blocks.shapes import fingerprint
from tasks.forms.blocks import (
    BlockForm,
    CopyForm,
    ImportTextForm,
    NewBlockForm,
    TranslationForm,
)
from tasks.forms.examples import ExampleFilterForm, NewExampleForm
from tasks.models import InstructionVersion, Project
from tasks.reports import guide as guides
from tasks.reports import studio as reports
from tasks.services import instruction_blocks, instructions
from tasks.services.instruction_blocks import BlockChanged
from tasks.views.outcomes import attempt, status_of

PICTURES = 40


@require_safe
def instruction_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The studio with the outline; the first block, if there is one, is open."""
    project = access.get_project(request.user, slug)
    blocks = instruction_blocks.newest_blocks(project)
    if blocks:
        return redirect("block_edit", slug, blocks[0]["id"])
    return render(request, "tasks/studio.html", _studio(project))


@require_POST
def block_add(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    schema = _schema(project)
    blocks = instruction_blocks.newest_blocks(project)
    form = NewBlockForm(request.POST, schema=schema, blocks=blocks)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(errors))
        return redirect("instruction_edit", slug)
    kind, target = form.cleaned_data["kind"], form.target_class
    added = attempt(
        request, instruction_blocks.add_block, project, kind, by=request.user, target=target
    )
    return (
        redirect("block_edit", slug, added["id"]) if added else redirect("instruction_edit", slug)
    )


@require_http_methods(["GET", "HEAD", "POST"])
def block_edit(request: HttpRequest, slug: str, block_id: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    if request.method == "POST" and instruction_blocks.find_block(project, block_id) is None:
        return _gone(request, project)
    block = _block(project, block_id)
    schema = _schema(project)
    form = BlockForm(block=block, schema=schema)
    if request.method == "POST":
        form = BlockForm(request.POST, block=block, schema=schema)
        try:
            if form.is_valid() and (draft := form.save(project, by=request.user)):
                messages.success(
                    request, _("Saved in draft %(number)d.") % {"number": draft.number}
                )
                return redirect("block_edit", slug, block_id)
        except BlockChanged as error:
            return _conflict(request, project, error, schema)
    context = _editing(project, block, form)
    return render(request, "tasks/studio.html", context, status=status_of(form))


def _gone(request: HttpRequest, project: Project) -> HttpResponse:
    """The part was removed meanwhile: what was written stays on the page."""
    written = {name: request.POST.get(name, "") for name in ("title", "body")}
    context = {"project": project, "written": written}
    return render(request, "tasks/block_gone.html", context, status=409)


def _editing(project: Project, block: Block, form: BlockForm) -> dict[str, Any]:
    studio = _studio(project, block)
    rows = reports.example_rows(form.examples, studio["preview"])
    return {**studio, "form": form, "example_rows": rows}


def _conflict(
    request: HttpRequest, project: Project, error: BlockChanged, schema: dict[str, Any]
) -> HttpResponse:
    """Both texts side by side, and a form that holds mine and has seen theirs."""
    mine, theirs = error.mine, error.theirs
    form = BlockForm(block=mine, schema=schema)
    form.initial["seen"] = instruction_blocks.state_of(theirs)
    context = {
        **_editing(project, mine, form),
        "conflict": error,
        "lines": lines(to_markdown([theirs]) if theirs else "", to_markdown([mine])),
    }
    return render(request, "tasks/studio.html", context, status=error.status)


@require_POST
def block_preview(request: HttpRequest, slug: str, block_id: str) -> HttpResponse:
    """What annotators would see of the block that is being written; nothing is stored."""
    project = access.get_project(request.user, slug)
    form = BlockForm(request.POST, block=_block(project, block_id), schema=_schema(project))
    form.is_valid()
    shown = form.edited()
    shown["nodes"] = reports.whole_nodes(shown)
    [view] = guides.guide(project, [shown], _schema(project))
    return render(request, "tasks/_guide_block.html", {"block": view})


@require_POST
def block_move(request: HttpRequest, slug: str, block_id: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    is_up = "up" in request.POST
    attempt(request, instruction_blocks.move_block, project, block_id, up=is_up, by=request.user)
    return redirect("block_edit", slug, block_id)


@require_POST
def block_remove(request: HttpRequest, slug: str, block_id: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    if attempt(request, instruction_blocks.remove_block, project, block_id, by=request.user):
        messages.success(request, _("Removed from the draft."))
    return redirect("instruction_edit", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def block_examples(request: HttpRequest, slug: str, block_id: str) -> HttpResponse:
    """Items of the project to pick examples from: those with an accepted label of the class."""
    project = access.get_project(request.user, slug)
    block = _block(project, block_id)
    if "examples" not in block:
        raise Http404
    if request.method == "POST":
        form = NewExampleForm(request.POST, project=project)
        if form.is_valid() and form.save(block_id, by=request.user):
            messages.success(request, _("The example is in the draft. Say why it is one."))
            return redirect("block_edit", slug, block_id)
        messages.error(request, _("This item cannot be an example here."))
        return redirect("block_examples", slug, block_id)
    form = ExampleFilterForm(request.GET, project=project, block=block)
    rows = reports.example_candidates(project, form)
    page = keyset_page(rows, request.GET.get(CURSOR, ""), size=reports.CANDIDATES)
    context = {
        "project": project,
        "part": block,
        "filter_form": form,
        "page": page,
        "filters": form.as_query(),
        "candidates": reports.candidate_views(page.rows, block),
    }
    return render(request, "tasks/block_examples.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def block_translation(
    request: HttpRequest, slug: str, block_id: str, language: str
) -> HttpResponse:
    project = access.get_project(request.user, slug)
    block = _block(project, block_id)
    known = block.get("translations", {}).get(language, {})
    initial = {**known, "seen": instruction_blocks.state_of(block)}
    form = TranslationForm(request.POST or None, initial=initial)
    is_valid = request.method == "POST" and form.is_valid()
    if is_valid and form.save(project, block_id, language, by=request.user):
        messages.success(request, _("The translation is in the draft."))
        return redirect("block_edit", slug, block_id)
    [original] = guides.guide(project, [block], _schema(project))
    context = {
        "project": project,
        "part": block,
        "language": language,
        "form": form,
        "original": original,
        "is_outdated": bool(known) and known["of"] != fingerprint(block),
    }
    return render(request, "tasks/block_translation.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def instruction_import(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    form = ImportTextForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and form.save(project, by=request.user):
        messages.success(request, _("The text is in the draft, part by part."))
        return redirect("instruction_edit", slug)
    context = {"project": project, "form": form}
    return render(request, "tasks/instruction_import.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
def instruction_copy(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    sources = InstructionVersion.objects.filter(
        project__in=access.projects(request.user).exclude(pk=project.pk),
        project__item_type=project.item_type,
        state=InstructionVersion.State.PUBLISHED,
    ).select_related("project")
    form = CopyForm(request.POST or None, sources=sources)
    if request.method == "POST" and form.is_valid() and form.save(project, by=request.user):
        messages.success(request, _("Copied into the draft. Examples stayed behind."))
        return redirect("instruction_edit", slug)
    context = {"project": project, "form": form, "has_sources": sources.exists()}
    return render(request, "tasks/instruction_copy.html", context, status=status_of(form))


def _studio(project: Project, block: Block | None = None) -> dict[str, Any]:
    newest = instructions.newest_version(project)
    blocks = list(newest.blocks) if newest else []
    schema = newest.label_schema if newest else {"controls": []}
    shown = [block] if block else []
    return {
        "project": project,
        "newest": newest,
        "part": block,
        "outline": reports.outline(blocks, schema, block["id"] if block else ""),
        "missing": reports.missing(blocks, schema),
        "new_block_form": NewBlockForm(schema=schema, blocks=blocks),
        "preview": next(iter(guides.guide(project, shown, schema)), None),
        "languages": reports.languages(block) if block else [],
        "pictures": project.instruction_pictures.order_by("-pk")[:PICTURES],
    }


def _block(project: Project, block_id: str) -> Block:
    found = instruction_blocks.find_block(project, block_id)
    if found is None:
        raise Http404
    return found


def _schema(project: Project) -> dict[str, Any]:
    newest = instructions.newest_version(project)
    return newest.label_schema if newest else {"controls": []}
