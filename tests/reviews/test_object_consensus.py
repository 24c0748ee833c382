"""Consensus of objects: nothing that anybody marked is lost in silence; order decides nothing."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.quality.clusters import Voice
from reviews.quality.shape_consensus import shape_consensus
from reviews.quality.stretch_consensus import segment_consensus, span_consensus

TEXT = "Ana saw Bo near the old mill of St. Ives."
LABELS = st.sampled_from(["a", "b"])
PLACE = st.sampled_from([0, 2, 4, 40, 43, 80])


def box(x, y, size, label):
    return {"label": label, "box": [x, y, size, size]}


def square(x, y, size, label):
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size]]
    return {"label": label, "polygon": ring}


def line(x, y, size, label):
    return {"label": label, "polyline": [[x, y], [x + size, y + size]]}


def points(x, y, size, label):
    return {"label": label, "keypoints": [[x, y, 2], [x + size, y + size, 2]]}


def span(start, size, label):
    end = min(len(TEXT), start + size)
    return {"label": label, "start": start, "end": end, "text": TEXT[start:end]}


def segment(start, size, label):
    return {"label": label, "start": start / 4, "end": (start + size) / 4}


SIZES = st.sampled_from([20, 24, 30])
SHAPES = st.one_of(
    *[st.builds(make, PLACE, PLACE, SIZES, LABELS) for make in (box, square, line, points)]
)
SPANS = st.builds(span, st.integers(0, 35), st.integers(1, 12), LABELS)
SEGMENTS = st.builds(segment, st.integers(0, 35), st.integers(1, 12), LABELS)
WEIGHTS = st.sampled_from([0.5, 1.0, 2.0])


def voices_of(objects):
    """Two to four people who marked up to three things each, no two the same."""
    marked = st.lists(objects, max_size=3, unique_by=lambda entry: json.dumps(entry))
    return st.lists(st.tuples(WEIGHTS, marked), min_size=2, max_size=4).map(
        lambda people: [
            Voice(source, weight, [{"id": f"o{n}", **entry} for n, entry in enumerate(found)])
            for source, (weight, found) in enumerate(people)
        ]
    )


CASES = {
    "shapes": (shape_consensus, voices_of(SHAPES)),
    "spans": (span_consensus, voices_of(SPANS)),
    "segments": (segment_consensus, voices_of(SEGMENTS)),
}


def as_bytes(made):
    disputes = [dispute.as_json() for dispute in made.disputes]
    return json.dumps([made.objects, disputes, made.confidence])


@pytest.mark.parametrize("case", CASES)
def test_every_object_is_in_the_answer_merged_or_in_a_dispute(case):
    consensus, people = CASES[case]

    @settings(max_examples=30)
    @given(people)
    def check(voices):
        made = consensus(voices)
        marked = sorted((voice.source, entry["id"]) for voice in voices for entry in voice.objects)
        found = sorted(
            (candidate.source, candidate.object["id"])
            for candidates in made.sources.values()
            for candidate in candidates
        )
        assert found == marked
        names = {entry["id"] for entry in made.objects}
        disputed = {dispute.object["id"] for dispute in made.disputes}
        assert made.sources.keys() == names | disputed
        assert all(dispute.is_kept == (dispute.object["id"] in names) for dispute in made.disputes)

    check()


@pytest.mark.parametrize("case", CASES)
def test_the_same_answers_in_any_order_give_the_same_bytes(case):
    consensus, people = CASES[case]

    @settings(max_examples=20)
    @given(people)
    def check(voices):
        assert as_bytes(consensus(voices)) == as_bytes(consensus(voices[::-1]))

    check()


@pytest.mark.parametrize("case", CASES)
def test_what_all_mark_alike_is_the_answer_without_a_dispute(case):
    consensus, people = CASES[case]

    @settings(max_examples=20)
    @given(people)
    def check(voices):
        one = voices[0].objects[:1]
        made = consensus([Voice(source, 1.0, one) for source in range(3)])
        assert made.disputes == []
        assert made.confidence == pytest.approx(1)
        for entry, mine in zip(made.objects, one, strict=True):
            assert {**entry, "id": mine["id"]} == mine

    check()
