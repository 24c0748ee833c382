"""The form that registers or changes a model back end."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import Batch, ModelBackend, Project
from tasks.models.model_backends import ADDRESS_LENGTH, MOST_ITEMS, MOST_SECONDS
from tasks.services import model_backends


class BackendForm(ServiceForm, forms.Form):
    address = forms.CharField(
        label=_("Address"),
        max_length=ADDRESS_LENGTH,
        help_text=_("Where the back end listens, for example https://models.example.org:9090."),
        widget=forms.URLInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    user_name = forms.CharField(
        label=_("User name"),
        max_length=100,
        required=False,
        help_text=_("Only where the back end asks for one."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        required=False,
        help_text=_("Never shown again. Left empty, the present one stays."),
        widget=forms.PasswordInput(attrs={"dir": "ltr", "autocomplete": "new-password"}),
    )
    label_map = forms.CharField(
        label=_("Its classes"),
        max_length=20_000,
        required=False,
        help_text=_(
            "Only classes that it calls differently, a line each: their class = our class. "
            "Names that differ in case alone are matched by themselves."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    items_per_call = forms.IntegerField(
        label=_("Items in a call"),
        min_value=1,
        max_value=MOST_ITEMS,
        initial=8,
        help_text=_("Fewer for a slow model."),
    )
    seconds = forms.IntegerField(
        label=_("Seconds for a call"), min_value=1, max_value=MOST_SECONDS, initial=20
    )
    is_active = forms.BooleanField(label=_("It may be asked"), required=False, initial=True)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def change(self, backend: ModelBackend) -> ModelBackend | None:
        """None when it was refused, and then the form says why."""
        return self.attempt(model_backends.change_backend, backend, by=self.by, **self.cleaned_data)


class NewBackendForm(BackendForm):
    name = forms.CharField(
        label=_("Name of the model"),
        max_length=100,
        help_text=_("Its versions have this name, too. It stays."),
    )
    field_order = ["name"]

    def create(self, project: Project) -> ModelBackend | None:
        return self.attempt(model_backends.create_backend, project, by=self.by, **self.cleaned_data)


class AskForm(forms.Form):
    batch = forms.ModelChoiceField(
        Batch.objects.none(),
        label=_("About"),
        required=False,
        empty_label=_("all items"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What is closed is labeled: predictions would come too late to help anybody.
        own = Batch.objects.filter(project=project).exclude(state=Batch.State.CLOSED)
        self.fields["batch"].queryset = own.order_by("-pk")


def written_label_map(backend: ModelBackend) -> str:
    """As the form takes it."""
    return "\n".join(f"{theirs} = {ours}" for theirs, ours in backend.label_map.items())
