"""One's own account."""

import zoneinfo

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from labelops.accounts import permissions
from labelops.accounts.forms import PasswordChangeForm, ProfileForm, posted
from labelops.accounts.services import people, throttle


def time_zone_names() -> list[str]:
    return sorted(zoneinfo.available_timezones())


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = request.user
    initial = {"name": user.name, "language": user.language, "time_zone": user.time_zone}
    initial["languages"] = ", ".join(user.languages)
    form = ProfileForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = people.update_profile(user, **form.cleaned_data)
        with override(changed.language):
            messages.success(request, _("Your profile was saved."))
        return redirect("profile")
    context = {
        "form": form,
        "time_zones": time_zone_names(),
        "memberships": user.memberships.select_related("team").order_by("team__name"),
        "may_hold_tokens": permissions.may_hold_tokens(user),
    }
    status = 422 if form.is_bound else 200
    return render(request, "accounts/profile.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password_change(request: HttpRequest) -> HttpResponse:
    user = request.user
    form = PasswordChangeForm(posted(request), user=user)
    if request.method == "POST" and form.is_valid():
        # A stolen session must not become a place to guess the password at leisure.
        limits = throttle.password_limits(user.pk)
        throttle.count_attempt(limits)
        if user.check_password(form.cleaned_data["old_password"]):
            throttle.forgive(limits)
            people.change_password(user, form.cleaned_data["password"], by=user)
            auth.update_session_auth_hash(request, user)
            messages.success(request, _("Your password was changed. Other sessions have ended."))
            return redirect("profile")
        form.add_error("old_password", _("This is not your present password."))
    status = 422 if form.is_bound else 200
    return render(request, "accounts/password_change.html", {"form": form}, status=status)
