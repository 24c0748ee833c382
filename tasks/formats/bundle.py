"""An export with its images: a ZIP of the labels in any format, and each image once beside them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import BinaryIO

from tasks.formats.dataset_archive import ITEMS, DatasetArchive
from tasks.formats.records import ExportContext, ExportRecord, Written
from tasks.formats.safe_names import suffix_of
from tasks.formats.zip_writing import spool
from tasks.kinds.answer import is_undecidable

extension = "zip"
media_type = "application/zip"
FOLDER = "images"


def write(
    writer: ModuleType, records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext
) -> Written:
    """`labels` in the writer's format, `images`, and `items.jsonl`.

    A format that is an archive itself puts the images where its readers look for them.
    """
    if writer.extension == extension:
        return writer.write(records, stream, context)
    left_out: Counter[str] = Counter()
    with DatasetArchive(stream) as archive, spool() as labels:
        placed = _placed(records, writer, archive, left_out)
        written = writer.write(placed, labels, context)
        labels.seek(0)
        archive.store_file(f"labels.{writer.extension}", labels)
    return Written(written.left_out + left_out, {**written.notes, "names": ITEMS})


def _placed(
    records: Iterable[ExportRecord],
    writer: ModuleType,
    archive: DatasetArchive,
    left_out: Counter[str],
) -> Iterator[ExportRecord]:
    """The records with the names of their images, which are in the archive by then."""
    for record in records:
        if is_undecidable(record.answer) and not writer.carries.undecidable:
            # The writer leaves it out; its image alone would look like one without objects.
            yield record
            continue
        name, is_new = archive.names.give(record.item)
        image = name + suffix_of(record.item)
        file = f"{FOLDER}/{image}"
        if is_new:
            archive.add_image(file, record, left_out)
            archive.add_way_back(record, file=file, image=image)
        yield record._replace(file=file)
