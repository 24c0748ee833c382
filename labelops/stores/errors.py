"""What the store answered, in our words: no sentence repeats any of its bytes."""

from http import HTTPStatus

from django.utils.translation import gettext as _

from labelops.fetching import FetchFailed

MOVED = {301, 302, 303, 307, 308, 400}


def store_failure(failed: FetchFailed, *, is_of_object: bool = False) -> FetchFailed:
    """The failure of a request to the store, with the remedy that fits there."""
    if failed.answered == HTTPStatus.NOT_FOUND:
        message, hint = _nothing_there(is_of_object)
    else:
        message, hint = _message(failed), _hint(failed)
    # A store that hangs up without an answer is overloaded, or being started again.
    permanent = failed.permanent and failed.code != "bad_response"
    told = FetchFailed(message, code=_code(failed), permanent=permanent, hint=hint)
    told.answered = failed.answered
    return told


def unreadable_answer() -> FetchFailed:
    return FetchFailed(
        _("The store answered something that cannot be read."),
        code="store_unreadable",
        permanent=True,
        hint=_("An operator checks that LABELOPS_STORE_ENDPOINT is that of an S3 store."),
    )


def _code(failed: FetchFailed) -> str:
    codes = {HTTPStatus.FORBIDDEN: "store_denied", HTTPStatus.NOT_FOUND: "file_not_found"}
    return codes.get(failed.answered, "store_failed") if failed.answered else failed.code


def _nothing_there(is_of_object: bool) -> tuple[str, str]:
    if is_of_object:
        return (
            _("There is no such file in the bucket."),
            _("Choose it from the list of the files in the bucket."),
        )
    return (
        _("The bucket does not exist in the store."),
        _("An operator checks LABELOPS_STORE_BUCKET, and the endpoint."),
    )


def _message(failed: FetchFailed) -> str:
    if failed.answered is None:
        if failed.code == "unreachable":
            return _("The store could not be reached.")
        return str(failed.message)
    if failed.answered == HTTPStatus.FORBIDDEN:
        return _("The store does not give access (it answered 403).")
    return _("The store answered %(status)d.") % {"status": failed.answered}


def _hint(failed: FetchFailed) -> str:
    if failed.answered == HTTPStatus.FORBIDDEN:
        return _("An operator checks the key of the store, and that it may list, read and write.")
    if failed.answered in MOVED:
        return _("An operator checks endpoint, region and style of the store.")
    return _("Try again later; if it stays so, ask an operator to check the store.")
