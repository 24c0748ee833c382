"""What a file that has arrived seems to hold, before an import is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from labelops.errors import DomainError
from labelops.media import storage
from tasks.formats import READERS
from tasks.formats.items import ImportContext
from tasks.formats.previews import Preview, look
from tasks.formats.table_labels import LABEL
from tasks.models import Upload
from tasks.services.imports import accepted_formats
from tasks.services.instructions import current_version
from tasks.services.transfers import check_format, refusal
from tasks.services.uploads import UploadGone


@dataclass(frozen=True)
class FilePreview:
    """The preview with the title of its format; a refusal that ends it as an error."""

    title: str
    has_schema: bool
    preview: Preview
    refusal: DomainError | None

    @property
    def has_labels(self) -> bool:
        return bool(self.preview.label_count or self.preview.prediction_count)

    @property
    def can_have_labels(self) -> bool:
        """Other columns may bring what these do not."""
        is_open = self.refusal is not None or LABEL in self.preview.roles
        return self.has_schema and (self.has_labels or is_open)


def preview_upload(upload: Upload, columns: Mapping[str, str]) -> FilePreview:
    """Look into a file that is all here. Raises DomainError when the project takes no such file."""
    try:
        return _looked_into(upload, columns)
    except FileNotFoundError as error:
        # Somebody has imported or removed it since its row was read.
        raise UploadGone(_("This file was removed."), hint=_("Send it again.")) from error


def _looked_into(upload: Upload, columns: Mapping[str, str]) -> FilePreview:
    format_name = check_format(upload.key, upload.file_name, accepted_formats(upload.project))
    version = current_version(upload.project)
    context = ImportContext(
        item_type=upload.project.item_type,
        file_name=upload.file_name,
        schema=version.label_schema if version else None,
        columns=columns,
    )
    reader = READERS[format_name]
    with storage.open_file(upload.key) as stream:
        preview = look(format_name, reader, stream, context)
    ended = preview.refusal
    return FilePreview(
        title=reader.title,
        has_schema=version is not None,
        preview=preview,
        refusal=refusal(ended, upload.file_name) if ended else None,
    )
