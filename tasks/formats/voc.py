"""Pascal VOC (host.robots.ox.ac.uk/pascal/VOC): an XML file for each image, a box for each object.

The edges of boxes are in pixels from 0, with fractions, as CVAT and others write them; the tools of
2012 counted whole pixels from 1. Attributes that VOC knows (`truncated`, `difficult`, `occluded`)
are its own elements, all others stand in `attributes`, again as in CVAT.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from labelops.hints import marked
from tasks.formats.carrying import Carries, carried, has_place
from tasks.formats.dataset_archive import ITEMS, DatasetArchive, Place
from tasks.formats.outlines import decimal, hull
from tasks.formats.records import ExportContext, ExportRecord, Written
from tasks.formats.xml_text import xml_text

title = "Pascal VOC"
media_type = "application/zip"
extension = "zip"
carries = Carries(
    item_types=("image",),
    controls=("shapes",),
    tools=("box",),
    turned_boxes=False,
    undecidable=False,
    several_labels=False,
    annotators=False,
    origin=False,
    item_data=False,
    path=False,
)
FLAGS = ("truncated", "difficult", "occluded")


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format.

    >>> refusal(ExportContext("birds", "text", []))
    'Pascal VOC describes boxes, and this project has no control for them.'
    """
    if has_place(carries, context):
        return None
    return marked("Pascal VOC describes boxes, and this project has no control for them.")


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """`Annotations`, the names of each split in `ImageSets/Main`, and `items.jsonl`."""
    left_out: Counter[str] = Counter()
    with DatasetArchive(stream) as archive:
        for record in carried(records, carries, context, left_out):
            if not record.width or not record.height:
                left_out["unknown_size"] += 1
                continue
            place = archive.place(record)
            archive.add_image(f"JPEGImages/{place.image}", record, left_out)
            archive.add_line(f"ImageSets/Main/{place.split}.txt", place.name)
            content = "".join(f"{line}\n" for line in _lines(record, place, context))
            archive.add_item(f"Annotations/{place.name}.xml", content, record, place)
    return Written(left_out, {"names": ITEMS})


def _lines(record: ExportRecord, place: Place, context: ExportContext) -> Iterator[str]:
    yield "<annotation>"
    yield "  <folder>JPEGImages</folder>"
    yield f"  <filename>{xml_text(place.image)}</filename>"
    yield f"  <source><database>{xml_text(context.project)}</database></source>"
    yield (
        f"  <size><width>{record.width}</width><height>{record.height}</height>"
        "<depth>3</depth></size>"
    )
    yield "  <segmented>0</segmented>"
    for shapes in record.answer.values():
        for shape in shapes:
            yield from _object(shape, record.width or 0, record.height or 0)
    yield "</annotation>"


def _object(shape: dict[str, Any], width: int, height: int) -> Iterator[str]:
    rotation = shape.get("rotation") or 0
    attributes = {**shape.get("attributes", {}), **({"rotation": rotation} if rotation else {})}
    flags = {name: attributes.pop(name) for name in FLAGS if isinstance(attributes.get(name), bool)}
    yield "  <object>"
    yield f"    <name>{xml_text(shape['label'])}</name>"
    yield "    <pose>Unspecified</pose>"
    for name in FLAGS:
        yield f"    <{name}>{int(flags.get(name, False))}</{name}>"
    yield f"    <bndbox>{_edges(hull(shape['box'], rotation), width, height)}</bndbox>"
    if attributes:
        yield "    <attributes>"
        yield from (f"      {_attribute(name, value)}" for name, value in attributes.items())
        yield "    </attributes>"
    yield "  </object>"


def _edges(box: list[float], width: int, height: int) -> str:
    """The edges of a box within the image.

    >>> _edges([10.5, -0.001, 20, 40], 100, 100)
    '<xmin>10.5</xmin><ymin>0</ymin><xmax>30.5</xmax><ymax>39.999</ymax>'
    """
    left, top, wide, high = box
    edges = {
        "xmin": min(max(left, 0), width),
        "ymin": min(max(top, 0), height),
        "xmax": min(max(left + wide, 0), width),
        "ymax": min(max(top + high, 0), height),
    }
    return "".join(f"<{name}>{decimal(value)}</{name}>" for name, value in edges.items())


def _attribute(name: str, value: Any) -> str:
    """
    >>> _attribute("far", True)
    '<attribute><name>far</name><value>true</value></attribute>'
    """
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<attribute><name>{xml_text(name)}</name><value>{xml_text(plain)}</value></attribute>"
