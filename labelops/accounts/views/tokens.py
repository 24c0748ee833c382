"""One's own API tokens."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts import access
from labelops.accounts.forms import TokenForm, posted
from labelops.accounts.models import ApiToken
from labelops.accounts.services import tokens


@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/token_list.html", {"tokens": access.tokens(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
def token_create(request: HttpRequest) -> HttpResponse:
    """The answer to the post shows the secret: a redirect would have to keep it somewhere."""
    access.tokens(request.user)
    form = TokenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        token, secret = tokens.create_token(
            request.user,
            name=values["name"],
            scope=ApiToken.Scope(values["scope"]),
            days=values["days"],
        )
        return render(request, "accounts/token_created.html", {"token": token, "secret": secret})
    status = 422 if form.is_bound else 200
    return render(request, "accounts/token_create.html", {"form": form}, status=status)


@require_POST
def token_revoke(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    token = access.get_token(request.user, public_id)
    tokens.revoke_token(token, by=request.user)
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("token_list")
