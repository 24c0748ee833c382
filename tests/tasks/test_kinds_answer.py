import pytest

from tasks.kinds import AnswerError, ItemFacts
from tasks.kinds.answer import agree, equal, summary, validate_answer
from tasks.kinds.schema import validate_schema

IMAGE = ItemFacts("image", width=640, height=480)
TEXT = ItemFacts("text", text="Alice 👋 met Bob in Zürich")
ATTRIBUTES = [
    {"name": "occluded", "type": "boolean"},
    {"name": "view", "type": "choice", "options": [{"value": "front"}, {"value": "back"}]},
    {"name": "plate", "type": "text"},
    {"name": "doors", "type": "number", "min": 2, "max": 5},
]
ON_IMAGES = validate_schema(
    {
        "controls": [
            {
                "name": "species",
                "type": "choice",
                "options": [{"value": "robin", "title": "Robin"}, {"value": "crow"}],
            },
            {
                "name": "parts",
                "type": "choice",
                "multiple": True,
                "options": [{"value": "wing"}, {"value": "tail"}],
            },
            {
                "name": "objects",
                "type": "shapes",
                "labels": [{"value": "car", "attributes": ATTRIBUTES}, {"value": "bus"}],
            },
            {"name": "note", "type": "text", "max_length": 10},
            {"name": "severity", "type": "rating"},
        ]
    },
    "image",
)
ON_TEXTS = validate_schema(
    {
        "controls": [
            {"name": "entities", "type": "spans", "labels": [{"value": "PER"}, {"value": "LOC"}]}
        ]
    },
    "text",
)


def car(**over):
    return {"id": "a1", "label": "car", "box": [10.5, 20, 200, 80], **over}


def person(**over):
    return {"id": "e1", "label": "PER", "start": 0, "end": 5, **over}


def test_a_full_answer_is_accepted_and_filled_in():
    answer = {
        "species": "robin",
        "parts": ["tail", "wing"],
        "objects": [
            car(rotation=-90, attributes={"doors": 4, "view": "front"}, box=[100, 100, 50, 20])
        ],
        "note": "e\u0301 kept",
        "severity": 3,
        "_path": {"tree": "t1", "steps": [["1", "yes"], ["2", "no"]]},
    }
    valid = validate_answer(ON_IMAGES, answer, IMAGE)
    assert valid["parts"] == ["wing", "tail"]
    assert valid["objects"][0]["rotation"] == 270
    assert valid["objects"][0]["attributes"] == {"view": "front", "doors": 4}
    assert valid["note"] == "e\u0301 kept"
    assert valid["_path"] == {"tree": "t1", "steps": [["1", "yes"], ["2", "no"]]}
    assert validate_answer(ON_IMAGES, valid, IMAGE) == valid


def test_spans_count_code_points_and_may_overlap():
    spans = [
        person(),
        {"label": "PER", "start": 12, "end": 15, "text": "Bob"},
        person(id="e3", end=15),
        person(id="e4", label="LOC"),
    ]
    valid = validate_answer(ON_TEXTS, {"entities": spans}, TEXT)["entities"]
    assert [span["text"] for span in valid] == ["Alice", "Bob", "Alice 👋 met Bob", "Alice"]
    assert len({span["id"] for span in valid}) == 4


def test_an_undecidable_item_needs_no_answer_even_to_required_controls():
    schema = {"controls": [{**ON_IMAGES["controls"][0], "required": True}]}
    walked = {"tree": "t1", "steps": [["1", "yes"]]}
    assert validate_answer(schema, {"_undecidable": "dark", "_path": walked}, IMAGE) == {
        "_undecidable": "dark",
        "_path": walked,
    }


@pytest.mark.parametrize(
    ("name", "empty"), [("species", None), ("parts", []), ("objects", []), ("note", "  ")]
)
def test_a_required_control_must_be_answered(name, empty):
    control = next(control for control in ON_IMAGES["controls"] if control["name"] == name)
    schema = {"controls": [{**control, "required": True}]}
    for answer in ({}, {name: empty} if empty is not None else {}):
        with pytest.raises(AnswerError) as caught:
            validate_answer(schema, answer, IMAGE)
        assert (caught.value.code, caught.value.path) == ("required", name)


@pytest.mark.parametrize(
    ("rotation", "stored"),
    [(0, 0), (360, 0), (-90, 270), (1e9, 1e9 % 360), (-1e-20, 0), (450.5, 90.5)],
)
def test_rotation_is_stored_below_360(rotation, stored):
    answer = {"objects": [car(box=[200, 200, 20, 20], rotation=rotation)]}
    assert validate_answer(ON_IMAGES, answer, IMAGE)["objects"][0]["rotation"] == stored


def test_a_turned_box_is_measured_where_it_lies():
    # Upright it would reach beyond the lower edge; turned by 90 degrees it does not.
    standing = car(box=[300, 380, 20, 120])
    lying = car(box=[300, 380, 20, 120], rotation=90)
    with pytest.raises(AnswerError):
        validate_answer(ON_IMAGES, {"objects": [standing]}, IMAGE)
    assert validate_answer(ON_IMAGES, {"objects": [lying]}, IMAGE)


BAD_BOXES = [
    ("partly outside", car(box=[600, 10, 41, 10]), "outside_image", ".box"),
    ("below", car(box=[0, 400, 10, 81]), "outside_image", ".box"),
    ("negative", car(box=[-1, 10, 20, 10]), "outside_image", ".box"),
    ("far outside", car(box=[1e11, 10, 20, 10]), "outside_image", ".box"),
    ("zero wide", car(box=[1, 1, 0, 10]), "bad_box", ".box"),
    ("negative size", car(box=[10, 10, -5, 10]), "bad_box", ".box"),
    ("sub-normal size", car(box=[1, 1, 1e-320, 10]), "bad_box", ".box"),
    ("NaN", car(box=[float("nan"), 1, 5, 5]), "not_finite", ".box[0]"),
    ("infinite", car(box=[1, 1, float("inf"), 5]), "not_finite", ".box[2]"),
    ("huge", car(box=[1, 1, 10**30, 5]), "number_out_of_range", ".box[2]"),
    ("5,000 digits", car(box=[1, 1, 10**5000, 5]), "number_out_of_range", ".box[2]"),
    ("three numbers", car(box=[1, 1, 5]), "bad_box", ".box"),
    ("five numbers", car(box=[1, 1, 5, 5, 5]), "too_many", ".box"),
    ("text in a box", car(box=["1", 1, 5, 5]), "wrong_type", ".box[0]"),
    ("boolean in a box", car(box=[True, 1, 5, 5]), "wrong_type", ".box[0]"),
    ("box missing", {"id": "a", "label": "car"}, "missing_key", ".box"),
    ("rotation NaN", car(rotation=float("nan")), "not_finite", ".rotation"),
    ("rotation as text", car(rotation="90"), "wrong_type", ".rotation"),
    ("unknown label", car(label="cra"), "unknown_label", ".label"),
    ("label in capitals", car(label="Car"), "unknown_label", ".label"),
    ("label missing", {"id": "a", "box": [1, 1, 5, 5]}, "missing_key", ".label"),
    ("polygon", {"id": "a", "label": "car", "polygon": []}, "tool_not_available", ".polygon"),
    ("unknown key", car(colour="red"), "unknown_key", ".colour"),
    ("id as number", car(id=1), "wrong_type", ".id"),
    ("empty id", car(id=""), "empty", ".id"),
    ("long id", car(id="a" * 201), "too_long", ".id"),
    (
        "unknown attribute",
        car(attributes={"ocluded": True}),
        "unknown_attribute",
        ".attributes.ocluded",
    ),
    (
        "attribute of another label",
        car(label="bus", attributes={"doors": 3}),
        "unknown_attribute",
        ".attributes.doors",
    ),
    ("boolean as text", car(attributes={"occluded": "true"}), "wrong_type", ".attributes.occluded"),
    ("boolean as number", car(attributes={"occluded": 1}), "wrong_type", ".attributes.occluded"),
    ("unknown option", car(attributes={"view": "side"}), "unknown_option", ".attributes.view"),
    ("number too high", car(attributes={"doors": 6}), "number_out_of_range", ".attributes.doors"),
    (
        "attribute text with null",
        car(attributes={"plate": "\x00"}),
        "null_byte",
        ".attributes.plate",
    ),
    ("attributes as list", car(attributes=[]), "wrong_type", ".attributes"),
    ("object is a text", "car", "wrong_type", ""),
]


@pytest.mark.parametrize(
    ("drawn", "code", "path"), [case[1:] for case in BAD_BOXES], ids=[case[0] for case in BAD_BOXES]
)
def test_a_bad_box_is_refused_with_code_and_path(drawn, code, path):
    fine = {"label": "bus", "box": [0, 0, 640, 480]}
    with pytest.raises(AnswerError) as caught:
        validate_answer(ON_IMAGES, {"objects": [fine, drawn]}, IMAGE)
    assert (caught.value.code, caught.value.path) == (code, f"objects[1]{path}")


def test_a_box_outside_the_image_is_told_both_numbers():
    with pytest.raises(AnswerError, match=r"from 600 to 641; the image width is 640"):
        validate_answer(ON_IMAGES, {"objects": [car(box=[600, 10, 41, 10])]}, IMAGE)


BAD_SPANS = [
    ("upside down", person(start=5, end=0), "bad_span", ""),
    ("of no length", person(start=5, end=5), "bad_span", ""),
    ("negative", person(start=-1), "bad_span", ""),
    ("beyond the text", person(end=27), "bad_span", ""),
    ("half a character", person(end=4.5), "wrong_type", ".end"),
    ("boolean", person(end=True), "wrong_type", ".end"),
    ("end missing", {"label": "PER", "start": 0}, "missing_key", ".end"),
    ("another text", person(text="Alise"), "span_text_differs", ".text"),
    ("UTF-16 offsets", person(start=13, end=16, text="Bob"), "span_text_differs", ".text"),
    ("text as number", person(text=5), "span_text_differs", ".text"),
    ("unknown label", person(label="ORG"), "unknown_label", ".label"),
    ("unknown key", person(box=[1]), "unknown_key", ".box"),
]


@pytest.mark.parametrize(
    ("span", "code", "path"), [case[1:] for case in BAD_SPANS], ids=[case[0] for case in BAD_SPANS]
)
def test_a_bad_span_is_refused_with_code_and_path(span, code, path):
    with pytest.raises(AnswerError) as caught:
        validate_answer(ON_TEXTS, {"entities": [span]}, TEXT)
    assert (caught.value.code, caught.value.path) == (code, f"entities[0]{path}")


def test_a_span_beyond_the_text_is_told_the_length_and_the_unit():
    with pytest.raises(AnswerError, match="the text of 25 code points"):
        validate_answer(ON_TEXTS, {"entities": [person(end=99)]}, TEXT)


BAD_ANSWERS = [
    ("a list", [], "wrong_type", ""),
    ("null", None, "wrong_type", ""),
    ("unknown control", {"specise": "robin"}, "unknown_control", "specise"),
    ("unknown reserved", {"_note": 1}, "unknown_control", "_note"),
    ("unknown option", {"species": "robbin"}, "unknown_option", "species"),
    ("null option", {"species": None}, "wrong_type", "species"),
    ("list for a single choice", {"species": ["robin"]}, "wrong_type", "species"),
    ("text for several", {"parts": "wing"}, "wrong_type", "parts"),
    ("option twice", {"parts": ["wing", "wing"]}, "duplicate_value", "parts[1]"),
    ("list in a list", {"parts": [["wing"]]}, "wrong_type", "parts[0]"),
    ("objects as mapping", {"objects": {}}, "wrong_type", "objects"),
    ("5,001 objects", {"objects": [car()] * 5001}, "too_many", "objects"),
    ("id twice", {"objects": [car(), car()]}, "duplicate_id", "objects[1].id"),
    ("long text", {"note": "a" * 11}, "too_long", "note"),
    ("null byte", {"note": "a\x00b"}, "null_byte", "note"),
    ("lone surrogate", {"note": "\udfff"}, "bad_unicode", "note"),
    ("rating as text", {"severity": "3"}, "wrong_type", "severity"),
    ("rating as boolean", {"severity": True}, "wrong_type", "severity"),
    ("half a rating", {"severity": 3.5}, "wrong_type", "severity"),
    ("rating off the scale", {"severity": 6}, "number_out_of_range", "severity"),
    ("rating of 5,000 digits", {"severity": 10**5000}, "number_out_of_range", "severity"),
    (
        "undecidable and a value",
        {"_undecidable": "x", "species": "robin"},
        "undecidable_with_values",
        "_undecidable",
    ),
    ("undecidable without reason", {"_undecidable": " "}, "empty", "_undecidable"),
    ("undecidable as boolean", {"_undecidable": True}, "wrong_type", "_undecidable"),
    ("path as text", {"_path": "yes"}, "wrong_type", "_path"),
    ("path as list", {"_path": [["1", "yes"]]}, "wrong_type", "_path"),
    ("path without a tree", {"_path": {"steps": [["1", "yes"]]}}, "missing_key", "_path.tree"),
    ("path of numbers", {"_path": {"tree": "t", "steps": [1]}}, "wrong_type", "_path.steps[0]"),
    (
        "path with a perhaps",
        {"_path": {"tree": "t", "steps": [["1", "perhaps"]]}},
        "unknown_value",
        "_path.steps[0]",
    ),
    ("path without steps", {"_path": {"tree": "t", "steps": []}}, "empty", "_path.steps"),
]


@pytest.mark.parametrize(
    ("answer", "code", "path"),
    [case[1:] for case in BAD_ANSWERS],
    ids=[case[0] for case in BAD_ANSWERS],
)
def test_a_bad_answer_is_refused_with_code_and_path(answer, code, path):
    with pytest.raises(AnswerError) as caught:
        validate_answer(ON_IMAGES, answer, IMAGE)
    assert (caught.value.code, caught.value.path) == (code, path)


def test_objects_of_all_controls_are_counted_together():
    second = {**ON_IMAGES["controls"][2], "name": "more"}
    drawn = [{"label": "bus", "box": [n % 99, 0, 1, 1]} for n in range(2501)]
    with pytest.raises(AnswerError) as caught:
        validate_answer(
            {"controls": [ON_IMAGES["controls"][2], second]},
            {"objects": drawn, "more": drawn},
            IMAGE,
        )
    assert caught.value.code == "too_many"


def test_an_unknown_option_is_answered_with_the_nearest_one():
    with pytest.raises(AnswerError) as caught:
        validate_answer(ON_IMAGES, {"species": "ROBBIN"}, IMAGE)
    assert str(caught.value.hint) == 'Did you mean "robin"?'


def test_a_message_shows_nothing_invisible_and_nothing_long():
    with pytest.raises(AnswerError) as caught:
        validate_answer(ON_IMAGES, {"species": "\u202e" + "x" * 100_000}, IMAGE)
    assert "\u202e" not in caught.value.message
    assert len(caught.value.message) < 200


def test_braces_in_a_value_do_not_break_the_message():
    with pytest.raises(AnswerError, match=r"\{value\}"):
        validate_answer(ON_IMAGES, {"species": "{value}{0}"}, IMAGE)


def test_the_answer_is_summed_up_in_the_words_of_the_schema():
    answer = {
        "species": "robin",
        "parts": ["wing", "tail"],
        "objects": [car(), car(id="b")],
        "severity": 4,
    }
    assert summary(ON_IMAGES, answer) == "Robin; wing, tail; car × 2; 4 / 5"
    assert summary(ON_IMAGES, {"_undecidable": "dark"}) == "dark"


def test_absent_and_empty_are_the_same_answer():
    assert equal(ON_IMAGES, {"objects": [], "note": " "}, {})
    assert agree(ON_IMAGES, {"objects": [], "note": " "}, {})
    assert not agree(ON_IMAGES, {"objects": [car()]}, {})


def test_reasons_for_undecidable_do_not_set_answers_apart():
    assert equal(ON_IMAGES, {"_undecidable": "dark"}, {"_undecidable": "blurred"})
    assert not equal(ON_IMAGES, {"_undecidable": "dark"}, {})
    assert not agree(ON_IMAGES, {"_undecidable": "dark"}, {"species": "robin"})
