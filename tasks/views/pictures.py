"""The pictures of instructions: uploaded by experts, seen by whoever reads the text."""

import uuid

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops.media import storage
from tasks import access
from tasks.services import pictures
from tasks.services.instruction_blocks import find_block
from tasks.views.media import protected
from tasks.views.outcomes import attempt


@require_POST
def instruction_picture_add(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_project(request.user, slug)
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("Choose an image file first."))
    else:
        content = file.read(pictures.LARGEST + 1)
        if attempt(request, pictures.add_picture, project, content, by=request.user):
            messages.success(
                request, _("The picture is below the text: copy its Markdown to where it belongs.")
            )
    block_id = request.POST.get("next", "")
    if find_block(project, block_id):
        return redirect("block_edit", slug, block_id)
    return redirect("instruction_edit", slug)


@require_safe
def instruction_picture(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    picture = access.get_instruction_picture(request.user, public_id)
    try:
        stream = storage.open_file(picture.media_key)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stream, content_type=picture.media_type)
    return protected(request, response, etag=f'"{picture.public_id}"')
