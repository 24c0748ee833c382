"""Neighbours, outliers, twins, groups and the map, against comparing everything with everything."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.analysis import clusters, neighbours, outliers, projection
from datasets.analysis.near_duplicates import families, twins
from datasets.analysis.neighbours import NONE, nearest, nearest_to_any, neighbourhoods, unit

pytestmark = pytest.mark.once
SIDE = 16


def scattered(count, *, groups=6, seed=3):
    """Rows around a few centres, and the number of each one's centre."""
    dice = np.random.default_rng(seed)
    which = dice.integers(0, groups, count)
    rows = dice.normal(size=(groups, SIDE))[which] + 0.3 * dice.normal(size=(count, SIDE))
    return unit(rows), which


def by_looking_at_all(rows, question, count):
    likeness = np.round(rows @ question, neighbours.DIGITS)
    return sorted(range(len(rows)), key=lambda place: (-likeness[place], place))[:count]


@given(
    rows=st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=1, max_size=30),
    count=st.integers(1, 6),
)
@settings(max_examples=50, deadline=None)
def test_the_nearest_are_those_of_a_look_at_all_whatever_the_blocks(rows, count):
    rows = unit(np.array(rows))
    with pytest.MonkeyPatch.context() as patch:
        # Ties across the edges of blocks, too.
        patch.setattr(neighbours, "ROWS", 4)
        found = nearest(rows, rows[:2], count)
        some = nearest_to_any(rows, rows[:1], count)
    for number, question in enumerate(rows[:2]):
        wanted = by_looking_at_all(rows, question, count)
        assert found.places[number].tolist() == wanted + [NONE] * (count - len(wanted))
    assert some.places[0].tolist() == found.places[0].tolist()


def test_neighbourhoods_by_cells_miss_few_and_beat_all_the_while(monkeypatch):
    rows, _which = scattered(2_000)
    exact = neighbourhoods(rows, 5)
    asked = nearest(rows, rows[:50], 6)
    for place in range(50):
        assert exact.places[place].tolist() == [
            other for other in asked.places[place].tolist() if other != place
        ]
    beats = []
    monkeypatch.setattr(neighbours, "ALL_WITH_ALL", 500)
    monkeypatch.setattr(neighbours, "CELL_ROWS", 50)
    by_cells = neighbourhoods(rows, 5, beat=lambda: beats.append(1))
    pairs = zip(exact.places, by_cells.places, strict=True)
    assert np.mean([len(set(one) & set(other)) / 5 for one, other in pairs]) > 0.95
    assert len(beats) > 30
    again = neighbourhoods(rows, 5)
    assert np.array_equal(by_cells.places, again.places)
    alone = neighbourhoods(rows[:2], 3)
    assert alone.places.tolist() == [[1, NONE, NONE], [0, NONE, NONE]]


def test_what_is_far_from_all_is_strange_and_what_is_equal_a_twin():
    rows, _which = scattered(300)
    odd = unit(-rows[:1] + rows[1:2] - rows[2:3])
    rows = np.concatenate([rows, odd, np.repeat(rows[5:6], 14, axis=0)])
    found = neighbourhoods(rows, outliers.NEIGHBOURS)
    values = outliers.strangeness(found)
    assert outliers.by_strangeness(values)[0] == 300
    assert values[300] > 2
    # More equal ones than neighbours that were looked for are one family all the same.
    assert [5, *range(301, 315)] in families(twins(found))
    assert outliers.strangeness(neighbourhoods(rows[:1], 3)).tolist() == [0]
    assert len(twins(neighbourhoods(rows[:0], 3))) == 0


def test_a_map_keeps_together_what_is_alike_and_comes_out_the_same_again(monkeypatch):
    monkeypatch.setattr(projection, "LANDMARKS_MOST", 120)
    monkeypatch.setattr(projection, "PARTS", 2)
    rows, which = scattered(300)
    points = projection.layout(rows)
    assert np.array_equal(points, projection.layout(rows))
    assert np.abs(points).max() <= 1
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert (which[gaps.argmin(axis=1)] == which).mean() > 0.9
    for size in (0, 1, 2, 11):
        assert np.isfinite(projection.layout(rows[:size])).all()


def test_groups_are_numbered_by_size_and_named_by_what_they_share():
    rows, which = scattered(600)
    groups = clusters.grouped(rows)
    sizes = np.bincount(groups)
    assert sorted(sizes.tolist(), reverse=True) == sizes.tolist()
    assert np.array_equal(groups, clusters.grouped(rows))
    assert clusters.grouped(rows[:0]).tolist() == []
    night = np.flatnonzero(which == which[0])
    traits = clusters.traits_of(groups, {"night": night, "every other": np.arange(0, 600, 2)})
    named = [group for group, row in enumerate(traits) if row]
    assert groups[0] in named
    assert all(trait.name == "night" and trait.lift > 1.5 for row in traits for trait in row)
