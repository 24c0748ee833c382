"""Pictures of the demo, made from data that scikit-learn ships: handwritten digits and photos.

Digits: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI (1998).
Photos: china.jpg and flower.jpg from scikit-learn, CC BY 2.0.

scikit-learn is imported when pictures are made: the supervisor, which only lists the accounts of the
demo, has no use for it, and loading it takes as long as all of Django.
"""

import importlib
import io
import random
import zipfile
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from PIL import Image

DIGIT_PIXELS = 160
SCENE_SIZE = (960, 640)
SCENE_SEED = 20
NOTE_PIXELS = (56, 120)


@dataclass(frozen=True)
class Picture:
    """A file of the demo with what is truly on it."""

    name: str
    png: bytes
    digit: str = ""
    boxes: tuple[tuple[int, int, int, int], ...] = ()


def digit_pictures(count: int) -> list[Picture]:
    """The first handwritten digits of the dataset, enlarged, with their class."""
    digits = _samples().load_digits()
    return [
        Picture(f"digit-{number:04}.png", _png(_digit_image(image)), digit=str(target))
        for number, (image, target) in enumerate(
            zip(digits.images[:count], digits.target[:count], strict=True)
        )
    ]


def scene_pictures(count: int) -> list[Picture]:
    """Photographs with paper notes on them, each note with a handwritten digit; truth: the notes."""
    generator = random.Random(SCENE_SEED)
    digits = _samples().load_digits()
    photos = [Image.fromarray(photo) for photo in _samples().load_sample_images().images]
    return [
        _scene(f"scene-{number:03}.png", photos[number % len(photos)], digits.images, generator)
        for number in range(count)
    ]


def _samples() -> ModuleType:
    return importlib.import_module("sklearn.datasets")


def as_zip(pictures: list[Picture]) -> io.BytesIO:
    """A ZIP as a manager would upload it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for picture in pictures:
            archive.writestr(picture.name, picture.png)
    stream.seek(0)
    return stream


def _scene(name: str, photo: Image.Image, digits: np.ndarray, generator: random.Random) -> Picture:
    canvas = _crop(photo, generator)
    boxes: list[tuple[int, int, int, int]] = []
    for _attempt in range(generator.randint(2, 6)):
        side = generator.randint(*NOTE_PIXELS)
        x = generator.randint(0, SCENE_SIZE[0] - side)
        y = generator.randint(0, SCENE_SIZE[1] - side)
        if any(_overlaps((x, y, side, side), other) for other in boxes):
            continue
        note = _digit_image(digits[generator.randrange(len(digits))]).resize((side, side))
        canvas.paste(note, (x, y))
        boxes.append((x, y, side, side))
    return Picture(name, _png(canvas), boxes=tuple(boxes))


def _crop(photo: Image.Image, generator: random.Random) -> Image.Image:
    width, height = photo.size
    share = generator.uniform(0.6, 1.0)
    left = generator.uniform(0, width * (1 - share))
    top = generator.uniform(0, height * (1 - share))
    area = (int(left), int(top), int(left + width * share), int(top + height * share))
    return photo.crop(area).resize(SCENE_SIZE, Image.Resampling.LANCZOS)


def _overlaps(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _digit_image(image: np.ndarray) -> Image.Image:
    paper = (255 - image / 16 * 235).astype("uint8")
    return (
        Image.fromarray(paper)
        .resize((DIGIT_PIXELS, DIGIT_PIXELS), Image.Resampling.BICUBIC)
        .convert("RGB")
    )


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    # A third of the time of the usual level, for files that are an eighth larger.
    image.save(stream, "PNG", compress_level=1)
    return stream.getvalue()
