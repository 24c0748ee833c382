"""A trained model as it is kept: arrays in one npz file, never pickled, so that no code is run."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviews.baseline import texts
from reviews.baseline.learner import Learned
from reviews.baseline.novelty import Familiar

Rows = Any  # A matrix of float32, dense or sparse (CSR), one row an item.


@dataclass(frozen=True)
class Trained:
    """All that is needed to judge an item; `rarity` is the weight of words, of texts only."""

    classes: Sequence[str]
    learned: Learned
    familiar: Familiar
    rarity: NDArray[np.float32] | None = None

    def judge(self, read: Rows) -> tuple[NDArray[Any], NDArray[Any]]:
        """The probability of each class and the novelty, of items as they were read.

        Pictures are read as vectors, texts as counts of their words.
        """
        rows = vectors_of(read, self.rarity)
        return self.learned.probabilities(rows), self.familiar.novelty(rows)

    def as_bytes(self) -> bytes:
        """
        >>> flat = np.zeros((2, 2), dtype=np.float32)
        >>> model = Trained(["a", "b"], Learned(flat, flat[0]), Familiar(flat, flat, flat[0]))
        >>> Trained.from_bytes(model.as_bytes()).classes
        ['a', 'b']
        """
        arrays = {
            "classes": np.frombuffer(json.dumps(list(self.classes)).encode(), dtype=np.uint8),
            "weights": self.learned.weights,
            "bias": self.learned.bias,
            "temperature": np.float64(self.learned.temperature),
            "directions": self.familiar.directions,
            "points": self.familiar.points,
            "distances": self.familiar.distances,
        }
        if self.rarity is not None:
            arrays["rarity"] = self.rarity
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Trained":
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            return cls(
                classes=json.loads(kept["classes"].tobytes()),
                learned=Learned(kept["weights"], kept["bias"], float(kept["temperature"])),
                familiar=Familiar(kept["directions"], kept["points"], kept["distances"]),
                rarity=kept.get("rarity"),
            )


def vectors_of(read: Rows, rarity: NDArray[np.float32] | None) -> Rows:
    """What the model learns from and judges: pictures as they are, the words of texts weighted."""
    return read if rarity is None else texts.vectors(read, rarity)
