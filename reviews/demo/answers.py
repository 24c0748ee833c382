"""Simulated annotators: each answers from the truth, with mistakes of their own kind."""

import random
from dataclasses import dataclass
from typing import Any

from reviews.demo.pictures import SCENE_SIZE, Picture
from reviews.demo.texts import Text

# Handwritten digits that people take for one another.
LOOKALIKES = {"1": "7", "7": "1", "3": "8", "8": "3", "4": "9", "9": "4", "5": "6", "6": "0"}
SPAN_CLASSES = ("PERSON", "ORG", "PLACE")
Answer = dict[str, Any]


@dataclass(frozen=True)
class Skill:
    """How a simulated person works: share of right answers, pixels of shake, seconds an item."""

    username: str
    name: str
    accuracy: float
    shake: float
    seconds: int


CREW = (
    Skill("sim-careful", "Simulated: careful", accuracy=0.98, shake=1.5, seconds=9),
    Skill("sim-steady", "Simulated: steady", accuracy=0.94, shake=3, seconds=6),
    Skill("sim-hasty", "Simulated: hasty", accuracy=0.82, shake=9, seconds=2),
    Skill("sim-learner", "Simulated: learner", accuracy=0.88, shake=6, seconds=12),
)


def digit_answer(picture: Picture, skill: Skill, generator: random.Random) -> Answer:
    if generator.random() < skill.accuracy:
        return {"digit": picture.digit}
    guess = LOOKALIKES.get(picture.digit) or str(generator.randrange(10))
    return {"digit": guess}


def scene_answer(picture: Picture, skill: Skill, generator: random.Random) -> Answer:
    seen = [box for box in picture.boxes if generator.random() < skill.accuracy]
    return {
        "notes": [
            {"id": f"b{number}", "label": "note", "box": _shaken(box, skill, generator)}
            for number, box in enumerate(seen, 1)
        ]
    }


def _shaken(box: tuple[int, int, int, int], skill: Skill, generator: random.Random) -> list[float]:
    x, y, width, height = (value + generator.gauss(0, skill.shake) for value in box)
    x, y = max(0.0, x), max(0.0, y)
    return [
        round(x, 1),
        round(y, 1),
        round(min(max(8.0, width), SCENE_SIZE[0] - x - 0.1), 1),
        round(min(max(8.0, height), SCENE_SIZE[1] - y - 0.1), 1),
    ]


def text_answer(text: Text, skill: Skill, generator: random.Random) -> Answer:
    spans = []
    for number, (label, start, end) in enumerate(text.spans, 1):
        if generator.random() > skill.accuracy:
            continue
        if generator.random() > skill.accuracy:
            label = generator.choice(SPAN_CLASSES)
        spans.append({"id": f"s{number}", "label": label, "start": start, "end": end})
    return {"names": spans}
