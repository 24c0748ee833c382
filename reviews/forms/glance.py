"""What a reviewer chooses before looking at a glance."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from reviews.services import hidden_authors
from reviews.services.grid_review import PAGE, SIZES
from tasks.kinds import kind_of
from tasks.models import Project


class GlanceForm(forms.Form):
    """The class of the pages, how many tiles they have, and whose work they hold."""

    value = forms.ChoiceField()
    size = forms.TypedChoiceField(
        label=_("Tiles on a page"),
        choices=[(size, size) for size in SIZES],
        coerce=int,
        initial=PAGE,
    )
    by = forms.ChoiceField(label=_("Labels of"), required=False)

    def __init__(
        self,
        *arguments: Any,
        user: User,
        project: Project,
        control: dict[str, Any] | None,
        **keywords: Any,
    ) -> None:
        super().__init__(*arguments, **keywords)
        values = kind_of(control).classes(control) if control else []
        self.fields["value"].choices = [(value, value) for value in values]
        authors = hidden_authors.codes(user, project)
        self.fields["by"].choices = [("", _("everybody")), *authors]
