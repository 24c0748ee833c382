"""C 41-52: answers and predictions whose shapes and spans cannot be.

The image is 640 x 480; the text has 25 code points, one of which is an emoji.
"""

import json
from dataclasses import dataclass
from typing import Any

TEXT = "Alice 👋 met Bob in Zürich"
IMAGES = {
    "name": "objects",
    "type": "shapes",
    "tools": ["box", "polygon"],
    "labels": [{"value": "car"}, {"value": "bus"}],
}
TEXTS = {"name": "entities", "type": "spans", "labels": [{"value": "PER"}, {"value": "LOC"}]}
SCHEMAS = {"image": {"controls": [IMAGES]}, "text": {"controls": [TEXTS]}}
SQUARE = [[10, 10], [50, 10], [50, 50], [10, 50]]


@dataclass(frozen=True)
class BadAnswer:
    """One object or span of an answer; without a code it must be taken."""

    row: int
    name: str
    item_type: str
    drawn: dict[str, Any]
    code: str = ""
    field: str = ""

    @property
    def answer(self) -> dict[str, Any]:
        control = {"image": "objects", "text": "entities"}[self.item_type]
        return {control: [self.drawn]}

    @property
    def path(self) -> str:
        """Where the message must point to."""
        return f"{next(iter(self.answer))}[0]{self.field}"

    def __str__(self) -> str:
        return f"{self.row} {self.name}"


def car(row, name, code="", field=".box", **over):
    return BadAnswer(row, name, "image", {"label": "car", **over}, code, field)


def person(row, name, code="", field="", **over):
    drawn = {"label": "PER", "start": 0, "end": 5, **over}
    return BadAnswer(row, name, "text", drawn, code, field)


ANSWERS = [
    car(41, "outside", "outside_image", box=[700, 10, 20, 10]),
    car(41, "partly outside", "outside_image", box=[630, 10, 20, 10]),
    car(41, "negative place", "outside_image", box=[-1, 10, 20, 10]),
    car(41, "negative size", "bad_box", box=[30, 10, -20, 10]),
    car(41, "no size", "bad_box", box=[30, 10, 0, 10]),
    car(41, "smaller than a number", "number_out_of_range", ".box[2]", box=[30, 10, 1e-320, 10]),
    car(42, "corners as a size", "outside_image", box=[300, 200, 600, 400]),
    car(43, "two points", "too_few_points", ".polygon", polygon=SQUARE[:2]),
    car(43, "one point many times", "bad_polygon", ".polygon", polygon=[[5, 5]] * 9),
    car(43, "100,000 points", "too_many", ".polygon", polygon=SQUARE * 25_000),
    car(
        43,
        "hole outside",
        "hole_outside",
        ".holes[0][0]",
        polygon=SQUARE,
        holes=[[[60, 60], [70, 60], [70, 70]]],
    ),
    car(43, "crossing itself", polygon=[[0, 0], [90, 80], [90, 0], [0, 80]]),
    car(44, "turned a lot", box=[200, 200, 20, 10], rotation=1e9),
    car(
        44,
        "turned by nothing",
        "not_finite",
        ".rotation",
        box=[200, 200, 20, 10],
        rotation=float("nan"),
    ),
    car(44, "turned by a text", "wrong_type", ".rotation", box=[200, 200, 20, 10], rotation="90"),
    car(45, "mask", "tool_not_available", ".mask", mask={"size": [2, 2], "counts": "99"}),
    person(46, "upside down", "bad_span", start=5, end=0),
    person(46, "of no length", "bad_span", start=5),
    person(46, "beyond the text", "bad_span", end=26),
    person(46, "negative", "bad_span", start=-1),
    person(47, "UTF-16 offsets", "span_text_differs", ".text", start=13, end=16, text="Bob"),
    person(47, "code points", start=12, end=15, text="Bob"),
    person(50, "unknown label", "unknown_label", ".label", label="ORG"),
    person(50, "label in small letters", "unknown_label", ".label", label="per"),
    car(50, "label of another project", "unknown_label", ".label", label="robin", box=[1, 1, 9, 9]),
]
KINDS, ANSWERED = "tests/tasks/test_kinds_answer.py", "tests/tasks/test_predictions_api.py"
COVERED = {
    44: [f"{KINDS}::test_rotation_is_stored_below_360"],
    45: ["tests/tasks/test_kinds_doctests.py::test_the_examples_in_the_docstrings_are_true"],
    49: [f"{KINDS}::test_spans_count_code_points_and_may_overlap"],
    52: [f"{ANSWERED}::test_sent_twice_it_is_stored_once"],
}

# 48: what editors and programs like to tidy up.
EXACT_TEXTS = [
    "one\r\ntwo\rthree\n",
    "e\u0301 is not \u00e9",
    " \ufeffspaces\u00a0 ",
    "a\u2028b\u0085c",
]


@dataclass(frozen=True)
class BadPredictions:
    """The body of a request, as bytes: much of it is no JSON that Python would write."""

    row: int
    name: str
    body: bytes
    status: int
    code: str

    def __str__(self) -> str:
        return f"{self.row} {self.name}"


def predicted(row, name, status, code, *, more="", model_version="1", count=1, item="here"):
    """`more` is put as it is into each of the predictions."""
    one = f'{{"item": {json.dumps(item)}, "answer": {{}}{more}}}'
    body = (
        f'{{"project": "SLUG", "model": "m", "model_version": {json.dumps(model_version)}, '
        f'"predictions": [{", ".join([one] * count)}]}}'
    )
    return BadPredictions(row, name, body.encode(), status, code)


PREDICTIONS = [
    predicted(51, "10,000 at once", 400, "invalid", count=10_000),
    predicted(51, "score above 1", 400, "not_a_probability", more=', "score": 1.01'),
    predicted(51, "score below 0", 400, "not_a_probability", more=', "score": -0.01'),
    predicted(51, "score that is none", 400, "not_finite", more=', "score": NaN'),
    predicted(51, "score of a text", 400, "not_a_probability", more=', "score": "0.5"'),
    predicted(51, "no version", 400, "invalid", model_version=""),
    predicted(51, "version of spaces", 400, "invalid", model_version="  "),
    predicted(51, "foreign item", 400, "unknown_item", item="theirs"),
    predicted(51, "no such item", 400, "unknown_item", item="nowhere"),
    BadPredictions(52, "large body", b" " * (6 * 2**20), 413, "too_large"),
    BadPredictions(
        52, "packed body", b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\0" * 99, 400, "encoding"
    ),
]
