"""Where the finished file of an export goes: to whoever downloads it, a folder, or the bucket."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.audit.services import record
from labelops.errors import DomainError, ExternalFailure
from labelops.jobs.models import Job
from labelops.jobs.services import save_progress
from labelops.media import storage
from labelops.media.target_folder import opened_target, write_new
from labelops.stores.keys import key_of
from labelops.stores.objects import LARGEST_OBJECT, blocks_between
from labelops.stores.signing import is_offered
from labelops.stores.uploads import Upload
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell
from tasks.models import Transfer
from tasks.services.arrivals import Progress
from tasks.services.export_choices import media_type_of
from tasks.services.server_files import folder_name
from tasks.services.transfers import told_of

DELIVER = "deliver"
# Each silence stays below the 30 s after which a worker counts as dead.
WAITS = (1, 2, 4, 8, 8)
STEM_LENGTH = 150
MANIFEST_TYPE = "application/json"


class Target(models.TextChoices):
    DOWNLOAD = "download", gettext_lazy("a download")
    FOLDER = "folder", gettext_lazy("the export folder on the server")
    BUCKET = "bucket", gettext_lazy("the bucket of the object store")


def offered_targets() -> list[Target]:
    """Where an export can go on this server."""
    offered = {
        Target.DOWNLOAD: True,
        Target.FOLDER: settings.EXPORT_DIR is not None,
        Target.BUCKET: is_offered(),
    }
    return [target for target in Target if offered[target]]


def check_target(to: str) -> None:
    """Raises DomainError for a target that this server does not offer."""
    if to in offered_targets():
        return
    hints = {
        Target.FOLDER: _("An operator may offer a folder by LABELOPS_EXPORT_DIR."),
        Target.BUCKET: _("An operator may name a store by LABELOPS_STORE_ENDPOINT."),
    }
    raise DomainError(
        _("Exports cannot go there on this server."),
        code="target_not_offered",
        field="to",
        hint=hints.get(to, _("Targets: %(names)s.") % {"names": ", ".join(offered_targets())}),
    )


def payload_of(to: str) -> dict[str, str]:
    """What the job must know; nothing for a download."""
    return {} if to == Target.DOWNLOAD else {"to": to}


def is_sent_on(job: Job) -> bool:
    return "to" in job.payload


def is_written(job: Job) -> bool:
    """Whether an earlier run has written the file, which then only has to go on."""
    return is_sent_on(job) and job.transfer.manifest is not None


def deliver(job: Job) -> None:
    """Bring the finished file and its manifest to their target. Safe to repeat."""
    if not is_sent_on(job) or "place" in job.result:
        return
    transfer = job.transfer
    language = job.created_by.language if job.created_by else None
    with translation.override(language):
        to = job.payload["to"]
        check_target(to)
        delivery = Delivery(job, transfer)
        place = delivery.into_folder() if to == Target.FOLDER else delivery.into_bucket()
    job.result |= {"to": to, "place": place}
    job.cursor = {}
    with transaction.atomic():
        record(job.created_by, "export.delivered", transfer, after={"to": to, "place": place})
        facts = told_of(transfer) | transfer.manifest | {"to": to, "place": place}
        tell(transfer.project_id, Told.EXPORT_FINISHED, facts)
        save_progress(job)


def delivered_name(transfer: Transfer) -> str:
    """A name with the time, and a piece of the job's id: no other export ever has it."""
    stem, _dot, extension = transfer.file_name.rpartition(".")
    stem, extension = (re.sub(r"[^A-Za-z0-9_-]+", "-", text) for text in (stem, extension))
    job = transfer.job
    moment = f"{job.created_at:%Y%m%dT%H%M%SZ}-{job.public_id.hex[:8]}"
    return f"{stem.strip('-')[:STEM_LENGTH] or 'export'}-{moment}.{extension[:20] or 'bin'}"


class Delivery:
    """One run at bringing a file away; its cursor says how far it is."""

    def __init__(self, job: Job, transfer: Transfer) -> None:
        self.job, self.transfer = job, transfer
        self.name = delivered_name(transfer)
        self.folder = folder_name(transfer.project)
        self.manifest = (json.dumps(transfer.manifest, indent=2) + "\n").encode()
        self.progress = Progress(job)
        self.earlier_upload: str = job.cursor.get("upload", "")
        self.job.cursor = {"phase": DELIVER, "byte_count": 0}

    def into_folder(self) -> str:
        """Below the folder that the operator offers, in the project's own one."""
        self._retried(self._write_files)
        return f"{self.folder}/{self.name}"

    def _write_files(self) -> None:
        size = self.transfer.byte_count
        with (
            opened_target(settings.EXPORT_DIR, self.folder) as folder,
            storage.open_file(self.transfer.file_key) as stream,
        ):
            write_new(folder, self.name, blocks_between(stream, 0, size, self._sent), size)
            # Last, so that it also says that the file is complete.
            manifest_name = f"{self.name}.manifest.json"
            write_new(folder, manifest_name, [self.manifest], len(self.manifest))

    def into_bucket(self) -> str:
        """Into the folder `exports` of the project's own one."""
        key = key_of(self.folder, f"exports/{self.name}")
        if self.transfer.byte_count > LARGEST_OBJECT:
            raise DomainError(
                _("The file is too large for an object of the store (5 TB)."),
                code="too_large",
                hint=_("Export a batch at a time, or download it."),
            )
        with storage.open_file(self.transfer.file_key) as stream:
            media_type = media_type_of(self.transfer)
            upload = Upload(key, stream, self.transfer.byte_count, media_type, self._sent)
            upload.run(self._retried, earlier=self.earlier_upload, begun=self._begun)
        Upload.of_bytes(f"{key}.manifest.json", self.manifest, MANIFEST_TYPE).run(self._retried)
        return key

    def _begun(self, upload: str) -> None:
        """The next run gives up the parts of this one, should it be killed."""
        self.job.cursor["upload"] = upload
        self.progress.save()

    def _sent(self, place: int) -> None:
        self.job.cursor["byte_count"] = place
        if self.progress.is_due():
            self.progress.save()

    def _retried(self, step: Callable[[], Any]) -> Any:
        """What fails for a while only is tried again, with pauses."""
        for wait in (*WAITS, None):
            self.progress.save()
            try:
                return step()
            except ExternalFailure as failed:
                if failed.permanent or wait is None:
                    raise
            self.progress.save()
            time.sleep(wait)
        raise AssertionError("unreachable")
