"""How often a model must have proved to be right to answer alone in a batch."""

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import Batch
from tasks.models.batches import MODEL_BAR_LEAST, MODEL_BAR_MOST
from tasks.services import batches


class ModelBarForm(ServiceForm, forms.Form):
    """Empty: people answer everything."""

    bar = forms.IntegerField(
        label=_("accuracy asked of the model, %"),
        min_value=MODEL_BAR_LEAST,
        max_value=MODEL_BAR_MOST,
        required=False,
    )

    def save(self, batch: Batch, *, by: User) -> Batch | None:
        bar = self.cleaned_data["bar"]
        return self.attempt(batches.update_batch, batch, by=by, model_bar_percent=bar)
