"""Consensus of spans of a text and of segments of time: weighted medians of both ends."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from reviews.quality.clusters import Voice
from reviews.quality.object_consensus import (
    Candidate,
    Dispute,
    Merged,
    Object,
    ObjectConsensus,
    merge_objects,
)
from reviews.quality.stretches import stretch_likeness
from reviews.quality.weights import weighted_lower_median, weighted_median

UNITE = 0.8
DIGITS = 6


def span_consensus(voices: Sequence[Voice]) -> ObjectConsensus:
    """What several people marked in one text, merged (see `object_consensus`).

    >>> marked = [[{"label": "PER", "start": 0, "end": end}] for end in (5, 5, 6)]
    >>> voices = [Voice(source, 1.0, spans) for source, spans in enumerate(marked)]
    >>> span_consensus(voices).objects
    [{'id': 'c1', 'label': 'PER', 'start': 0, 'end': 5}]
    """
    return _without_overlaps(voices, merge_objects(voices, stretch_likeness, merge_spans))


def segment_consensus(voices: Sequence[Voice]) -> ObjectConsensus:
    """The same for segments of time, in seconds.

    >>> marked = [[{"label": "speech", "start": 0.5, "end": end}] for end in (3, 3.5)]
    >>> voices = [Voice(source, 1.0, segments) for source, segments in enumerate(marked)]
    >>> segment_consensus(voices).objects
    [{'id': 'c1', 'label': 'speech', 'start': 0.5, 'end': 3.25}]
    """
    return _without_overlaps(voices, merge_objects(voices, stretch_likeness, merge_segments))


def merge_spans(drawn: Sequence[Object], weights: Sequence[float]) -> Merged:
    """The weighted median of the starts and of the ends, each off the middle of a word.

    An end within a word moves to the nearest end that somebody marked and that is not: so it never
    stands where nobody put it, and languages without spaces are left as they are marked. Of two
    that share the middle the wider one is taken.

    >>> spans = [{"start": s, "end": 9, "text": "Ms. Alice"[s:]} for s in (0, 1, 4)]
    >>> merge_spans(spans, [1, 1, 1]).fields
    {'start': 0, 'end': 9, 'text': 'Ms. Alice'}
    """
    first, text = _common_text(drawn)
    starts, ends = [entry["start"] for entry in drawn], [entry["end"] for entry in drawn]
    start = _snapped(int(weighted_lower_median(starts, weights)), starts, first, text)
    end = -int(weighted_lower_median([-place for place in ends], weights))
    end = _snapped(end, ends, first, text)
    if text is None:
        return Merged({"start": start, "end": end})
    return Merged({"start": start, "end": end, "text": text[start - first : end - first]})


def merge_segments(drawn: Sequence[Object], weights: Sequence[float]) -> Merged:
    """The weighted median of the starts and of the ends.

    >>> merge_segments([{"start": 0, "end": 2}, {"start": 1, "end": 4}], [1, 1]).fields
    {'start': 0.5, 'end': 3.0}
    """
    return Merged(
        {
            side: round(weighted_median([entry[side] for entry in drawn], weights), DIGITS)
            for side in ("start", "end")
        }
    )


def _common_text(drawn: Sequence[Object]) -> tuple[int, str | None]:
    """Where the members begin, and the text from there on, as far as their own texts reach."""
    first, last = min(entry["start"] for entry in drawn), max(entry["end"] for entry in drawn)
    letters = [""] * (last - first)
    for entry in drawn:
        start = entry["start"] - first
        letters[start : start + len(entry.get("text", ""))] = entry.get("text", "")
    return first, "".join(letters) if all(letters) else None


def _snapped(place: int, marked: Sequence[int], first: int, text: str | None) -> int:
    if text is None:
        return place
    clean = [other for other in marked if not _is_within_word(text, other - first)]
    return min(clean, key=lambda other: (abs(other - place), other), default=place)


def _is_within_word(text: str, place: int) -> bool:
    if not 0 < place < len(text):
        return False
    return text[place - 1].isalnum() and text[place].isalnum()


def _without_overlaps(voices: Sequence[Voice], made: ObjectConsensus) -> ObjectConsensus:
    """Unites merged stretches of one class that nearly cover each other, disputes lesser overlaps.

    Where somebody marked both so that they overlap, the overlap is meant, and stays.
    """
    objects, disputes, sources = list(made.objects), list(made.disputes), dict(made.sources)
    for first, second in combinations(made.objects, 2):
        here, there = (_by_id(objects, entry["id"]) for entry in (first, second))
        if here is None or there is None or here["label"] != there["label"]:
            continue
        overlap = _overlap(here, there)
        mine, other = sources[here["id"]], sources[there["id"]]
        if not overlap or _is_meant(mine, other):
            continue
        if overlap >= UNITE:
            objects[objects.index(here)] = _united(here, there)
            objects.remove(there)
            sources[here["id"]] = mine + sources.pop(there["id"])
        elif all(dispute.object["id"] != there["id"] for dispute in disputes):
            marked = {candidate.source for candidate in other}
            absent = tuple(voice.source for voice in voices if voice.source not in marked)
            disputes.append(Dispute("geometry", 1 - overlap, True, there, other, absent))
    return replace(made, objects=objects, disputes=disputes, sources=sources)


def _by_id(objects: Sequence[Object], name: str) -> Object | None:
    return next((entry for entry in objects if entry["id"] == name), None)


def _overlap(first: Object, second: Object) -> float:
    return float(stretch_likeness([first], [second])[0, 0])


def _is_meant(first: Sequence[Candidate], second: Sequence[Candidate]) -> bool:
    return any(
        mine.source == other.source and _overlap(mine.object, other.object) > 0
        for mine in first
        for other in second
    )


def _united(first: Object, second: Object) -> Object:
    early, late = sorted((first, second), key=lambda entry: entry["start"])
    ends = {"start": early["start"], "end": max(early["end"], late["end"])}
    if "text" in early and "text" in late:
        ends["text"] = early["text"] + late["text"][max(0, early["end"] - late["start"]) :]
    return {**first, **ends}
