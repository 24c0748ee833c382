"""The calls of the Label Studio ML protocol, of which we are the client.

Each has a limit of time and size, and ends in what was answered or in a BackendFailed that says in
words what to do about it. Nothing is stored here.
"""

import base64
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from labelops import strict_json
from labelops.errors import ExternalFailure
from labelops.fetching import FetchFailed, Limits, Link, LinkRefused, ask, service_link
from labelops.sealed import unseal
from tasks.formats.label_studio_predictions import Said, read_predictions, version_in
from tasks.formats.problems import RowRefused
from tasks.models import Item, ModelBackend
from tasks.services.checks import translated
from tasks.services.export_choices import Labels, Purpose
from tasks.services.shared_media import address_of

DOWN, SLOW, WRONG = "backend_down", "backend_slow", "backend_wrong"
MOST_BYTES = 8 * 1024**2
UNNAMED = "unnamed"


class BackendFailed(ExternalFailure):
    """A call came to nothing; the code says whether it was down, slow, or answered wrongly."""


def check_health(backend: ModelBackend, *, seconds: float) -> None:
    """Raises BackendFailed when it is not there."""
    answer = _call(backend, "/health", None, seconds)
    if not isinstance(answer, dict) or str(answer.get("status", "")).upper() != "UP":
        raise _wrong(_("It does not say that it is up: is it a Label Studio ML back end?"))


def set_up(backend: ModelBackend, config: str, *, seconds: float) -> str:
    """Tell it what is asked; returns the version that it is. Raises BackendFailed."""
    body = {
        "project": _project(backend),
        "schema": config,
        "hostname": settings.SITE_ADDRESS,
        "access_token": "",
    }
    answer = _call(backend, "/setup", body, seconds)
    if not isinstance(answer, dict):
        raise _wrong(_("It does not say which version it is."))
    try:
        return version_in(answer) or UNNAMED
    except RowRefused as error:
        raise _wrong(translated(error.problem)) from error


def predict(backend: ModelBackend, config: str, items: Sequence[Item]) -> list[Said]:
    """What it says of each item, in their order. Raises BackendFailed."""
    body = {
        "tasks": [_task(item) for item in items],
        "model_version": backend.setup_version,
        "project": _project(backend),
        "label_config": config,
        "params": {},
    }
    answer = _call(backend, "/predict", body, backend.seconds)
    try:
        return read_predictions(answer, len(items))
    except RowRefused as error:
        raise _wrong(translated(error.problem)) from error


def one_version(said: Sequence[Said]) -> str:
    """The version that the answers of a call name; empty where none does. Raises BackendFailed."""
    named = {one.version for one in said if one.version}
    if len(named) > 1:
        raise _wrong(_("The answers of one call come from several versions."))
    return named.pop() if named else ""


def start_training(backend: ModelBackend, config: str) -> None:
    """Ask it to learn: that it says yes is all that is known. Raises BackendFailed.

    No label is sent. It is told what to ask for, so that no item is in it that models are tested
    on: with the address, an API token of its own gets it there.
    """
    project = {
        "id": backend.project_id,
        "title": backend.project.name,
        "slug": backend.project.slug,
        "label_config": config,
    }
    body = {
        "action": "START_TRAINING",
        "project": project,
        "hostname": settings.SITE_ADDRESS,
        "export": _training_export(backend),
    }
    answer = _call(backend, "/webhook", body, backend.seconds)
    status = str(answer.get("status", "")).lower() if isinstance(answer, dict) else ""
    if status.startswith("unknown") or status == "error":
        raise _wrong(_("It does not know how to learn when it is asked to."))


def _project(backend: ModelBackend) -> str:
    return f"{backend.project_id}.{int(backend.project.created_at.timestamp())}"


def _training_export(backend: ModelBackend) -> dict[str, Any]:
    wanted = {"format": "label-studio", "labels": Labels.ACCEPTED, "purpose": Purpose.TRAINING}
    path = reverse("api_export_create", args=[backend.project.slug])
    return {"address": settings.SITE_ADDRESS + path, "body": wanted}


def _task(item: Item) -> dict[str, Any]:
    """The picture or the text alone: what else is known of an item stays here."""
    shown = {"image": address_of(item)} if item.media_key else {"text": item.data.get("text", "")}
    return {"id": item.pk, "data": shown, "annotations": [], "predictions": []}


def _call(backend: ModelBackend, path: str, body: Any, seconds: float) -> Any:
    limits = Limits(
        max_bytes=MOST_BYTES, seconds=seconds, opening_seconds=seconds, idle_seconds=seconds
    )
    content = None if body is None else json.dumps(body).encode()
    link = link_to(backend, path)
    try:
        answer = ask(link, content, _headers(backend), limits=limits)
    except FetchFailed as error:
        raise _unanswered(error, link, seconds) from error
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise _bad_status(answer.status, path)
    try:
        return strict_json.loads(answer.body)
    except strict_json.StrictJSONError as error:
        raise _wrong(_("It does not answer in JSON that can be read.")) from error


def link_to(backend: ModelBackend, path: str = "") -> Link:
    """Raises BackendFailed for an address that nothing is asked at."""
    try:
        return service_link(backend.address.rstrip("/") + path)
    except LinkRefused as error:
        is_inside = error.code in {"address_not_allowed", "port_not_allowed", "own_address"}
        hint = _allowing() if is_inside else error.hint
        raise BackendFailed(error.message, code=DOWN, permanent=True, hint=hint) from error


def _headers(backend: ModelBackend) -> dict[str, str]:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if not backend.user_name:
        return headers
    password = unseal(backend.password)
    if password is None:
        raise BackendFailed(
            _("Its password cannot be read any more: the secret key of this server has changed."),
            code=DOWN,
            permanent=True,
            hint=_("Enter the password again."),
        )
    pair = f"{backend.user_name}:{password}".encode()
    return headers | {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _allowing() -> str:
    return _(
        "An operator must name an address of your own network, or one with an unusual port, in "
        "LABELOPS_FETCH_ALLOW."
    )


def _unanswered(error: FetchFailed, link: Link, seconds: float) -> BackendFailed:
    if error.code == "too_slow":
        return BackendFailed(
            _("It did not answer in its time of %(seconds)d s.") % {"seconds": seconds},
            code=SLOW,
            permanent=False,
            hint=_("Give it more time, or fewer items in a call."),
        )
    if error.code == "response_too_large":
        return _wrong(
            _("Its answer is larger than %(limit)d MB.") % {"limit": MOST_BYTES // 1024**2}
        )
    if error.code in {"bad_response", "broken_off"}:
        return _wrong(_("It broke its answer off, or does not speak HTTP."))
    hints = [_("Start it, and check its address and port.")]
    if not link.is_operators:
        hints.append(_allowing())
    return BackendFailed(
        _("Nothing answers at its address, or it may not be reached from here."),
        code=DOWN,
        permanent=False,
        hint=" ".join(hints),
    )


def _bad_status(status: int, path: str) -> BackendFailed:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _wrong(
            _("It refuses the user name and password."), hint=_("Enter those that it was given.")
        )
    if status == HTTPStatus.NOT_FOUND:
        return _wrong(
            _("It knows no %(path)s: is it a Label Studio ML back end?") % {"path": path},
            hint=_("Its address ends before /predict."),
        )
    return _wrong(
        _("It answered with the status %(status)d.") % {"status": status},
        hint=_("Its own log says why."),
    )


def _wrong(sentence: str, *, hint: str | None = None) -> BackendFailed:
    return BackendFailed(sentence, code=WRONG, permanent=False, hint=hint)
