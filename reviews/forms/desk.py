"""What a reviewer sends from the desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.strict_json import StrictJSONError, loads
from reviews.models import RejectReason, Review
from reviews.reports.desk import Option
from reviews.services.desk import COMMENT_LENGTH


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
