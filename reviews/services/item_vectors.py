"""Items as the built-in model reads them: pictures as vectors, texts as counts of their words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from PIL import Image

from labelops.media.images import DECODER_ERRORS
from reviews.baseline import pictures, texts
from tasks.models import Item
from tasks.services.media import THUMBNAIL, open_image

Rows = Any  # A matrix of float32, dense or sparse (CSR), one row an item.


def read(items: Sequence[Item], *, is_image: bool) -> tuple[list[Item], Rows]:
    """The items that can be read, and a row for each of them."""
    if is_image:
        found = [(item, vector) for item in items if (vector := _vector(item)) is not None]
        rows = [vector for _item, vector in found]
        return [item for item, _vector in found], np.array(rows).reshape(-1, pictures.LENGTH)
    readable = [item for item in items if item.data.get("text")]
    return readable, texts.counts([item.data["text"] for item in readable])


def stack(parts: Sequence[Rows]) -> Rows:
    if scipy.sparse.issparse(parts[0]):
        return scipy.sparse.vstack(parts, format="csr")
    return np.vstack(parts)


def _vector(item: Item) -> Any:
    """None for a picture that is not there or cannot be decoded."""
    try:
        stream, _media_type = open_image(item, THUMBNAIL)
        with stream, Image.open(stream) as picture:
            return pictures.vector(picture)
    except DECODER_ERRORS:
        return None
