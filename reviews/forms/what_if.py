"""The form that asks when a batch would end with other people, reviewers or overlap."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reviews.quality.forecast import WhatIf
from tasks.models.batches import OVERLAP_MAX

PERCENT_LEAST, PERCENT_MOST = 10, 1_000


class WhatIfForm(forms.Form):
    """Without an answer, everything stays as it is."""

    people = forms.IntegerField(
        label=_("people who label, %"), min_value=PERCENT_LEAST, max_value=PERCENT_MOST
    )
    review = forms.IntegerField(
        label=_("reviewers, %"), min_value=PERCENT_LEAST, max_value=PERCENT_MOST
    )
    overlap = forms.IntegerField(
        label=_("labels for each item"), min_value=1, max_value=OVERLAP_MAX
    )

    def __init__(self, *args: Any, overlap: int, **kwargs: Any) -> None:
        start = {"people": 100, "review": 100, "overlap": overlap}
        super().__init__(*args, initial=start, **kwargs)
        self.overlap = overlap

    def change(self) -> WhatIf:
        """Of a valid form."""
        given = self.cleaned_data
        overlap = given["overlap"] if given["overlap"] != self.overlap else None
        return WhatIf(given["people"] / 100, given["review"] / 100, overlap)
