"""The forms of notices and announcements."""

from django import forms

LARGEST_ID = 2**63 - 1


class UptoForm(forms.Form):
    """The newest notice that the person saw."""

    upto = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
