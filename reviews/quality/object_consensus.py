"""Consensus of objects: what several people marked on one item, merged object by object.

Whatever the voices leave open is a dispute, with a choice that holds until somebody rules:
nothing is dropped in silence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from reviews.quality.clusters import Cluster, Likeness, Voice, clusters
from reviews.quality.weights import SAME, weighted_lower_median, weighted_vote

MOST_EXIST = 0.5
MOST_LABEL = 0.6
LEAST_LIKENESS = 0.6

Object = dict[str, Any]
Kind = Literal["existence", "class", "geometry"]


@dataclass(frozen=True)
class Merged:
    """The geometry that several objects amount to; `certainty` below 1 says why it is disputed."""

    fields: Object
    is_clear: bool = True
    certainty: float = 1.0


Geometry = Callable[[Sequence[Object], Sequence[float]], Merged]


@dataclass(frozen=True)
class Candidate:
    """An object that somebody marked, and the source of their voice."""

    source: int
    object: Object

    def as_json(self) -> dict[str, Any]:
        """Where the object stands: the source, its id there, and its label."""
        return {
            "source": self.source,
            "id": self.object.get("id"),
            "label": self.object["label"],
        }


@dataclass(frozen=True)
class Dispute:
    """What the voices leave open.

    `object` is the merged one; it is in the answer when `is_kept`. `share` is the share of the
    weight that stands behind this choice; for geometry the likeness of the two farthest apart.
    `absent` are the sources that saw the item and did not mark it.
    """

    kind: Kind
    share: float
    is_kept: bool
    object: Object
    candidates: tuple[Candidate, ...]
    absent: tuple[int, ...]

    def placed(self, places: Sequence[int]) -> "Dispute":
        """The same, with each source replaced by the place that it stands for."""
        candidates = [
            Candidate(places[candidate.source], candidate.object) for candidate in self.candidates
        ]
        return replace(
            self,
            candidates=tuple(sorted(candidates, key=lambda candidate: candidate.source)),
            absent=tuple(sorted(places[source] for source in self.absent)),
        )

    def as_json(self) -> dict[str, Any]:
        """The same in plain JSON, to be stored."""
        return {
            "kind": self.kind,
            "share": self.share,
            "is_kept": self.is_kept,
            "object": self.object,
            "candidates": [candidate.as_json() for candidate in self.candidates],
            "absent": list(self.absent),
        }


@dataclass(frozen=True)
class ObjectConsensus:
    """The objects with ids of their own (c1, c2, ...), and the candidates that each came from.

    `confidence` is the mean over all objects found, kept or not, of the share behind the choice.
    """

    objects: list[Object]
    disputes: list[Dispute]
    confidence: float
    sources: dict[str, tuple[Candidate, ...]]


def merge_objects(
    voices: Sequence[Voice], likeness: Likeness, geometry: Geometry
) -> ObjectConsensus:
    """Clusters the objects of all voices and merges each cluster.

    With e the share of the weight that marked it (of all voices, those that marked nothing
    included) and p the share of the label within the cluster, an object is accepted when
    e > 0.5, p > 0.6 and all its members are at least 0.6 alike; else it is disputed. An object
    with less than half of the weight is left out until somebody rules.

    >>> from tasks.kinds.likeness import shape_likeness
    >>> drawn = [[{"id": "a", "label": "car", "box": [0, 0, 10, 10]}], [], []]
    >>> voices = [Voice(source, 1.0, objects) for source, objects in enumerate(drawn)]
    >>> made = merge_objects(voices, shape_likeness, lambda *_: Merged({"box": [0, 0, 10, 10]}))
    >>> made.objects, [(entry.kind, entry.absent) for entry in made.disputes]
    ([], [('existence', (1, 2))])
    """
    ordered = sorted(voices, key=lambda voice: voice.source)
    objects, disputes, shares, sources = [], [], [], {}
    for number, cluster in enumerate(clusters(ordered, likeness), 1):
        verdict = _judge(ordered, cluster, f"c{number}", geometry)
        shares.append(verdict.share)
        sources[verdict.object["id"]] = verdict.candidates
        if verdict.is_kept:
            objects.append(verdict.object)
        if verdict.dispute:
            disputes.append(verdict.dispute)
    confidence = sum(shares) / len(shares) if shares else 1.0
    return ObjectConsensus(objects, disputes, confidence, sources)


@dataclass(frozen=True)
class _Verdict:
    object: Object
    candidates: tuple[Candidate, ...]
    is_kept: bool
    share: float
    dispute: Dispute | None


def _judge(voices: Sequence[Voice], cluster: Cluster, name: str, geometry: Geometry) -> _Verdict:
    drawn = [voices[number].objects[index] for number, index in cluster.members]
    weights = [voices[number].weight for number, _ in cluster.members]
    exists = sum(weights) / sum(voice.weight for voice in voices)
    label, agreed = weighted_vote([entry["label"] for entry in drawn], weights)
    merged = geometry(drawn, weights)
    made = {"id": name, "label": label, **merged.fields, **_attributes(drawn, weights, label)}
    candidates = tuple(
        Candidate(voices[number].source, entry)
        for (number, _), entry in zip(cluster.members, drawn, strict=True)
    )
    is_kept = exists >= MOST_EXIST - SAME
    certainty = min(cluster.least, merged.certainty)
    kind: Kind | None = None
    share = min(1.0, exists * agreed) if is_kept else 1 - exists
    if exists <= MOST_EXIST + SAME:
        kind, behind = "existence", max(exists, 1 - exists)
    elif agreed <= MOST_LABEL + SAME:
        kind, behind = "class", agreed
    elif cluster.least < LEAST_LIKENESS or not merged.is_clear:
        kind, behind, share = "geometry", certainty, share * certainty
    if kind is None:
        return _Verdict(made, candidates, is_kept, share, None)
    marked = {candidate.source for candidate in candidates}
    absent = tuple(voice.source for voice in voices if voice.source not in marked)
    dispute = Dispute(kind, behind, is_kept, made, candidates, absent)
    return _Verdict(made, candidates, is_kept, share, dispute)


def _attributes(drawn: Sequence[Object], weights: Sequence[float], label: str) -> Object:
    """The attributes of those who gave the label: numbers by median, all else by vote.

    An attribute stands when at least half of their weight gave it.
    """
    if not any("attributes" in entry for entry in drawn):
        return {}
    given = [
        (entry.get("attributes", {}), weight)
        for entry, weight in zip(drawn, weights, strict=True)
        if entry["label"] == label
    ]
    total = sum(weight for _, weight in given)
    merged = {}
    for name in dict.fromkeys(name for attributes, _ in given for name in attributes):
        votes = [(entry[name], weight) for entry, weight in given if name in entry]
        values, behind = zip(*votes, strict=True)
        if 2 * sum(behind) >= total * (1 - SAME):
            merged[name] = _value(values, behind)
    return {"attributes": merged}


def _value(values: Sequence[Any], weights: Sequence[float]) -> Any:
    if any(isinstance(value, bool | str) for value in values):
        return weighted_vote(values, weights)[0]
    return weighted_lower_median(values, weights)
