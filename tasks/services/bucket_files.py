"""Imports of files that lie in the bucket of the object store, in the project's folder of it."""

from functools import partial
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.media import storage
from labelops.media.server_folder import Listing
from labelops.media.storage import StoredFile
from labelops.stores.keys import key_of
from labelops.stores.listing import list_objects
from labelops.stores.objects import open_object
from labelops.stores.signing import is_offered
from tasks.models import Project, Transfer
from tasks.services.linked_files import fetch_file
from tasks.services.server_files import folder_name
from tasks.services.transfers import queue_import, visible_name


def list_files(project: Project, path: str = "", *, after: str = "") -> Listing:
    """A page of what the project may import. Raises DomainError."""
    check_offered()
    return list_objects(folder_name(project), path, after=after)


def check_offered() -> None:
    """Raises DomainError, with what an operator can do, where there is no store to speak with."""
    if is_offered():
        return
    if settings.STORE is None:
        message = _("No object store is set up on this server.")
        hint = _("An operator may name one by LABELOPS_STORE_ENDPOINT.")
    else:
        message = _("The object store cannot be used: botocore is not installed.")
        hint = _("An operator installs it (pip install botocore) and starts the server again.")
    raise DomainError(message, code="store_not_offered", field="bucket_file", hint=hint)


def queue_bucket_file(
    project: Project, *, path: str, by: User, kind: str, payload: dict[str, Any]
) -> Transfer:
    """Queue a job that will fetch the object. Raises DomainError for what can be no path."""
    check_offered()
    key_of(folder_name(project), path)
    storage.drop_leftovers()
    return queue_import(
        project,
        by=by,
        kind=kind,
        payload=payload | {"bucket_file": path},
        file_name=visible_name(path),
        source={"bucket_file": path},
        file_key=storage.make_key("uploads"),
    )


def fetch_object(job: Job, transfer: Transfer) -> StoredFile:
    """The whole object, under the transfer's key. Each attempt to read it is signed anew."""
    check_offered()
    key = key_of(folder_name(transfer.project), job.payload["bucket_file"])
    return fetch_file(job, transfer, partial(open_object, key))
