"""Records and schemas for the tests of writers, and what they write."""

import io
import zipfile

from tasks.formats import READERS, WRITERS
from tasks.formats.items import ImportContext
from tasks.formats.records import ExportContext, ExportRecord

WRONG = [None, [], {}, "text", -1, [[]], {"a": []}, True, 1e308]
SKELETON = {"names": ["head", "tail"], "edges": [[0, 1]]}
TOOLS = ["box", "polygon", "polyline", "keypoint", "mask"]


def record(item="a", answer=None, **over):
    fields = {
        "item": item,
        "batch": "first",
        "answer": answer or {},
        "source": "vote",
        "confidence": 0.75,
        "instruction_version": 1,
        "annotation_count": 2,
        "data": {"text": "Hello"},
    }
    return ExportRecord(**(fields | over))


def image(item="a.jpg", shapes=(), width=640, height=480, **over):
    """A record of an image with these objects."""
    objects = [{"id": f"o{n}", "label": "car", **shape} for n, shape in enumerate(shapes)]
    fields = {"width": width, "height": height, "data": {}} | over
    return record(item, {"objects": objects}, **fields)


def shapes_schema(*tools, labels=("car", "bus"), attributes=(), **over):
    control = {
        "name": "objects",
        "type": "shapes",
        "tools": list(tools or TOOLS),
        "skeleton": SKELETON,
        "labels": [
            {"value": label, "title": label, "attributes": list(attributes)} for label in labels
        ],
        **over,
    }
    return {"controls": [control]}


def image_context(*tools, **over):
    return ExportContext("birds", "image", [shapes_schema(*tools, **over)])


def text_context(*controls):
    return ExportContext("birds", "text", [{"controls": list(controls)}])


def write(format_name, records, context):
    """The bytes of a file, and what the writer says of it."""
    stream = io.BytesIO()
    written = WRITERS[format_name].write(iter(records), stream, context)
    return stream.getvalue(), written


def read(format_name, content, *, after=0, **context):
    """What the reader of a format makes of a file; `context` goes into its ImportContext."""
    reader = READERS[format_name]
    known = ImportContext(**{"item_type": reader.item_types[0]} | context)
    stream = content if hasattr(content, "read") else io.BytesIO(content)
    return list(reader.read(stream, known, after))


def mutations(value):
    """The document with each of its values replaced in turn by what it should not be."""
    yield from (wrong for wrong in WRONG if wrong != value)
    if not isinstance(value, dict | list):
        return
    for key in value if isinstance(value, dict) else range(len(value)):
        for changed in mutations(value[key]):
            copy = dict(value) if isinstance(value, dict) else list(value)
            copy[key] = changed
            yield copy


def unzipped(format_name, records, context):
    """The entries of a ZIP as texts, and what the writer says of it."""
    content, written = write(format_name, records, context)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        entries = {name: archive.read(name).decode() for name in archive.namelist()}
    assert len(entries) == len(archive.namelist())
    return entries, written
