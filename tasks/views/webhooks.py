"""Who is told outside of what happens in a project, and what became of each message."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts.models import Role
from labelops.lists import CURSOR, check_parameters, keyset_page
from labelops.webhooks.models import Delivery, Webhook
from labelops.webhooks.services import deliveries, webhooks
from tasks import access
from tasks.forms.webhooks import WebhookForm
from tasks.models import Project
from tasks.views.outcomes import attempt, status_of

LOG_SIZE = 25


@require_safe
def webhook_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = access.get_connected_project(request.user, slug)
    check_parameters(request.GET)
    rows = Webhook.objects.standing().filter(project=project).with_newest()
    return _page(request, "webhook_list", project, {"webhooks": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_create(request: HttpRequest, slug: str) -> HttpResponse:
    """The answer to the post shows the secret: a redirect would have to keep it somewhere."""
    project = access.get_connected_project(request.user, slug)
    form = WebhookForm(request.POST if request.method == "POST" else None, by=request.user)
    made = form.create(project) if form.is_valid() else None
    if made:
        webhook, secret = made
        context = {"webhook": webhook, "secret": secret}
        return _page(request, "webhook_secret", project, context)
    return _page(request, "webhook_create", project, {"form": form}, status=status_of(form))


@require_safe
def webhook_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    webhook = access.get_webhook(request.user, public_id)
    check_parameters(request.GET, "state")
    state = request.GET.get("state", "")
    found = webhook.deliveries.in_state(state).defer("payload", "answer")
    cursor = request.GET.get(CURSOR, "")
    context = {
        "webhook": webhook,
        "page": keyset_page(found, cursor, size=LOG_SIZE, newest_first=True),
        "state": state,
        "states": Delivery.State.choices,
        "filters": f"state={state}" if state else "",
    }
    return _page(request, "webhook_detail", webhook.project, context)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    webhook = access.get_webhook(request.user, public_id)
    data = request.POST if request.method == "POST" else None
    initial = {"address": webhook.address, "events": webhook.events}
    form = WebhookForm(data, initial=initial, by=request.user)
    if form.is_valid() and form.change(webhook):
        messages.success(request, _("The webhook is changed."))
        return redirect("webhook_detail", public_id)
    context = {"webhook": webhook, "form": form}
    return _page(request, "webhook_edit", webhook.project, context, status=status_of(form))


@require_POST
def webhook_pause(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _press(request, public_id, webhooks.pause_webhook, _("The webhook is paused."))


@require_POST
def webhook_resume(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return _press(request, public_id, webhooks.resume_webhook, _("The webhook goes on."))


def _press(
    request: HttpRequest, public_id: uuid.UUID, service: Callable[..., Webhook], done: str
) -> HttpResponse:
    webhook = access.get_webhook(request.user, public_id)
    if attempt(request, service, webhook, by=request.user):
        messages.success(request, done)
    return redirect("webhook_detail", public_id)


@require_POST
def webhook_secret(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Makes another secret and shows it, once."""
    webhook = access.get_webhook(request.user, public_id)
    webhook, secret = webhooks.renew_secret(webhook, by=request.user)
    context = {"webhook": webhook, "secret": secret, "is_renewed": True}
    return _page(request, "webhook_secret", webhook.project, context)


@require_POST
def webhook_delete(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    webhook = access.get_webhook(request.user, public_id)
    webhooks.delete_webhook(webhook, by=request.user)
    messages.success(request, _("The webhook is deleted."))
    return redirect("webhook_list", webhook.project.slug)


@require_POST
def webhook_test(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Sends while the person waits, and shows what came of it."""
    webhook = access.get_webhook(request.user, public_id)
    delivery = deliveries.send_test(webhook, by=request.user)
    if delivery.state == Delivery.State.DELIVERED:
        messages.success(request, _("The test arrived."))
    else:
        messages.error(request, _("The test did not arrive. %(why)s") % {"why": delivery.error})
    return redirect("delivery_detail", delivery.public_id)


@require_safe
def delivery_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    delivery = access.get_delivery(request.user, public_id)
    context = {"delivery": delivery, "webhook": delivery.webhook}
    return _page(request, "delivery_detail", delivery.webhook.project, context)


@require_POST
def delivery_again(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    delivery = access.get_delivery(request.user, public_id)
    if attempt(request, deliveries.send_again, delivery, by=request.user):
        messages.success(request, _("It is sent again within seconds, under the same id."))
    return redirect("delivery_detail", public_id)


def _page(
    request: HttpRequest, name: str, project: Project, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Operators reach these pages of a project, and no others: they are shown no way there."""
    is_manager = access.has_role(request.user, project, Role.MANAGER)
    context |= {"project": project, "is_manager": is_manager}
    return render(request, f"tasks/{name}.html", context, status=status)
