"""The filters of the item list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.models import WORK_STATES, Project
from tasks.models.item_tags import TAG_LENGTH


class ItemFilterForm(forms.Form):
    q = forms.CharField(label=_("Id begins with"), required=False, max_length=300)
    batch = forms.ModelChoiceField(
        label=_("Batch"), queryset=None, required=False, empty_label=_("all batches")
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("any state")), *((state.value, state.label) for state in WORK_STATES)],
        required=False,
    )
    tag = forms.CharField(label=_("Tag"), required=False, max_length=TAG_LENGTH)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["batch"].queryset = project.batches.all()
