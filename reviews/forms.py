"""What a reviewer sends from the desk, and the terms of a calibration run."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from labelops.strict_json import StrictJSONError, loads
from reviews.models import CalibrationRun, RejectReason, Review
from reviews.models.calibration import THRESHOLD_PERCENT
from reviews.reports.desk import Option
from reviews.services import calibration
from reviews.services.desk import COMMENT_LENGTH
from tasks.forms.domain import ServiceForm
from tasks.models import Batch
from tasks.models.batches import OVERLAP_MAX


class DeskForm(forms.Form):
    """Which project's desk to sit at; any, when it is left out."""

    project = forms.SlugField(required=False)


class DecisionForm(forms.Form):
    """`chosen` is the number of an offered answer; `answer` is the edited one, as JSON."""

    decision = forms.ChoiceField(choices=Review.Decision)
    request_id = forms.UUIDField()
    reason = forms.ChoiceField(choices=RejectReason, required=False, label=_("reason"))
    comment = forms.CharField(required=False, max_length=COMMENT_LENGTH, label=_("comment"))
    chosen = forms.IntegerField(required=False, min_value=0)
    answer = forms.CharField(required=False)

    def __init__(self, data: Any, *, options: list[Option]) -> None:
        super().__init__(data)
        self.options = options

    def clean_answer(self) -> Any:
        text = self.cleaned_data["answer"]
        if not text or self.data.get("decision") != Review.Decision.FIX:
            return None
        try:
            return loads(text)
        except StrictJSONError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_chosen(self) -> dict[str, Any] | None:
        number = self.cleaned_data["chosen"]
        if number is None or self.data.get("decision") != Review.Decision.ACCEPT:
            return None
        if number >= len(self.options):
            raise forms.ValidationError(_("This answer is not one of those shown."))
        return self.options[number].answer

    @property
    def verdict(self) -> dict[str, Any]:
        """The keywords of `desk.decide`."""
        sent = self.cleaned_data
        return {
            "decision": sent["decision"],
            "request_id": sent["request_id"],
            "reason": sent["reason"],
            "comment": sent["comment"],
            "answer": sent["answer"] if sent["answer"] is not None else sent["chosen"],
        }


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
        max_length=calibration.REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
