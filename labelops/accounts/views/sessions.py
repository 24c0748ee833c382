"""Logging in and out."""

from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from labelops.accounts.addresses import network_of
from labelops.accounts.backends import may_enter
from labelops.accounts.demo_accounts import ACCOUNTS, PASSWORD
from labelops.accounts.forms import LoginForm, posted
from labelops.accounts.models import User
from labelops.accounts.services import people, throttle

RELOAD_SECONDS = 4


@sensitive_post_parameters("password")
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def login_page(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return _go_on(request)
    form = LoginForm(posted(request))
    if not form.is_bound:
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    return _try(request, form)


@login_not_required
@require_POST
def logout_person(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    # Whoever uses this computer next finds no drafts, even where no script ran.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def _try(request: HttpRequest, form: LoginForm) -> HttpResponse:
    """One attempt, counted before the password is looked at."""
    limits = throttle.login_limits(form.cleaned_data["username"], network_of(request))
    try:
        throttle.count_attempt(limits)
    except throttle.TooManyAttempts as error:
        form.add_error(None, error.message)
        response = _page(request, form, status=error.status)
        response["Retry-After"] = str(error.retry_after)
        return response
    user = auth.authenticate(request, **form.cleaned_data)
    if refusal := _refusal(user):
        form.add_error(None, refusal)
        return _page(request, form, status=422)
    throttle.forgive(limits)
    auth.login(request, user)
    return _go_on(request)


def _refusal(user: User | None) -> str:
    """Why the person may not enter; only who knows the password learns more than one sentence."""
    if user is None:
        return _("The account name or the password is wrong.")
    if not user.is_active:
        reason = people.suspension_reason(user)
        sentence = _("This account is suspended. Ask your manager.")
        return f"{sentence} {_('Reason:')} {reason}" if reason else sentence
    return "" if may_enter(user) else _("Your team's access has ended. Ask your manager.")


def _go_on(request: HttpRequest) -> HttpResponseRedirect:
    """To where the person wanted to go, if that is a page of ours; else home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    is_page = is_ours and wanted.startswith("/")
    return HttpResponseRedirect(wanted if is_page else reverse(settings.LOGIN_REDIRECT_URL))


def _page(request: HttpRequest, form: LoginForm, *, status: int = 200) -> HttpResponse:
    names = {account.username for account in ACCOUNTS}
    ready = User.objects.filter(username__in=names).count() if settings.DEMO else 0
    is_loading = settings.DEMO and ready < len(names)
    context: dict[str, Any] = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next") or "",
        "demo_accounts": ACCOUNTS if ready == len(names) else [],
        "demo_password": PASSWORD if settings.DEMO else "",
        "is_loading": is_loading,
        "is_empty": not settings.DEMO and not User.objects.filter(kind="person").exists(),
    }
    response = render(request, "registration/login.html", context, status=status)
    if is_loading and request.method != "POST":
        response["Refresh"] = str(RELOAD_SECONDS)
    return response
