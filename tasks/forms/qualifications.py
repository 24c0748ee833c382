"""The form that gives a person a level."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.models.batches import LEVEL_MAX

LEVELS = [(level, str(level)) for level in range(LEVEL_MAX + 1)]


class LevelForm(forms.Form):
    level = forms.TypedChoiceField(label=_("Level"), choices=LEVELS, coerce=int)
    reason = forms.CharField(label=_("Reason"), max_length=300)
