"""Pictures in instructions: kept only as new files made from their pixels."""

from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.media import storage
from labelops.media.images import ImageRefused, prepare
from labelops.media.sniffing import IMAGE_TYPES, found_type
from tasks.models import InstructionPicture, Project

LARGEST = 20_000_000


def add_picture(project: Project, content: bytes, *, by: User) -> InstructionPicture:
    """Keep a picture for the instructions. Raises DomainError when it is not an image we can show.

    What is kept is drawn anew from the pixels: no metadata, nothing hidden behind the image.
    """
    if len(content) > LARGEST:
        raise DomainError(_("The image is larger than 20 MB."), code="too_large", field="file")
    try:
        image = prepare(content)
    except ImageRefused as error:
        raise DomainError(str(error), code="bad_image", field="file") from error
    key = storage.make_key("pictures")
    storage.save(key, [image.preview])
    picture = InstructionPicture.objects.create(
        project=project,
        media_key=key,
        media_type=IMAGE_TYPES[found_type(image.preview)],
        uploaded_by=by,
    )
    record(by, "instruction.picture_added", project, after={"picture": str(picture.public_id)})
    return picture
