"""What an author says against a decision."""

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from reviews.models import Feedback, SecondLook
from reviews.models.second_looks import WORDS_LENGTH
from reviews.services import feedback
from tasks.forms.domain import ServiceForm


class ContestForm(ServiceForm, forms.Form):
    words = forms.CharField(
        label=_("Why your answer is right, in a sentence"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def save(self, entry: Feedback, *, by: User) -> SecondLook | None:
        return self.attempt(feedback.contest, entry, by=by, **self.cleaned_data)
