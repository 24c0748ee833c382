"""Images: checked before they are decoded, and re-encoded before anybody sees them."""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import Any

from PIL import Image, UnidentifiedImageError

from labelops.hints import Hint
from labelops.media.perceptual import difference_hash
from labelops.media.sniffing import ARCHIVES, IMAGE_TYPES, found_type

MAX_BYTES = 50 * 1024 * 1024
MAX_PIXELS = 100_000_000
FULL_SIDE = 8192
PREVIEW_SIDE = 2048
THUMBNAIL_SIDE = 320
# As large as this share of the wanted side is large enough.
NEAR = 0.7
ORIENTATION_TAG = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's decoders raise on broken or hostile files, by reading them and by fuzzing.
DECODER_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# Pillow only warns of up to twice as many; `_opened` refuses them.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class ImageRefused(Exception):
    """This file cannot become an item; `template` and `params` make the sentence."""

    def __init__(
        self, code: str, template: str, *, hint: Hint | None = None, **params: Any
    ) -> None:
        self.code = code
        self.template = template
        self.params = params
        self.hint = hint
        super().__init__(template.format(**params))


@dataclass(frozen=True)
class PreparedImage:
    """An accepted image: its size as shown (after EXIF rotation) and what browsers are given."""

    media_type: str
    width: int
    height: int
    perceptual_hash: int
    preview: bytes
    thumbnail: bytes


def prepare(content: bytes) -> PreparedImage:
    """Check an image and make its derivatives. Raises ImageRefused.

    Of animations and many-page files the first frame counts.
    """
    kind = _accepted_type(content)
    try:
        return _prepare(content, kind)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("") from error
    except DECODER_ERRORS as error:
        raise _unreadable(kind) from error


def enlarge(content: bytes) -> bytes:
    """The picture as large as browsers are given it, for a close look. Raises ImageRefused."""
    kind = _accepted_type(content)
    try:
        return _encoded(_shown(*_opened(content, kind), FULL_SIDE), quality=88)
    except DECODER_ERRORS as error:
        raise _unreadable(kind) from error


def _accepted_type(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise ImageRefused(
            "file_too_large",
            "The file is larger than {limit} MB.",
            limit=MAX_BYTES // 2**20,
        )
    if not content:
        raise ImageRefused("image_unreadable", "The file is empty.")
    kind = found_type(content)
    if kind in IMAGE_TYPES:
        return kind
    allowed = ", ".join(IMAGE_TYPES)
    if kind == "SVG":
        raise ImageRefused(
            "svg_not_supported",
            "SVG drawings are not accepted, because they can carry programs.",
            hint=Hint("Export the drawing as PNG."),
        )
    if kind in ARCHIVES:
        raise ImageRefused(
            "nested_archive",
            "This is an archive ({kind}) inside the archive.",
            kind=kind,
            hint=Hint("Unpack it and put the images into one ZIP."),
        )
    if not kind:
        raise ImageRefused(
            "image_unreadable",
            "The content is not an image that can be read.",
            hint=Hint("Accepted: {types}.", types=allowed),
        )
    raise ImageRefused(
        "type_mismatch",
        "The content is {kind}, not an accepted image.",
        kind=kind,
        hint=Hint("Accepted: {types}.", types=allowed),
    )


def _unreadable(kind: str) -> ImageRefused:
    return ImageRefused(
        "image_unreadable",
        "The {kind} image is damaged or incomplete.",
        kind=kind,
        hint=Hint("Open it in an image program and save it again."),
    )


def _too_many_pixels(size: str) -> ImageRefused:
    return ImageRefused(
        "image_too_many_pixels",
        "The image has too many pixels{size}; at most {limit} million are accepted.",
        size=f" ({size})" if size else "",
        limit=MAX_PIXELS // 1_000_000,
        hint=Hint("Scale it down or cut it into parts."),
    )


def _prepare(content: bytes, kind: str) -> PreparedImage:
    image, orientation = _opened(content, kind)
    width, height = image.size
    shown = _shown(image, orientation, PREVIEW_SIDE)
    if orientation >= 5:
        width, height = height, width
    small = _scaled(shown, THUMBNAIL_SIDE)
    return PreparedImage(
        media_type=IMAGE_TYPES[kind],
        width=width,
        height=height,
        perceptual_hash=difference_hash(small),
        preview=_encoded(shown, quality=90),
        thumbnail=_encoded(small, quality=80),
    )


def _opened(content: bytes, kind: str) -> tuple[Image.Image, int]:
    """The image, not decoded yet, and its EXIF orientation."""
    try:
        image = Image.open(io.BytesIO(content), formats=[kind])
    except UnidentifiedImageError as error:
        raise ImageRefused(
            "image_unreadable", "The {kind} image has a broken header.", kind=kind
        ) from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(f"{width} × {height}")
    return image, _orientation(image)


def _shown(image: Image.Image, orientation: int, side: int) -> Image.Image:
    """Decoded, scaled and then turned: a full-size copy is never held twice."""
    image.draft("RGB", _near(image.size, side))
    image.load()
    shown = _scaled(_as_plain(image), side)
    return shown.transpose(TURNS[orientation]) if orientation in TURNS else shown


def _near(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The least size in which a picture may be decoded.

    A JPEG comes at a half, a quarter or an eighth at a fraction of the cost, and needs no scaling
    after it, which would take several times as long as decoding it.
    """
    ratio = min(1.0, NEAR * side / max(size))
    return max(1, int(size[0] * ratio)), max(1, int(size[1] * ratio))


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION_TAG, 1)
    except DECODER_ERRORS:
        # Broken metadata beside a good picture: shown as it is stored.
        return 1
    return value if value in range(1, 9) else 1


def _as_plain(image: Image.Image) -> Image.Image:
    """The picture as 8-bit grey, RGB or RGBA, whatever it was stored as."""
    if image.mode in {"L", "RGB", "RGBA"}:
        return image
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        return _eight_bit(image)
    has_alpha = image.mode in {"LA", "PA", "La", "RGBa"} or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """Grey values of more than 8 bits, spread over what a screen can show."""
    image = image.convert("F")
    low, high = image.getextrema()
    span = (high - low) or 1.0
    return image.point(lambda value: value * (255 / span) - low * 255 / span).convert("L")


def _scaled(image: Image.Image, side: int) -> Image.Image:
    longest = max(image.size)
    if longest <= side:
        return image
    size = (max(1, round(edge * side / longest)) for edge in image.size)
    # Of downscaling filters the quickest one without blocks; half of that where it is far.
    return image.resize(tuple(size), Image.Resampling.HAMMING, reducing_gap=2.0)


def _encoded(image: Image.Image, *, quality: int) -> bytes:
    """New bytes from the pixels alone: no metadata, place or hidden payload of the original."""
    image.info = {}
    stream = io.BytesIO()
    if image.mode == "RGBA":
        image.save(stream, "WEBP", quality=quality, method=2)
    else:
        image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
