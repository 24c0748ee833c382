"""The forms that make and change a project."""

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import Team, User
from labelops.form_fields import SeveralRows
from tasks.forms.domain import ServiceForm
from tasks.models import Project
from tasks.services import projects


class ProjectForm(ServiceForm, forms.ModelForm):
    """Name, purpose and teams; a new project also gets its short name and its type of items."""

    class Meta:
        model = Project
        fields = ["name", "slug", "item_type", "purpose", "hour_cost", "teams"]
        widgets = {
            "purpose": forms.Textarea(attrs={"rows": 2}),
            "teams": forms.CheckboxSelectMultiple,
            "item_type": forms.RadioSelect,
        }
        field_classes = {"teams": SeveralRows}
        help_texts = {
            "slug": _("Stands in addresses and commands. Left empty, it is made from the name."),
            "purpose": _("What is labeled here, and what for?"),
            "teams": _("Vendor teams see only the work that is handed to them, never this page."),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["teams"].queryset = teams = projects.grantable_teams(by)
        in_house = [team for team in teams if team.kind == Team.Kind.IN_HOUSE]
        if len(in_house) == 1:
            self.fields["teams"].initial = in_house
        self.fields["slug"].required = False
        self.fields["item_type"].choices = Project.ItemType.choices
        self.fields["item_type"].initial = Project.ItemType.IMAGE
        if self.instance.pk:
            del self.fields["slug"], self.fields["item_type"]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if "slug" in self.fields and "slug" not in self.errors and values.get("name"):
            values["slug"] = values.get("slug") or free_slug(values["name"])
        if "teams" not in self.errors:
            self.attempt(projects.check_granted_teams, values.get("teams", []), by=self.by)
        return values

    def save_new(self, label_schema: dict[str, Any]) -> Project | None:
        return self.attempt(
            projects.create_project, **self.cleaned_data, label_schema=label_schema, by=self.by
        )

    def save_changes(self) -> Project | None:
        """Teams that this person cannot grant keep their access: they are not on the page."""
        shown = self.fields["teams"].queryset
        others = self.instance.teams.exclude(pk__in=shown.values("pk"))
        teams = [*self.cleaned_data.pop("teams"), *others]
        return self.attempt(
            projects.update_project, self.instance, by=self.by, teams=teams, **self.cleaned_data
        )


class ProjectCopyForm(ServiceForm, forms.ModelForm):
    """The names of a project that gets the setup of another."""

    class Meta:
        model = Project
        fields = ["name", "slug"]
        help_texts = {"slug": ProjectForm.Meta.help_texts["slug"]}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False

    def save_copy(self, source: Project, *, by: User) -> Project | None:
        name = self.cleaned_data["name"]
        slug = self.cleaned_data["slug"] or free_slug(name)
        return self.attempt(projects.copy_project, source, name=name, slug=slug, by=by)


def free_slug(name: str) -> str:
    """A short name that no project has yet, made from the name."""
    base = slugify(name)[:50].strip("-") or "project"
    taken = set(Project.everything.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(
        slug for number in range(2, len(taken) + 3) if (slug := f"{base}-{number}") not in taken
    )
