"""Makes projects to import into and to export from; run inside Django by transfers.py."""

import io
import zipfile
from typing import Any

import numpy
from PIL import Image, ImageFilter

from bench import rows
from labelops.accounts.models import Role
from tasks.models import InstructionVersion, Item, Project, Task

CLASSES = ("robin", "wren")
SIZE = 1_000
# Sizes of photographs from the web and from telephones.
PHOTOGRAPHS = ((1920, 1280), (3000, 2000), (4000, 3000))


def project(name: str, seed: int) -> int:
    team, [manager] = rows.make_people(name, [Role.MANAGER])
    return rows.make_project(name, team, manager, CLASSES).pk


def labels(name: str, seed: int) -> int:
    """A stored label for each item that is there."""
    made = Project.objects.get(slug=name)
    batch = rows.make_batch(made, "all", overlap=1, review_percent=0)
    rows.insert(
        Task,
        {
            "batch_id": batch.pk,
            "item_id": "item.id",
            "public_id": rows.random_uuid(),
            "state": "'accepted'",
            "result_answer": "jsonb_build_object('bird', 'robin')",
            "result_source": "'vote'",
        },
        f"FROM tasks_item item WHERE item.project_id = {made.pk} ORDER BY item.id",
    )
    rows.execute("VACUUM ANALYZE")
    return Task.objects.filter(batch=batch).count()


def boxes(name: str, count: int, each: int, seed: int) -> int:
    """Images, of which only the size is there, with so many boxes each."""
    team, [manager] = rows.make_people(name, [Role.MANAGER])
    made = rows.make_project(name, team, manager, CLASSES)
    Project.objects.filter(pk=made.pk).update(item_type="image")
    control: dict[str, Any] = {
        "name": "objects",
        "type": "shapes",
        "title": "Mark the birds",
        "tools": ["box"],
        "labels": [{"value": value, "title": value} for value in CLASSES],
    }
    InstructionVersion.objects.filter(project=made).update(label_schema={"controls": [control]})
    batch = rows.make_batch(made, "all", overlap=1, review_percent=0)
    shapes = (
        "jsonb_build_object('objects', (SELECT jsonb_agg(jsonb_build_object('id', 'o' || k, "
        "'label', 'robin', 'box', jsonb_build_array(k * 10 + 0.5, k * 20, 100.25, 80))) "
        f"FROM generate_series(1, {each}) k))"
    )
    rows.insert_tasks(
        batch, count, state="'accepted'", result_answer=shapes, result_source="'vote'"
    )
    Item.objects.filter(project=made).update(width=SIZE, height=SIZE)
    rows.execute("VACUUM ANALYZE")
    return count


def photographs(path: str, count: int, seed: int) -> int:
    """A ZIP of so many JPEGs of about 1 MB, of which few pictures differ."""
    originals = [_photograph(*size, seed) for size in PHOTOGRAPHS]
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            # What follows the end of a JPEG makes it another file with the same picture.
            archive.writestr(f"{number}.jpg", originals[number % len(originals)] + b"%d" % number)
    return count


def _photograph(width: int, height: int, seed: int) -> bytes:
    """Soft shapes with the noise of a camera."""
    chance = numpy.random.default_rng(seed)
    small = chance.integers(0, 255, (height // 16, width // 16, 3), dtype=numpy.uint8)
    soft = numpy.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
    noisy = (soft + chance.normal(0, 6, (height, width, 3))).clip(0, 255).astype(numpy.uint8)
    picture = Image.fromarray(noisy).filter(ImageFilter.GaussianBlur(0.7))
    saved = (_saved(picture, quality) for quality in range(98, 30, -4))
    return next(content for content in saved if len(content) <= 1_000_000)


def _saved(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
