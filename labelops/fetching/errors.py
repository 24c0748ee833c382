"""What can be wrong with a link, and with what it leads to. No sentence repeats a response."""

from http import HTTPStatus

from django.utils.translation import gettext as _

from labelops.errors import DomainError, ExternalFailure


class LinkRefused(DomainError):
    """The link itself cannot be taken; nothing was looked up and nothing sent."""

    code = "bad_link"


class FetchFailed(ExternalFailure):
    """The other side could not be reached, or did not send what it should.

    `answered` is the status it answered with, where that is what was wrong.
    """

    answered: int | None = None


def unreachable() -> FetchFailed:
    """One text for a name that leads nowhere, a refused address, a closed port and a bad
    certificate: whoever reads it must not learn what there is inside our network.
    """
    return FetchFailed(
        _("The address could not be reached, or may not be fetched from."),
        code="unreachable",
        permanent=False,
        hint=_(
            "It must be public and have a valid certificate. Open it in a browser outside of "
            "your own network; for a store in-house, ask an operator to allow it."
        ),
    )


def too_slow() -> FetchFailed:
    return FetchFailed(
        _("The other side sends too slowly, or has stopped sending."),
        code="too_slow",
        permanent=False,
        hint=_("Try again later, or download the file and send it from this page."),
    )


def broken_off() -> FetchFailed:
    return FetchFailed(
        _("The connection broke off before everything had come."),
        code="broken_off",
        permanent=False,
        hint=_("Try again later, or download the file and send it from this page."),
    )


def bad_response() -> FetchFailed:
    return FetchFailed(
        _("The other side does not answer in proper HTTP."),
        code="bad_response",
        permanent=True,
        hint=_("Check that the link leads to a web server."),
    )


def response_too_large(limit: int) -> FetchFailed:
    return FetchFailed(
        _("The file is larger than %(limit)d MB, the most that is fetched.")
        % {"limit": max(1, limit // 1024**2)},
        code="response_too_large",
        permanent=True,
        hint=_("Split the file into parts."),
    )


def bad_status(status: int) -> FetchFailed:
    hints = {
        HTTPStatus.UNAUTHORIZED: _("The link must open without a login."),
        HTTPStatus.FORBIDDEN: _("The link may have expired; make one that opens without a login."),
        HTTPStatus.NOT_FOUND: _("Nothing lies there; check the link."),
        HTTPStatus.GONE: _("Nothing lies there any more; check the link."),
    }
    is_passing = status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500
    failed = FetchFailed(
        _("The other side answered %(status)d instead of sending the file.") % {"status": status},
        code="bad_status",
        permanent=not is_passing,
        hint=_("Try again later.") if is_passing else hints.get(status, _("Check the link.")),
    )
    failed.answered = status
    return failed


def bad_redirect() -> FetchFailed:
    return FetchFailed(
        _("The link leads on to an address that is not fetched from."),
        code="bad_redirect",
        permanent=True,
        hint=_("Use the link at which the file itself lies."),
    )


def too_many_redirects() -> FetchFailed:
    return FetchFailed(
        _("The link leads on and on, and never to a file."),
        code="too_many_redirects",
        permanent=True,
        hint=_("Use the link at which the file itself lies."),
    )
