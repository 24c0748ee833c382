"""Consensus of polygons, masks and spans on made-up scenes of known truth.

Three equal people miss 10 % of the things, give 8 % another label, mark their outline or ends with
noise, and now and then something that is not there. The consensus must find more than one person,
and lie closer. The long form (LABELOPS_SOAK=1) takes 400 scenes of each, the short form 8.
"""

import os

import numpy as np
import pytest

from reviews.quality.clusters import Voice
from reviews.quality.object_consensus import merge_objects
from reviews.quality.shape_consensus import merge_geometry, shape_consensus
from reviews.quality.stretch_consensus import span_consensus
from reviews.quality.stretches import stretch_likeness
from reviews.quality.voters import estimate_weights
from tasks.kinds import rle
from tasks.kinds.geometry import best_pairs
from tasks.kinds.likeness import labels_alike, shape_likeness
from tasks.kinds.rasters import rasterise

SCENES = 400 if os.environ.get("LABELOPS_SOAK") else 8
SEED = 20261127
CLASSES = ("a", "b", "c")
SIDE, LENGTH, CORNERS = 240, 1_200, 9
PEOPLE = 3


def draw_polygon(rng):
    """A blob: corners around a middle at distances of their own."""
    turns = np.sort(rng.uniform(0, 2 * np.pi, CORNERS) / CORNERS + np.arange(CORNERS) * 0.7)
    middle, far = rng.uniform(40, SIDE - 40, 2), rng.uniform(18, 36, CORNERS)
    corners = middle + far[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return {"label": str(rng.choice(CLASSES)), "polygon": corners.tolist()}


def noisy_polygon(rng, thing):
    corners = np.array(thing["polygon"])
    return {**thing, "polygon": (corners + rng.normal(0, 1.5, corners.shape)).tolist()}


def masked(thing):
    grid = rasterise([thing["polygon"]], left=0, top=0, scale=1, size=(SIDE, SIDE))
    return {"label": thing["label"], "mask": rle.encode(grid)}


def mask_likeness(first, second):
    found = [[rle.iou(a["mask"], b["mask"]) for b in second] for a in first]
    return np.array(found, dtype=float).reshape(len(first), len(second))


def draw_span(rng):
    start = int(rng.integers(0, LENGTH - 40))
    return {
        "label": str(rng.choice(CLASSES)),
        "start": start,
        "end": start + int(rng.integers(8, 40)),
    }


def noisy_span(rng, thing):
    start, end = thing["start"] + rng.integers(-3, 4), thing["end"] + rng.integers(-3, 4)
    start = max(0, int(start))
    return {**thing, "start": start, "end": max(start + 1, int(end))}


def annotate(rng, truth, draw, noisy):
    drawn = [noisy(rng, thing) for thing in truth if rng.random() >= 0.10]
    for thing in drawn:
        if rng.random() < 0.08:
            thing["label"] = str(rng.choice(CLASSES))
    drawn += [draw(rng) for _ in range(rng.poisson(0.3))]
    return drawn


def numbered(things):
    return [{"id": f"o{number}", **thing} for number, thing in enumerate(things)]


def score(truths, found, likeness):
    """F1 at a likeness of 0.5 with the same label, and the mean likeness of the pairs."""
    met, pairs, size = 0, [], 0
    for truth, mine in zip(truths, found, strict=True):
        size += len(truth) + len(mine)
        if truth and mine:
            alike = likeness(truth, mine)
            fits = (alike >= 0.5) & labels_alike(truth, mine)
            best = best_pairs(np.where(fits, alike + min(alike.shape), 0))
            pairs += [alike[pair] for pair in best]
            met += len(best)
    return 2 * met / size, float(np.mean(pairs))


def scenes(draw, noisy, how=lambda thing: thing):
    rng = np.random.default_rng(SEED)
    truths = [[draw(rng) for _ in range(rng.integers(2, 6))] for _ in range(SCENES)]
    answers = [[annotate(rng, truth, draw, noisy) for _ in range(PEOPLE)] for truth in truths]
    return (
        [[how(thing) for thing in truth] for truth in truths],
        [[numbered(map(how, drawn)) for drawn in people] for people in answers],
    )


def estimated(kind, answers):
    control = {"name": "x", "type": kind, "labels": [{"value": name} for name in CLASSES]}
    items = [{who: {"x": drawn} for who, drawn in enumerate(people)} for people in answers]
    return estimate_weights(control, items)


def polygons():
    truths, answers = scenes(draw_polygon, noisy_polygon)
    return truths, answers, estimated("shapes", answers), shape_consensus, shape_likeness


def masks():
    truths, answers = scenes(draw_polygon, noisy_polygon, masked)
    equal = dict.fromkeys(range(PEOPLE), 1.0)

    def consensus(voices):
        return merge_objects(voices, mask_likeness, merge_geometry)

    return truths, answers, equal, consensus, mask_likeness


def spans():
    truths, answers = scenes(draw_span, noisy_span)
    return truths, answers, estimated("spans", answers), span_consensus, stretch_likeness


@pytest.mark.parametrize("make", [polygons, masks, spans])
def test_three_people_together_find_more_and_lie_closer_than_one(make):
    truths, answers, weights, consensus, likeness = make()
    merged = [
        consensus([Voice(who, weights[who], drawn) for who, drawn in enumerate(people)])
        for people in answers
    ]
    one = score(truths, [people[0] for people in answers], likeness)
    together = score(truths, [made.objects for made in merged], likeness)
    disputes = sum(len(made.disputes) for made in merged) / sum(map(len, truths))
    print(f"{make.__name__}, {SCENES} scenes, seed {SEED}: one person F1 and likeness {one}")
    print(f"consensus {together}, {disputes:.3f} disputes an object")
    assert together[0] > one[0]
    assert together[1] > one[1]
