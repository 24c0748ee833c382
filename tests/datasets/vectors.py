"""How the tests give items vectors in one call, without a job."""

import numpy as np

from datasets.models import VectorSet
from datasets.services.vectors import add_block, publish


def make_vector_set(project, vectors, **over):
    """A set that was brought in, of {item: vector}."""
    over.setdefault("origin", VectorSet.Origin.BROUGHT)
    over.setdefault("name", "ours")
    rows = np.array([list(vector) for vector in vectors.values()], dtype=np.float32)
    made = VectorSet.objects.create(project=project, dimensions=rows.shape[1], **over)
    add_block(made, [item.pk for item in vectors], rows)
    publish(made)
    return made
