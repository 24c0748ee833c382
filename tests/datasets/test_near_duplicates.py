"""Pairs across splits, against comparing everything with everything."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.analysis import near_duplicates, similar_texts
from datasets.analysis.near_duplicates import same, sharing, within
from datasets.analysis.splits import given_split

ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=30)


def all_pairs(splits):
    return [
        (one, other)
        for one, other in itertools.combinations(range(len(splits)), 2)
        if splits[one] != splits[other]
    ]


@given(rows=ROWS)
@settings(max_examples=50)
def test_the_same_content_is_counted_as_if_all_pairs_were_looked_at(rows):
    keys = np.array([key for key, _split in rows], dtype=np.uint64)
    splits = np.array([split for _key, split in rows], dtype=np.int16)
    wanted = [(one, other) for one, other in all_pairs(splits) if keys[one] == keys[other]]
    found = same(keys, splits, most=1_000)
    assert (sorted(found.pairs), found.count) == (wanted, len(wanted))
    assert len(same(keys, splits, most=2).pairs) == min(2, len(wanted))
    assert sharing([keys], splits) == (wanted, True)


@pytest.mark.parametrize("distance", [0, 3, 4])
def test_near_hashes_are_found_by_their_blocks_as_by_all_pairs(distance):
    dice = np.random.default_rng(distance)
    hashes = dice.integers(0, 2**63, 40, dtype=np.uint64)
    flips = [sum(1 << int(bit) for bit in dice.choice(64, n, replace=False)) for n in range(6)]
    hashes = np.concatenate([hashes, *[hashes ^ np.uint64(flip) for flip in flips]])
    splits = dice.integers(0, 3, len(hashes)).astype(np.int16)
    wanted = [
        (one, other)
        for one, other in all_pairs(splits)
        if int(hashes[one] ^ hashes[other]).bit_count() <= distance
    ]
    assert wanted
    assert within(hashes, splits, distance=distance) == (wanted, True)


def test_too_many_of_a_kind_are_cut_off_and_said(monkeypatch):
    monkeypatch.setattr(near_duplicates, "RUN_MOST", 3)
    splits = np.array([0, 1] * 5)
    pairs, is_complete = sharing([np.ones(10)], splits)
    assert 0 < len(pairs) < 25
    assert not is_complete
    monkeypatch.setattr(near_duplicates, "PAIRS_MOST", 4)
    assert not sharing([np.ones(10)], splits)[1]


def test_one_word_replaced_is_found_and_another_text_is_not():
    words = "the small brown bird sang from the old oak by the river at dawn on a cold day".split()
    changed = [*words[:9], "mill", *words[10:]]
    other = "a large white goose slept beside the new barn near our road at noon in warm rain"
    texts = [" ".join(words), " ".join(changed).upper(), other]
    keys = similar_texts.band_keys(texts)
    pairs, _whole = sharing(list(keys.T), np.array([0, 1, 1]))
    assert pairs == [(0, 1)]
    assert similar_texts.likeness(texts[0], texts[1]) >= similar_texts.ALIKE
    assert similar_texts.band_keys([]).shape == (0, similar_texts.BANDS)


@pytest.mark.parametrize("value", [{"a": 1}, ["test"], True, 1.5, "te\x00st"])
def test_what_is_no_name_of_a_split_is_refused(value):
    with pytest.raises(ValueError):
        given_split(value)
