"""The form in which people show that they have read what changed."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

YES_NO = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]


class QuizForm(forms.Form):
    """One yes or no for each example; `number` is the version that was read."""

    number = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, number: int, example_ids: list[str]) -> None:
        super().__init__(data, initial={"number": number})
        self.example_ids = example_ids
        for example_id in example_ids:
            self.fields[f"answer-{example_id}"] = forms.ChoiceField(
                choices=YES_NO,
                widget=forms.RadioSelect,
                error_messages={"required": _("Decide this one, too.")},
            )

    def answers(self) -> dict[str, bool]:
        return {
            example_id: self.cleaned_data[f"answer-{example_id}"] == "yes"
            for example_id in self.example_ids
        }
