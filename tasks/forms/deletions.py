"""The forms that delete: which items and why, and the name of a project."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import WORK_STATES, Deletion, Project
from tasks.models.item_tags import TAG_LENGTH
from tasks.services import archiving, deletions
from tasks.services.checks import REASON_LENGTH
from tasks.services.item_selection import Selection

PICKED_MOST = 500


class PickedItemsForm(forms.Form):
    """Ticked items, or `all` that the filter found up to `last`."""

    all = forms.BooleanField(required=False)
    q = forms.CharField(required=False, max_length=300)
    batch = forms.IntegerField(required=False, min_value=1)
    state = forms.ChoiceField(
        choices=[("", ""), *((state.value, state.label) for state in WORK_STATES)], required=False
    )
    tag = forms.CharField(required=False, max_length=TAG_LENGTH)
    last = forms.IntegerField(required=False, min_value=1)
    item = forms.Field(required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def clean_item(self) -> tuple[str, ...]:
        """Public ids, as checkboxes send them."""
        ids = self.data.getlist("item")
        if len(ids) > PICKED_MOST:
            raise ValidationError(_("These are too many items at once: use the filter."))
        check = forms.UUIDField()
        return tuple(str(check.clean(given)) for given in ids)

    def selection(self) -> Selection:
        """Nothing, where nothing is ticked."""
        wanted = self.cleaned_data
        if not wanted["all"]:
            return Selection(ids=wanted["item"])
        newest = self.project.items.order_by("-pk").values_list("pk", flat=True).first()
        return Selection(
            batch=wanted["batch"],
            state=wanted["state"],
            prefix=wanted["q"],
            tag=wanted["tag"],
            last=wanted["last"] or newest or 0,
        )


class DeleteItemsForm(ServiceForm, forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("It stays in the history of each item."),
    )

    def save(self, project: Project, selection: Selection, *, by: User) -> Deletion | None:
        reason = self.cleaned_data["reason"]
        return self.attempt(deletions.delete, project, selection, reason=reason, by=by)


class DeleteProjectForm(ServiceForm, forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the project"), max_length=120)

    def save(self, project: Project, *, by: User) -> Project | None:
        return self.attempt(archiving.delete, project, name=self.cleaned_data["name"], by=by)
