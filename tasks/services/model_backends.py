"""Registering a model back end, changing, trying and removing it, and the version that it is."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.sealed import seal
from tasks.formats import label_studio
from tasks.formats.label_studio_config import labeling_config
from tasks.formats.label_studio_predictions import (
    our_classes,
    read_label_map,
    with_predicted_values,
)
from tasks.formats.problems import RowRefused
from tasks.formats.records import ExportContext
from tasks.models import ModelBackend, ModelVersion, Project
from tasks.services import model_backend_client as client
from tasks.services import model_backend_rests as rests
from tasks.services.archiving import lock_project
from tasks.services.checks import check_fields, translated
from tasks.services.instructions import current_schema
from tasks.services.predictions import get_model_version, label_schema

MOST_OF_A_PROJECT = 5
CHANGED = ("address", "user_name", "items_per_call", "seconds", "is_active")
TRIED_SECONDS = 5.0
# Up, but not as quick as people would like who wait for a page.
SLOW_MS = 2_000


@dataclass(frozen=True)
class Trial:
    """What came of trying the connection, in words."""

    is_up: bool
    sentence: str


def create_backend(project: Project, *, name: str, by: User, **given: Any) -> ModelBackend:
    """A back end of the project; `given` are the fields that `change_backend` takes."""
    backend = ModelBackend(project=project, name=name.strip(), created_by=by)
    _fill(backend, **given)
    with transaction.atomic():
        lock_project(project.pk)
        others = ModelBackend.objects.filter(project=project)
        if others.count() >= MOST_OF_A_PROJECT:
            raise Conflict(
                _("A project has at most %(most)d back ends. Remove one first.")
                % {"most": MOST_OF_A_PROJECT},
                code="too_many",
            )
        if others.filter(name=backend.name).exists():
            raise DomainError(
                _("Another back end has this name already."), code="name_taken", field="name"
            )
        backend.save()
        record(by, "model_backend.created", backend, after=_facts(backend))
    return backend


def change_backend(backend: ModelBackend, *, by: User, **given: Any) -> ModelBackend:
    """Change how it is asked; its former failures are forgotten."""
    with transaction.atomic():
        backend = lock_backend(backend.pk)
        before = _facts(backend)
        _fill(backend, **given)
        rests.forget(backend)
        backend.save()
        record(by, "model_backend.changed", backend, before=before, after=_facts(backend))
    return backend


def remove_backend(backend: ModelBackend, *, by: User) -> None:
    """It is asked nothing any more. Its versions and what they predicted stay."""
    with transaction.atomic():
        backend = lock_backend(backend.pk)
        record(by, "model_backend.removed", backend, before=_facts(backend))
        backend.delete()


def backend_of(backend_id: int) -> ModelBackend:
    """As it is now. Raises Conflict when it was removed meanwhile, or its project was."""
    return _found(ModelBackend.objects.all(), backend_id)


def lock_backend(backend_id: int) -> ModelBackend:
    return _found(ModelBackend.objects.select_for_update(of=("self",)), backend_id)


def _found(rows: QuerySet[ModelBackend], backend_id: int) -> ModelBackend:
    rows = rows.select_related("project", "model_version", "job")
    found = rows.filter(pk=backend_id, project__in=Project.objects.live()).first()
    if found is None:
        raise Conflict(_("This back end has been removed meanwhile."), code="removed")
    return found


def try_connection(backend: ModelBackend, *, by: User) -> Trial:
    """Ask whether it is up, and tell it the project's questions, while a person waits.

    When all goes well it is asked again from now on, whatever has failed before.
    """
    begun = timezone.now()
    seconds = min(TRIED_SECONDS, backend.seconds)
    try:
        client.check_health(backend, seconds=seconds)
        version = client.set_up(backend, labeling_config_of(backend), seconds=seconds)
    except client.BackendFailed as error:
        rests.note_trial(backend, error)
        return Trial(False, error.words)
    model_version = note_version(backend, version, by=by)
    took_ms = round((timezone.now() - begun).total_seconds() * 1000)
    rests.note_success(backend)
    said = _("It is up, and is the version %(version)s.") % {"version": model_version.version}
    if took_ms > SLOW_MS:
        said += " " + _("It is slow: that took %(seconds)d seconds.") % {"seconds": took_ms // 1000}
    return Trial(True, said)


def labeling_config_of(backend: ModelBackend) -> str:
    """The published questions as Label Studio puts them. Raises Conflict."""
    project = backend.project
    schema = label_schema(project)
    context = ExportContext(
        project.slug, project.item_type, [with_predicted_values(schema, backend.label_map)]
    )
    if refusal := label_studio.refusal(context):
        raise Conflict(_(refusal), code="no_place")
    return labeling_config(context)


def note_version(backend: ModelBackend, named: str, *, by: User) -> ModelVersion:
    """The version that its answers are from now on; another name than before is a new version.

    What its answers name counts more than what it is set up as (`follow_answers`), so the same
    name again changes nothing.
    """
    if backend.model_version is not None and backend.setup_version == named:
        return backend.model_version
    return _take_on(backend, named, by=by, setup_version=named, learning_since=None)


def follow_answers(backend: ModelBackend, named: str, *, by: User) -> ModelVersion:
    """The version that its answers name themselves."""
    return _take_on(backend, named, by=by)


def _take_on(backend: ModelBackend, named: str, *, by: User, **fields: Any) -> ModelVersion:
    origin = ModelVersion.Origin.BACKEND
    found = get_model_version(
        backend.project, name=backend.name, version=named, by=by, origin=origin
    )
    fields["model_version"] = found
    ModelBackend.objects.filter(pk=backend.pk).update(**fields)
    for name, value in fields.items():
        setattr(backend, name, value)
    return found


def _fill(
    backend: ModelBackend,
    *,
    label_map: str = "",
    password: str | None = None,
    **values: Any,
) -> None:
    """An empty `password` keeps the former one, as long as there is a user name."""
    for name, value in values.items():
        setattr(backend, name, value.strip() if isinstance(value, str) else value)
    check_fields(backend, "name", *CHANGED)
    _check_address(backend)
    backend.label_map = _checked_map(label_map, backend.project)
    if ":" in backend.user_name:
        raise DomainError(_("A user name has no colon."), field="user_name")
    if password:
        backend.password = seal(password)
    if not backend.user_name:
        backend.password = ""


def _check_address(backend: ModelBackend) -> None:
    try:
        client.link_to(backend)
    except client.BackendFailed as error:
        raise DomainError(
            error.message, code="wrong_address", field="address", hint=error.hint
        ) from error
    if "?" in backend.address:
        raise DomainError(
            _("The address of a back end has no question mark."),
            code="wrong_address",
            field="address",
            hint=_("It looks like https://models.example.org:9090."),
        )


def _checked_map(text: str, project: Project) -> dict[str, str]:
    try:
        return read_label_map(text, our_classes(current_schema(project)))
    except RowRefused as error:
        problem = error.problem
        hint = translated(problem.hint) if problem.hint else None
        raise DomainError(
            translated(problem), code=problem.code, field="label_map", hint=hint
        ) from error


def _facts(backend: ModelBackend) -> dict[str, Any]:
    facts = {name: getattr(backend, name) for name in ("name", *CHANGED, "label_map")}
    return facts | {"has_password": bool(backend.password)}
