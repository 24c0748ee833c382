"""The form by which vectors are brought."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from datasets.models import VectorSet
from datasets.services.vector_jobs import start_file
from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import Project


class VectorFileForm(ServiceForm, forms.ModelForm):
    class Meta:
        model = VectorSet
        fields = ["name"]
        help_texts = {
            "name": gettext_lazy("That of the model they come from. A known name adds to its set.")
        }

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        help_text=gettext_lazy(
            'JSONL, one line an item: {"item": "a1", "vector": [0.1, -0.2, 0.7]}. “item” is the '
            "id it was imported by; all vectors are of one length."
        ),
        widget=forms.FileInput(attrs={"accept": ".jsonl,.ndjson,.json"}),
    )

    def __init__(self, *args: Any, project: Project, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.by = project, by

    def save(self) -> VectorSet | None:
        """The set that takes the file in; None when it was refused, and then the form says why."""
        file = self.cleaned_data["file"]
        return self.attempt(
            start_file,
            self.project,
            name=self.cleaned_data["name"],
            file=file,
            file_name=file.name,
            by=self.by,
        )
