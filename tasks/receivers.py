"""Answers what happens below tasks."""

from typing import Any

from django.dispatch import receiver

from labelops.accounts.models import User
from labelops.accounts.signals import person_suspended
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from labelops.webhooks.models import Webhook
from labelops.webhooks.signals import webhook_given_up
from tasks.access import managers_of
from tasks.services import leases


@receiver(person_suspended)
def take_work_back(
    sender: type[User], person: User, by: User, reason: str, **_keywords: Any
) -> None:
    leases.revoke_person(person, by=by, reason=reason)


@receiver(webhook_given_up)
def tell_managers(sender: type[Webhook], webhook: Webhook, **_keywords: Any) -> None:
    project = webhook.project
    parameters = {"project": project.name, "webhook": str(webhook.public_id)}
    notify(
        managers_of(project),
        Kind.WEBHOOK_GIVEN_UP,
        about=webhook,
        parameters={**parameters, "detail": webhook.note},
    )
