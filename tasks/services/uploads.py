"""Files that come in pieces: what was acknowledged is on the disk, whatever happens then."""

import re
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.media import storage
from labelops.media.parts import add_piece, drop_part, keep_part, shared_part
from labelops.media.uploads import UploadTooLarge
from tasks.models import Project, Transfer, Upload
from tasks.services.transfers import check_format, queue_import, visible_name

PIECE_BYTES = 8 * 1024**2
KEPT = timedelta(hours=24)
# Of one person: each may be as large as the largest import.
WAITING_MOST = 20
PURGED = 200
SHA256 = re.compile("[0-9a-f]{64}")


class UploadGone(Conflict):
    """Somebody has removed the file, or an import has it."""

    code = "upload_gone"


def begin_upload(
    project: Project, *, file_name: str, byte_count: int, by: User, sha256: str = ""
) -> Upload:
    """Make room for a file whose pieces will follow. Raises DomainError."""
    if not byte_count:
        raise DomainError(_("The file is empty."), code="empty_file", field="byte_count")
    if byte_count > settings.MAX_UPLOAD_BYTES:
        raise UploadTooLarge(
            _("The file is larger than %(limit)d MB, the most that is accepted.")
            % {"limit": settings.MAX_UPLOAD_BYTES // 1024**2},
            field="byte_count",
            hint=_("Cut it, or ask an operator to import it with a command."),
        )
    if sha256 and not SHA256.fullmatch(sha256.lower()):
        raise DomainError(_("This is not a SHA-256 sum in hex."), field="sha256")
    storage.drop_leftovers()
    with transaction.atomic():
        # The person's row is the lock under which two of their uploads are counted.
        User.objects.select_for_update().get(pk=by.pk)
        _check_room(by)
        upload = Upload.objects.create(
            project=project,
            created_by=by,
            file_name=visible_name(file_name) or "file",
            byte_count=byte_count,
            sha256=sha256.lower(),
            touched_at=timezone.now(),
        )
        record(by, "upload.begun", upload, after=_facts(upload))
    return upload


def _check_room(by: User) -> None:
    waiting = Upload.objects.filter(created_by=by).exclude(state=Upload.State.USED)
    if waiting.count() >= WAITING_MOST:
        raise Conflict(
            _("You have %(count)d files waiting already.") % {"count": WAITING_MOST},
            code="too_many_uploads",
            hint=_("Import or remove one of them; after a day without a piece they go."),
        )


def _facts(upload: Upload) -> dict[str, Any]:
    return {"file": upload.file_name, "byte_count": upload.byte_count}


def receive_whole(project: Project, *, file: BinaryIO, file_name: str, by: User) -> Upload:
    """A file that came in one request. Raises DomainError when it cannot be an import here."""
    byte_count = file.seek(0, 2)
    file.seek(0)
    upload = begin_upload(project, file_name=file_name, byte_count=byte_count, by=by)
    try:
        with shared_part(upload.public_id) as part:
            offset = 0
            for block in storage.blocks_of(file):
                part.write(block)
                offset += len(block)
        Upload.objects.filter(pk=upload.pk).update(received_count=offset)
        return complete_upload(upload)
    except DomainError:
        discard_upload(upload, by=by)
        raise


def add_to_upload(upload: Upload, *, offset: int, piece: bytes) -> Upload:
    """Take the piece that follows what is here. Raises Conflict with the right place otherwise."""
    if upload.state != Upload.State.RECEIVING:
        return upload
    if upload.received_count == upload.byte_count:
        return complete_upload(upload)
    with shared_part(upload.public_id) as part:
        upload = _current(upload)
        # A disk that lost what was acknowledged must not become a hole in the file.
        surely = min(upload.received_count, part.seek(0, 2))
        if offset != surely:
            raise _wrong_offset(upload, surely)
        if offset + len(piece) > upload.byte_count:
            raise DomainError(
                _("The piece goes beyond the end of the file."), code="bad_range", field="range"
            )
        add_piece(part, offset, piece)
        upload.received_count = offset + len(piece)
        upload.touched_at = timezone.now()
        upload.save(update_fields=["received_count", "touched_at"])
    return complete_upload(upload) if upload.received_count == upload.byte_count else upload


def _wrong_offset(upload: Upload, surely: int) -> Conflict:
    Upload.objects.filter(pk=upload.pk).update(received_count=surely)
    return Conflict(
        _("The next piece begins at byte %(offset)d.") % {"offset": surely},
        code="wrong_offset",
        details={"received": surely},
    )


def _current(upload: Upload) -> Upload:
    found = Upload.objects.select_related("project").filter(pk=upload.pk).first()
    if found is None:
        raise UploadGone(_("This file was removed."), hint=_("Send it again."))
    return found


def complete_upload(upload: Upload) -> Upload:
    """All pieces are here: measure the file. Raises DomainError when it is not the one announced.

    Called again, it changes nothing.
    """
    if upload.state != Upload.State.RECEIVING:
        return upload
    key = storage.make_key("uploads", upload.public_id)
    with shared_part(upload.public_id) as part:
        upload = _current(upload)
        length = part.seek(0, 2)
        if length == upload.byte_count:
            keep_part(upload.public_id, key)
        elif not storage.exists(key):
            raise _wrong_offset(upload, length)
        else:
            # An earlier call came as far as moving it: what is open here was made just now.
            drop_part(upload.public_id.hex)
    stored = storage.measure(key)
    if upload.sha256 not in ("", stored.sha256):
        storage.delete(key)
        Upload.objects.filter(pk=upload.pk).update(received_count=0)
        raise DomainError(
            _("What arrived is not the file that was announced: its SHA-256 sum differs."),
            code="wrong_checksum",
            field="sha256",
            hint=_("Send it again from the start."),
        )
    upload.state, upload.key, upload.sha256 = Upload.State.COMPLETE, key, stored.sha256
    with transaction.atomic():
        upload.save(update_fields=["state", "key", "sha256"])
        after = _facts(upload) | {"sha256": stored.sha256}
        record(upload.created_by, "upload.completed", upload, after=after)
    return upload


def discard_upload(upload: Upload, *, by: User) -> None:
    """Remove a file of which nothing was made."""
    with transaction.atomic():
        waiting = Upload.objects.select_for_update().filter(pk=upload.pk)
        upload = waiting.exclude(state=Upload.State.USED).first()
        if upload is None:
            raise UploadGone(_("An import has taken this file over."))
        record(by, "upload.discarded", upload, after=_facts(upload))
        upload.delete()
    _remove_files([upload])


def _remove_files(uploads: list[Upload]) -> None:
    for upload in uploads:
        drop_part(upload.public_id.hex)
        storage.delete(storage.make_key("uploads", upload.public_id))


def import_upload(
    upload: Upload,
    *,
    by: User,
    kind: str,
    payload: dict[str, Any],
    accepts: dict[str, str | None],
    is_kept: bool = False,
) -> Transfer:
    """Queue an import of the file, which is its own from then on, or with `is_kept` shared.

    Raises Conflict while the file is not all here, or when an import has it already.
    """
    key = storage.make_key("uploads")
    try:
        with transaction.atomic():
            upload = Upload.objects.select_for_update().filter(pk=upload.pk).first()
            _check_is_ready(upload)
            format_name = check_format(upload.key, upload.file_name, accepts)
            storage.share(upload.key, key)
            transfer = queue_import(
                upload.project,
                by=by,
                kind=kind,
                payload=payload | {"upload": str(upload.public_id)},
                file_name=upload.file_name,
                source={"sha256": upload.sha256},
                format=format_name,
                file_key=key,
                byte_count=upload.byte_count,
                sha256=upload.sha256,
            )
            upload.touched_at = timezone.now()
            if not is_kept:
                upload.state, upload.transfer = Upload.State.USED, transfer
            upload.save(update_fields=["state", "transfer", "touched_at"])
    except Exception:
        storage.delete(key)
        raise
    if not is_kept:
        storage.delete(upload.key)
    return transfer


def _check_is_ready(upload: Upload | None) -> None:
    if upload is None or upload.state == Upload.State.USED:
        raise UploadGone(_("An import has taken this file over."))
    if upload.key and not storage.exists(upload.key):
        raise UploadGone(_("This file was removed."), hint=_("Send it again."))
    if upload.state == Upload.State.RECEIVING:
        raise Conflict(
            _("The file is not all here yet: %(percent)d %%.") % {"percent": upload.percent},
            code="upload_incomplete",
            field="upload",
            details={"received": upload.received_count},
        )


def purge_uploads(*, now: datetime | None = None) -> int:
    """Forget what nobody went on with for a day; what was imported is only a row any more."""
    old = Upload.objects.filter(Q(touched_at__lt=(now or timezone.now()) - KEPT))
    uploads = list(old.order_by("touched_at")[:PURGED])
    Upload.objects.filter(pk__in=[upload.pk for upload in uploads]).delete()
    _remove_files(uploads)
    return len(uploads)
