"""The terms of a calibration run, and starting its batch all the same."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from reviews.models import CalibrationRun
from reviews.models.calibration import THRESHOLD_PERCENT
from reviews.services import calibration
from tasks.forms.domain import ServiceForm
from tasks.models import Batch
from tasks.models.batches import OVERLAP_MAX
from tasks.services.checks import REASON_LENGTH


class CalibrationForm(ServiceForm, forms.Form):
    """How many items, who labels them, and how far they must agree before the batch starts."""

    item_count = forms.IntegerField(
        label=_("Items"),
        initial=calibration.ITEMS,
        min_value=calibration.PEOPLE_LEAST,
        max_value=calibration.ITEMS_MOST,
        help_text=_("Drawn at random among those that nobody has begun. Everybody labels each."),
    )
    threshold_percent = forms.IntegerField(
        label=_("Agreement needed, %"),
        initial=THRESHOLD_PERCENT,
        min_value=1,
        max_value=100,
        help_text=_(
            "The batch starts by itself when the mean agreement over the items reaches it."
        ),
    )
    people = forms.MultipleChoiceField(
        label=_("Who takes part"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, batch: Batch, by: User, show_names: bool) -> None:
        super().__init__(data)
        self.batch, self.by = batch, by
        labelers, experts = calibration.labelers(batch), calibration.experts(batch)
        self.known = {str(person.pk): person for person in [*labelers, *experts]}
        self.fields["people"].choices = [
            (key, str(person) if show_names else person.pseudonym)
            for key, person in self.known.items()
        ]
        self.fields["people"].initial = [str(person.pk) for person in labelers[:OVERLAP_MAX]]

    def save(self) -> CalibrationRun | None:
        values = self.cleaned_data
        people = [self.known[key] for key in values.pop("people")]
        return self.attempt(calibration.start_run, self.batch, by=self.by, people=people, **values)


class OverrideForm(forms.Form):
    """Why a batch starts though its people do not agree as asked."""

    reason = forms.CharField(
        label=_("Why the batch starts all the same"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
