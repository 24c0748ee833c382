"""The form that registers or changes a webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from labelops.webhooks.events import Told
from labelops.webhooks.models import ADDRESS_LENGTH, Webhook
from labelops.webhooks.services import webhooks
from tasks.forms.domain import ServiceForm
from tasks.models import Project


class WebhookForm(ServiceForm, forms.Form):
    address = forms.CharField(
        label=_("Address"),
        max_length=ADDRESS_LENGTH,
        help_text=_("Where messages are sent by POST, for example https://example.org/labelops."),
        widget=forms.URLInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Tell it when"), choices=Told.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def create(self, project: Project) -> tuple[Webhook, str] | None:
        """The webhook and its secret; None when it was refused, and then the form says why."""
        values = self.cleaned_data
        return self.attempt(webhooks.create_webhook, project.pk, by=self.by, **values)

    def change(self, webhook: Webhook) -> Webhook | None:
        return self.attempt(webhooks.update_webhook, webhook, by=self.by, **self.cleaned_data)
