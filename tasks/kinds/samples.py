"""Random valid answers, for simulated annotators."""

import random
from typing import Any

from tasks.kinds import kind_of
from tasks.kinds.items import ItemFacts

WORDS = ("small", "bird", "on", "a", "branch")


def sample_answer(schema: dict[str, Any], item: ItemFacts, rng: random.Random) -> dict[str, Any]:
    """An answer that the schema accepts for the item; the same for the same generator state.

    >>> schema = {"controls": [{"name": "sharp", "type": "rating", "min": 1, "max": 1}]}
    >>> sample_answer(schema, ItemFacts("text"), random.Random(1))
    {'sharp': 1}
    """
    return {control["name"]: _value(control, item, rng) for control in schema["controls"]}


def _value(control: dict[str, Any], item: ItemFacts, rng: random.Random) -> Any:
    match control["type"]:
        case "choice":
            chosen = rng.choice(kind_of(control).classes(control))
            return [chosen] if control.get("multiple", False) else chosen
        case "rating":
            return rng.randint(control["min"], control["max"])
        case "text":
            return rng.choice(WORDS)[: control.get("max_length", len("branch"))]
        case "shapes":
            return [_shape(control, item, rng)]
        case "spans":
            return [_span(control, item, rng)]
    raise ValueError(f"No sample for {control['type']}.")


def _shape(control: dict[str, Any], item: ItemFacts, rng: random.Random) -> dict[str, Any]:
    label = rng.choice(control["labels"])
    return {
        "id": f"s{rng.randrange(10**6)}",
        "label": label["value"],
        **_geometry(control, item, rng),
        "attributes": {
            attribute["name"]: _attribute(attribute, rng)
            for attribute in label.get("attributes", [])
        },
    }


def _geometry(control: dict[str, Any], item: ItemFacts, rng: random.Random) -> dict[str, Any]:
    """A box, or the corners of one under another name."""
    width, height = item.width or 10, item.height or 10
    left, top = round(rng.uniform(0, width / 2), 1), round(rng.uniform(0, height / 2), 1)
    right, bottom = left + round(width / 4, 1), top + round(height / 4, 1)
    around = [[left, top], [right, top], [right, bottom], [left, bottom]]
    match rng.choice(control.get("tools", ["box"])):
        case "polygon":
            return {"polygon": around}
        case "polyline":
            return {"polyline": around}
        case "keypoint":
            names = control["skeleton"]["names"]
            return {"keypoints": [[*around[n % 4], 2] for n in range(len(names))]}
    return {"box": [left, top, round(width / 4, 1), round(height / 4, 1)]}


def _attribute(attribute: dict[str, Any], rng: random.Random) -> Any:
    match attribute["type"]:
        case "boolean":
            return rng.random() < 0.5
        case "choice":
            return rng.choice(attribute["options"])
        case "number":
            return 1
    return "sample"


def _span(control: dict[str, Any], item: ItemFacts, rng: random.Random) -> dict[str, Any]:
    text = item.text or ""
    start = rng.randrange(max(1, len(text)))
    end = min(len(text), start + rng.randint(1, 8))
    return {
        "id": f"s{rng.randrange(10**6)}",
        "label": rng.choice(control["labels"])["value"],
        "start": start,
        "end": end,
        "text": text[start:end],
    }
