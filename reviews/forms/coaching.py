"""What a coach writes down about somebody."""

from django import forms
from django.utils.translation import gettext_lazy as _

from reviews.models.coaching import NOTE_LENGTH


class CoachNoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Read by managers and experts of the project; the person never reads it."),
    )
