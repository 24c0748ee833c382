"""What a one-time link opens. Looking at the page uses nothing up: chat programs look first."""

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from labelops.accounts.forms import AccountForm, NewPasswordForm, posted
from labelops.accounts.models import AccessLink
from labelops.accounts.services import links
from labelops.accounts.views.profile import time_zone_names
from labelops.errors import Conflict

ACCOUNT_VALUES = ("username", "name", "password", "language", "time_zone")


@sensitive_post_parameters()
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    link = links.get_open_link(secret, AccessLink.Kind.INVITATION)
    if request.user.is_authenticated:
        return _join(request, secret, link)
    form = AccountForm(posted(request), initial={"language": get_language()})
    if form.is_bound and form.is_valid() and _accept(request, secret, form):
        return redirect("home")
    context = {"form": form, "link": link, "time_zones": time_zone_names()}
    status = 422 if form.is_bound else 200
    return render(request, "accounts/invitation.html", context, status=status)


@sensitive_post_parameters()
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def password_reset_link(request: HttpRequest, secret: str) -> HttpResponse:
    link = links.get_open_link(secret, AccessLink.Kind.PASSWORD)
    form = NewPasswordForm(posted(request), user=link.user)
    if request.method == "POST" and form.is_valid():
        links.use_password_link(secret, password=form.cleaned_data["password"])
        messages.success(request, _("Your password was changed. Log in with it."))
        return redirect("login")
    status = 422 if form.is_bound else 200
    context = {"form": form, "link": link}
    return render(request, "accounts/password_reset_link.html", context, status=status)


def _join(request: HttpRequest, secret: str, link: AccessLink) -> HttpResponse:
    if request.method != "POST":
        return render(request, "accounts/invitation_join.html", {"link": link})
    team = links.join_with_invitation(secret, user=request.user)
    messages.success(request, _("You are now in %(team)s.") % {"team": team})
    return redirect("home")


def _accept(request: HttpRequest, secret: str, form: AccountForm) -> bool:
    """Make the account and log the person in; a name taken meanwhile goes to the form."""
    values = {name: form.cleaned_data[name] for name in ACCOUNT_VALUES}
    try:
        user = links.accept_invitation(secret, **values)
    except Conflict as error:
        form.add_error(error.field, error.message)
        return False
    auth.login(request, user)
    return True
