"""The forms of notices and announcements."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import Team, User
from labelops.errors import DomainError
from labelops.form_fields import SeveralRows
from labelops.navigation import Standing
from labelops.notices.kinds import OF_EVERYBODY, OF_EXPERTS, OF_LABELERS, OF_MANAGERS, Kind
from labelops.notices.models import Announcement, Preference
from labelops.notices.services import addresses, announcements, preferences

LARGEST_ID = 2**63 - 1
Way = Preference.Way


class UptoForm(forms.Form):
    """The newest notice that the person saw."""

    upto = forms.IntegerField(min_value=1, max_value=LARGEST_ID)


def kinds_for(standing: Standing) -> list[Kind]:
    """The kinds that can reach a person, from what their memberships open."""
    wanted = [
        (standing.is_expert, OF_EXPERTS),
        (standing.is_labeler, OF_LABELERS),
        (standing.is_project_staff, (*OF_EVERYBODY, *OF_MANAGERS)),
    ]
    return [kind for is_open, kinds in wanted if is_open for kind in kinds] or list(OF_EVERYBODY)


class PreferencesForm(forms.Form):
    """One choice a kind, and where mail goes, where there is any."""

    address = forms.EmailField(
        label=gettext_lazy("Mail address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy(
            "You get a mail with a link, to show that the address is yours. Empty: no mail."
        ),
    )

    def __init__(self, *args: Any, kinds: list[Kind], has_mail: bool, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.kinds = kinds
        ways = [(way, capfirst(way.label)) for way in Way if has_mail or way != Way.MAIL]
        self.columns = [words for _way, words in ways]
        if not has_mail:
            del self.fields["address"]
        for kind in kinds:
            self.fields[kind.name.lower()] = forms.ChoiceField(
                label=capfirst(kind.label),
                choices=ways,
                initial=Way.PAGES,
                widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
            )

    @property
    def rows(self) -> list[forms.BoundField]:
        return [self[kind.name.lower()] for kind in self.kinds]

    @property
    def ways(self) -> dict[Kind, str]:
        return {kind: self.cleaned_data[kind.name.lower()] for kind in self.kinds}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        wants_mail = any(values.get(kind.name.lower()) == Way.MAIL for kind in self.kinds)
        if wants_mail and not values.get("address") and "address" not in self.errors:
            self.add_error("address", _("Say where the daily mail goes."))
        return values

    def save(self, person: User) -> None:
        preferences.choose_ways(person, self.ways)
        if "address" in self.fields:
            addresses.set_address(person, self.cleaned_data["address"])


class AnnouncementForm(forms.ModelForm):
    class Meta:
        model = Announcement
        fields = ("title", "text", "teams", "must_confirm", "ends_on")
        widgets = {
            "text": forms.Textarea(attrs={"rows": 8}),
            "teams": forms.CheckboxSelectMultiple,
            "ends_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        }
        field_classes = {"teams": SeveralRows}
        help_texts = {
            "text": gettext_lazy(
                "Markdown: **bold**, lists with a dash, [words](https://example.org) for a link."
            ),
            "must_confirm": gettext_lazy("It stays at the top until a person says they read it."),
            "ends_on": gettext_lazy("Nobody is shown it after this day. Empty: until withdrawn."),
        }

    def __init__(self, *args: Any, teams: QuerySet[Team], **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields["teams"].queryset = teams.order_by("name")

    def save(self, *, by: User) -> Announcement | None:
        """None when the service refuses it: the form then says why."""
        try:
            return announcements.publish(**self.cleaned_data, by=by)
        except DomainError as error:
            self.add_error(error.field, str(error.message))
        return None
