"""The forms that find items for examples and make examples of them."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from tasks.blocks import Block
from tasks.blocks.classes import block_classes
from tasks.forms.blocks import ExampleTermsForm, class_choices, from_choice, to_choice
from tasks.forms.domain import ServiceForm
from tasks.models import InstructionVersion, Item, Project
from tasks.services import instruction_blocks
from tasks.services.instructions import newest_version


class ExampleFilterForm(forms.Form):
    """Which items are shown: by the class of their accepted label, by the beginning of their id."""

    label = forms.ChoiceField(label=gettext_lazy("Accepted label"), required=False)
    q = forms.CharField(label=gettext_lazy("Id begins with"), required=False, max_length=300)

    def __init__(self, data: Any, *, project: Project, block: Block) -> None:
        own = [to_choice(*found) for found in block_classes(block)]
        given = data.dict() if "label" in data else {"label": own[0] if own else "", **data.dict()}
        super().__init__(given)
        newest = newest_version(project)
        choices = class_choices(newest.label_schema) if newest else []
        self.fields["label"].choices = [("", "–"), *choices]

    def values(self) -> dict[str, Any]:
        """`class_` as a filter of LabelClass, or None; what cannot be read filters nothing."""
        self.is_valid()
        label = self.cleaned_data.get("label")
        return {
            "class_": from_choice(label) if label else None,
            "q": self.cleaned_data.get("q", ""),
        }

    def as_query(self) -> str:
        return urlencode({name: self.data.get(name, "") for name in self.fields})


class NewExampleForm(ServiceForm, ExampleTermsForm):
    """An item of the project that becomes an example."""

    item = forms.ModelChoiceField(queryset=Item.objects.none(), to_field_name="public_id")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.fields["item"].queryset = project.items.all()

    def save(self, block_id: str, *, by: User) -> InstructionVersion | None:
        values = self.cleaned_data
        return self.attempt(
            instruction_blocks.add_example,
            self.project,
            block_id,
            values["item"],
            by=by,
            verdict=values["verdict"],
            note=values["note"],
            region=values["region"],
        )
