"""Filters and orders of lists that people keep under names of their own."""

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from labelops.accounts.models import SavedView, User
from labelops.errors import DomainError

# The lists that can be kept, by the names of their routes.
PAGES = ("board",)
# Where in a list somebody was is no part of a view.
PLACES = ("page", "cursor", "as")
NAME_LENGTH, QUERY_LENGTH = 60, 500
VIEWS_MOST = 30


def views_of(user: User, page: str) -> list[SavedView]:
    return list(SavedView.objects.filter(user=user, page=page))


def save_view(*, by: User, page: str, name: str, query: str) -> SavedView:
    """Keep a view, in place of one with the same name. Raises DomainError."""
    name = name.strip()
    if page not in PAGES:
        raise DomainError(_("The views of this list cannot be kept."), field="page")
    if not name or len(name) > NAME_LENGTH or "\x00" in name:
        raise DomainError(
            _("Give the view a name of at most %(n)d characters.") % {"n": NAME_LENGTH},
            field="name",
        )
    kept = _without_places(query)
    if len(kept) > QUERY_LENGTH:
        raise DomainError(_("There are too many filters to be kept."), field="query")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        own = SavedView.objects.filter(user=by, page=page)
        if own.exclude(name=name).count() >= VIEWS_MOST:
            raise DomainError(
                _("You keep %(n)d views of this list already. Delete one first.")
                % {"n": VIEWS_MOST},
                code="too_many_views",
            )
        view, _is_new = SavedView.objects.update_or_create(
            user=by, page=page, name=name, defaults={"query": kept}
        )
    return view


def delete_view(view: SavedView) -> None:
    view.delete()


def _without_places(query: str) -> str:
    given = QueryDict(query[: 4 * QUERY_LENGTH], mutable=True)
    for name in PLACES:
        given.pop(name, None)
    return given.urlencode()
