"""Merging answers object by object: what an expert chooses where a consensus left it open."""

from collections.abc import Mapping, Sequence
from typing import Any

Answer = dict[str, Any]
KEEP, DROP = "keep", "drop"
NAMED, DRAWN = "class:", "outline:"


class UnknownChoice(Exception):
    """This is not one of the choices of the dispute."""


def choices_of(dispute: Mapping[str, Any]) -> list[str]:
    """What can be chosen, the prefilled choice first, then each once.

    keep: the merged object; drop: no object; class:X: the merged outline as X; outline:N: as the
    source N drew and named it.

    >>> choices_of({"is_kept": False, "object": {"label": "car"}, "candidates": [
    ...     {"source": 0, "id": "a", "label": "car"}, {"source": 2, "id": "b", "label": "bus"}]})
    ['drop', 'keep', 'class:bus', 'outline:0', 'outline:2']
    """
    first = KEEP if dispute["is_kept"] else DROP
    merged = dispute["object"]["label"]
    candidates = dispute["candidates"]
    classes = [f"{NAMED}{entry['label']}" for entry in candidates if entry["label"] != merged]
    outlines = [f"{DRAWN}{entry['source']}" for entry in candidates]
    return list(dict.fromkeys([first, KEEP, DROP, *classes, *outlines]))


def settled(
    answer: Answer,
    disputes: Mapping[str, Sequence[Mapping[str, Any]]],
    choices: Mapping[tuple[str, int], str],
    answers: Sequence[Answer],
) -> Answer:
    """The consensus with each dispute settled as chosen; one without a choice stays as it is.

    `choices` goes by control and number of the dispute; `answers` are those that the consensus was
    made of, in its order. Raises UnknownChoice.

    >>> car = {"id": "c1", "label": "car", "box": [0, 0, 9, 9]}
    >>> dispute = {"is_kept": True, "object": car, "candidates": []}
    >>> settled({"objects": [car]}, {"objects": [dispute]}, {("objects", 0): "drop"}, [])
    {'objects': []}
    """
    made = dict(answer)
    for control, entries in disputes.items():
        objects = {entry["id"]: entry for entry in made.get(control) or []}
        for number, dispute in enumerate(entries):
            chosen = choices.get((control, number))
            if chosen is None:
                continue
            if chosen not in choices_of(dispute):
                raise UnknownChoice(chosen)
            name = dispute["object"]["id"]
            objects.pop(name, None)
            if chosen != DROP:
                objects[name] = _object(control, dispute, chosen, answers)
        made[control] = list(objects.values())
    return made


def _object(
    control: str, dispute: Mapping[str, Any], chosen: str, answers: Sequence[Answer]
) -> dict[str, Any]:
    merged = dispute["object"]
    if chosen.startswith(NAMED):
        return {**merged, "label": chosen.removeprefix(NAMED)}
    if not chosen.startswith(DRAWN):
        return dict(merged)
    source = int(chosen.removeprefix(DRAWN))
    wanted = next(entry for entry in dispute["candidates"] if entry["source"] == source)
    drawn = next(entry for entry in answers[source][control] if entry["id"] == wanted["id"])
    return {**drawn, "id": merged["id"]}
