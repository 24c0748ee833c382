"""Per request: the person's language and zone, domain errors as pages, privacy headers."""

import zoneinfo
from collections.abc import Callable

from django.contrib.auth import middleware as auth
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django_htmx.http import HttpResponseClientRefresh

from labelops.errors import DomainError

GetResponse = Callable[[HttpRequest], HttpResponse]


class LoginRequiredMiddleware(auth.LoginRequiredMiddleware):
    """Sends people to the login page; a part of a page has all of it loaded anew for that.

    Otherwise the login page would be put into the part.
    """

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if request.htmx:
            return HttpResponseClientRefresh()
        return super().handle_no_permission(request, view_func)


class PermissionsPolicyMiddleware:
    """Refuses device features, and forbids shared caches to keep any page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class PersonLocaleMiddleware:
    """Speaks the person's language and shows times in the person's zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated:
            language, zone = user.language, zoneinfo.ZoneInfo(user.time_zone)
        else:
            language, zone = translation.get_language_from_request(request), None
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(zone):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
        return response


class DomainErrorMiddleware:
    """Turns a broken rule into a page with its sentence; the API has its own handler."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        return render(request, "error.html", {"error": error}, status=error.status)
