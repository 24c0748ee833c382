"""The forms of entering, of one's own account, and of looking after people and teams."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.validators import RegexValidator
from django.db.models import Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import (
    ApiToken,
    Role,
    Team,
    User,
    validate_language_tags,
    validate_time_zone,
)
from labelops.accounts.services import system
from labelops.accounts.services.tokens import LONGEST_DAYS

LONGEST_PASSWORD = 256
TIME_ZONE_LIST = "time-zones"
# Letters that look alike in other scripts would let one person pose as another.
plain_username = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    _("Use the letters a-z, digits, dots, dashes and underscores."),
)


def posted(request: HttpRequest) -> QueryDict | None:
    """What binds a form: the post, even an empty one, and nothing at all for a look at the page."""
    return request.POST if request.method == "POST" else None


def password_field(label: Any, *, autocomplete: str, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class LoginForm(forms.Form):
    username = UsernameField(
        label=_("Account name"), max_length=150, widget=forms.TextInput(attrs={"autofocus": True})
    )
    password = password_field(_("Password"), autocomplete="current-password")


class NewPasswordForm(forms.Form):
    """A password, twice, judged against the account that it is for."""

    password = password_field(_("New password"), autocomplete="new-password")
    password_again = password_field(_("New password, again"), autocomplete="new-password")

    def __init__(self, *args: Any, user: User | None = None, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.user = user
        self.fields["password"].help_text = password_validators_help_text_html()

    def subject(self) -> User:
        return self.user or User()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        password, again = values.get("password"), values.get("password_again")
        if password and again and password != again:
            self.add_error("password_again", _("The two passwords are not the same."))
        elif password:
            try:
                validate_password(password, self.subject())
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values


class PasswordChangeForm(NewPasswordForm):
    old_password = password_field(_("Present password"), autocomplete="current-password")
    field_order = ("old_password", "password", "password_again")


class PersonFields(forms.Form):
    """What a person says about themself."""

    name = forms.CharField(
        label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=60,
        initial="UTC",
        validators=[validate_time_zone],
        help_text=_("Type a city, as in Europe/Berlin, and pick from the list."),
        widget=forms.TextInput(
            attrs={"list": TIME_ZONE_LIST, "autocomplete": "off", "data-guess-time-zone": ""}
        ),
    )


class ProfileForm(PersonFields):
    languages = forms.CharField(
        label=_("Languages to work in"),
        required=False,
        max_length=200,
        help_text=_("What you read well enough to label, as pt-BR, en."),
    )

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        # Somebody who chose a zone, or UTC, means it; only a newcomer's is guessed.
        del self.fields["time_zone"].widget.attrs["data-guess-time-zone"]

    def clean_languages(self) -> list[str]:
        words = self.cleaned_data["languages"].replace(",", " ").split()
        tags = list(dict.fromkeys(words))
        validate_language_tags(tags)
        return tags


class AccountForm(PersonFields, NewPasswordForm):
    """The account of somebody who was invited."""

    username = UsernameField(
        label=_("Account name"),
        max_length=60,
        validators=[plain_username],
        help_text=_("You log in with it. Others may see it."),
    )
    field_order = ("name", "username", "password", "password_again", "language", "time_zone")

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields["password"].label = _("Password")
        self.fields["password_again"].label = _("Password, again")

    def clean_username(self) -> str:
        username = self.cleaned_data["username"]
        same_name = Exact(Lower("username"), Lower(Value(username)))
        is_reserved = username.lower() == system.USERNAME
        if is_reserved or User.objects.filter(same_name).exists():
            raise forms.ValidationError(_("This account name is taken."))
        return username

    def subject(self) -> User:
        values = self.cleaned_data
        return User(username=values.get("username", ""), name=values.get("name", ""))


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ("name", "kind", "region")
        widgets = {"kind": forms.RadioSelect}
        help_texts = {
            "kind": _("People of a vendor see only the work given to them, and only their team."),
            "region": _("Where the team works, for example Nairobi."),
        }

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.fields["kind"].choices = Team.Kind.choices


class TeamChangeForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ("name", "region", "is_active")
        help_texts = {
            "is_active": _("Without it, people of this team alone cannot log in any more.")
        }


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class InvitationForm(RoleForm):
    note = forms.CharField(
        label=_("For whom"),
        max_length=150,
        help_text=_("A name, so that you recognise the invitation in the list."),
    )
    field_order = ("note", "role")


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What the token is for, for example training.")
    )
    scope = forms.ChoiceField(
        label=_("It may"), choices=ApiToken.Scope.choices, widget=forms.RadioSelect, initial="read"
    )
    days = forms.IntegerField(
        label=_("Expires after, in days"), min_value=1, max_value=LONGEST_DAYS, initial=90
    )


class MemberSearchForm(forms.Form):
    q = forms.CharField(label=_("Name"), required=False, max_length=150)
