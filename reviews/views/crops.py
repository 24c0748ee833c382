"""Crops: the page of objects of one class, and the picture of each."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from labelops.media.images import DECODER_ERRORS
from reviews import access
from reviews.forms.glance import GlanceForm
from reviews.reports.review_grid import crops_config
from reviews.services import crop_objects
from tasks.access import reviewable_projects
from tasks.services.object_pictures import VIEWS, object_picture
from tasks.views.media import protected


@require_safe
def review_crops(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_object_or_404(reviewable_projects(request.user), slug=slug)
    control = crop_objects.control_of(project)
    form = GlanceForm(request.GET, user=request.user, project=project, control=control)
    if control is None or not form.is_valid():
        # The link was kept, and the question has changed since.
        return redirect("review_glance_project", slug)
    config = crops_config(project, control, form.cleaned_data)
    return render(request, "reviews/crops.html", {"project": project, "config": config})


@require_safe
def crop_picture(
    request: HttpRequest, slug: str, public_id: uuid.UUID, fingerprint: str, view: str
) -> HttpResponse:
    """One object as it is drawn now: drawn otherwise it has another address."""
    task = access.get_crop_task(request.user, slug, public_id)
    control = crop_objects.control_of(task.batch.project)
    objects = crop_objects.objects_of(task, control["name"]) if control else {}
    if fingerprint not in objects or view not in VIEWS:
        raise Http404
    etag = f'"{task.item.sha256[:32]}-{fingerprint}-{view}"'
    # What the browser has already is not made again.
    is_known = request.headers.get("If-None-Match") == etag
    try:
        content = b"" if is_known else object_picture(task.item, objects[fingerprint], view)
    except DECODER_ERRORS as error:
        # The file is gone, or no image any more.
        raise Http404 from error
    response = HttpResponse(content, content_type="image/jpeg")
    return protected(request, response, etag=etag)
