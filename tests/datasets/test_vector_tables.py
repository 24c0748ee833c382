"""Vectors as a table in a file, which is no more than what the blocks say."""

from pathlib import Path

import numpy as np
import pytest
from django.db import transaction

from datasets.models import VectorSet
from datasets.services.vectors import (
    ABSENT,
    add_block,
    default_set,
    publish,
    table_of,
    vectors_of,
)
from tests.datasets.vectors import make_vector_set
from tests.factories import make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def items(project):
    return [make_item(project) for _number in range(5)]


def test_a_table_says_what_the_last_blocks_say_and_is_made_once(
    project, items, settings, django_assert_num_queries
):
    made = make_vector_set(project, {items[3]: (3, 4), items[0]: (1, 0)})
    assert default_set(project) == made
    table = table_of(made)
    assert table.ids.tolist() == [items[0].pk, items[3].pk]
    np.testing.assert_allclose(table.matrix, [[1, 0], [0.6, 0.8]], atol=1e-3)
    assert table.places_of([items[3].pk, items[1].pk, 0]).tolist() == [1, ABSENT, ABSENT]
    # Nothing of the database but the stamp.
    with django_assert_num_queries(1):
        ids, rows = vectors_of(made, [items[1].pk, items[3].pk])
    assert ids.tolist() == [items[3].pk]
    np.testing.assert_allclose(rows, [[0.6, 0.8]], atol=1e-3)
    with transaction.atomic():
        add_block(made, [items[1].pk, items[3].pk], np.array([[0, 9], [-1, 0]]))
        publish(made)
    assert VectorSet.objects.get().vector_count == 3
    table = table_of(made)
    np.testing.assert_allclose(table.matrix, [[1, 0], [0, 1], [-1, 0]], atol=1e-3)
    folders = [folder.name for folder in Path(settings.VECTOR_CACHE).iterdir()]
    assert folders == [made.stamp.hex]


def test_a_set_without_vectors_is_an_empty_table_and_no_default(project, items):
    empty = VectorSet.objects.create(
        project=project, name="built-in", origin=VectorSet.Origin.BUILT_IN, dimensions=3
    )
    assert default_set(project) is None
    assert table_of(empty).places_of([items[0].pk]).tolist() == [ABSENT]
    assert vectors_of(empty, [items[0].pk])[1].shape == (0, 3)
