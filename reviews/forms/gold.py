"""What experts say of gold: why it is right, what else is right, how near is near enough."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from reviews.models import GoldAnswer
from reviews.models.gold import REASON_LENGTH
from reviews.reports.gold import Option
from reviews.services import gold
from tasks.forms.domain import ServiceForm
from tasks.models import GoldItem, Task

ANY_STATE = [("", _("any state"))]


class GoldFilterForm(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), choices=[*ANY_STATE, *GoldItem.State.choices], required=False
    )

    @property
    def state_value(self) -> str:
        return self.cleaned_data["state"] if self.is_valid() else ""


class GoldAnswerForm(ServiceForm, forms.ModelForm):
    """The words of one version; `options` are the other answers that people gave."""

    also_right = forms.MultipleChoiceField(
        label=_("Also right"),
        help_text=_("Other answers that people gave to this item."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = GoldAnswer
        fields = ("reason", "tolerance")
        widgets = {"reason": forms.Textarea(attrs={"rows": 3, "maxlength": REASON_LENGTH})}

    def __init__(self, *args: Any, options: list[Option], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_key = {option.key: option.answer for option in options}
        self.fields["also_right"].choices = [
            (option.key, option.summary or "–") for option in options
        ]
        if not options:
            del self.fields["also_right"]

    @property
    def words(self) -> dict[str, Any]:
        """The keywords that `propose` and `revise` share."""
        sent = self.cleaned_data
        chosen = [self.by_key[key] for key in sent.get("also_right", [])]
        return {
            "reason": sent["reason"],
            "tolerance": sent["tolerance"],
            "alternatives": chosen,
        }


class ProposeForm(GoldAnswerForm):
    def save(self, task: Task, *, by: User) -> GoldItem | None:
        return self.attempt(gold.propose, task, by=by, **self.words)


class ReviseForm(GoldAnswerForm):
    """Another version of an item that is gold: any answer that was given may be the right one."""

    right = forms.ChoiceField(label=_("Right answer"), widget=forms.RadioSelect)
    field_order = ["right", "also_right", "reason", "tolerance"]

    def __init__(self, *args: Any, options: list[Option], **kwargs: Any) -> None:
        super().__init__(*args, options=options, **kwargs)
        self.fields["right"].choices = [(option.key, option.summary or "–") for option in options]

    def save(self, item: GoldItem, *, by: User) -> GoldAnswer | None:
        right = self.by_key[self.cleaned_data["right"]]
        return self.attempt(gold.revise, item, answer=right, by=by, **self.words)


class ApprovalForm(forms.Form):
    """The number of the version that the expert has read."""

    number = forms.ModelChoiceField(GoldAnswer.objects.none(), to_field_name="number")

    def __init__(self, data: Any, *, gold: GoldItem) -> None:
        super().__init__(data)
        self.fields["number"].queryset = gold.answers.all()


class GoldReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH)
