"""Tasks of Label Studio, its own and ours, as items with labels."""

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats import detect
from tasks.formats.items import Content, ItemRecord
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tasks.kinds.items import ItemFacts
from tests.tasks.formats import (
    image,
    image_context,
    mutations,
    read,
    record,
    shapes_schema,
    text_context,
    write,
)

WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=9).filter(
    lambda word: word.strip() == word
)
BIRD = {"name": "bird", "type": "choice", "options": [{"value": "robin"}, {"value": "wren"}]}
TREE = {
    "name": "kind",
    "type": "choice",
    "multiple": True,
    "options": [{"value": "animal", "children": [{"value": "dog"}]}, {"value": "plant"}],
}
NAMES = {"name": "entities", "type": "spans", "labels": [{"value": "PER"}]}
STARS = {"name": "stars", "type": "rating", "min": 1, "max": 5}
SCALE = {"name": "scale", "type": "rating", "min": -2, "max": 2}
NOTE = {"name": "note", "type": "text"}
CONTROLS = [BIRD, TREE, NAMES, STARS, SCALE, NOTE]
ATTRIBUTES = [
    {"name": "far", "type": "boolean"},
    {"name": "color", "type": "choice", "options": [{"value": "red"}]},
    {"name": "speed", "type": "number"},
    {"name": "plate", "type": "text"},
]
SPAN = {"id": "e1", "label": "PER", "start": 0, "end": 5, "text": "Hello"}
SHARES = st.floats(0, 1, allow_subnormal=False)


@st.composite
def answers(draw):
    values = {
        "bird": WORDS,
        "kind": st.lists(st.sampled_from(["dog", "plant"]), min_size=1, max_size=2, unique=True),
        "entities": st.just([SPAN]),
        "stars": st.integers(1, 5),
        "scale": st.integers(-2, 2),
        "note": WORDS,
    }
    walk = st.just({"tree": "t", "steps": [["n", "yes"]]})
    if draw(st.integers(0, 3)) == 0:
        return draw(st.fixed_dictionaries({"_undecidable": WORDS}, optional={"_path": walk}))
    return draw(st.fixed_dictionaries({}, optional=values | {"_path": walk}))


@st.composite
def objects(draw):
    """Shapes on an image of 640 by 480, as the tools that Label Studio has draw them."""
    x, y, wide, high = (draw(SHARES) for _ in range(4))
    box = [x * 640, y * 480, 1 + wide * 99, 1 + high * 99]
    ring = [[640 * draw(SHARES), 480 * draw(SHARES)] for _ in range(draw(st.integers(3, 5)))]
    points = [[640 * draw(SHARES), 480 * draw(SHARES), draw(st.integers(1, 2))], [0, 0, 0]]
    attributes = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "far": st.booleans(),
                "color": st.just("red"),
                "speed": st.integers(0, 9),
                "plate": WORDS,
            },
        )
    )
    shape = draw(
        st.sampled_from(
            [
                {"box": box, "rotation": draw(st.sampled_from([0, 30, 90.5]))},
                {"polygon": ring},
                {"keypoints": draw(st.permutations(points))},
            ]
        )
    )
    return {**shape, **({"attributes": attributes} if attributes else {})}


def rounded(value):
    """Without what the way through percents changes, and without a rotation of nothing."""
    if isinstance(value, dict):
        return {
            key: rounded(entry) for key, entry in value.items() if (key, entry) != ("rotation", 0)
        }
    if isinstance(value, list):
        return [rounded(entry) for entry in value]
    return round(value, 6) + 0 if isinstance(value, float) else value


@settings(max_examples=40)
@given(st.lists(st.tuples(answers(), WORDS), min_size=1, max_size=3))
def test_our_own_texts_come_back(labels):
    """Answers and data are equal; of its origin a label says nothing that an import would keep."""
    context = text_context(*CONTROLS)
    records = [
        record(f"i{n}", answer, data={"text": text, "id": 7})
        for n, (answer, text) in enumerate(labels)
    ]
    content, _written = write("label-studio", records, context)
    again = read("label-studio", content, item_type="text", schema=context.schemas[0])
    assert [(item.external_id, item.data) for item in again] == [
        (found.item, found.data) for found in records
    ]
    assert [item.labels[0].answer for item in again] == [found.answer for found in records]
    assert (
        read("label-studio", content, after=1, item_type="text", schema=context.schemas[0])
        == again[1:]
    )


def test_our_own_annotations_come_back_with_their_authors():
    context = replace(text_context(BIRD), has_annotators=True)
    answers = [{"bird": "robin"}, {"_undecidable": "dark"}, {"bird": "wren"}]
    made = [record("a", answer, annotator=f"a{n}") for n, answer in enumerate(answers)]
    content, _written = write("label-studio", made, context)
    [item] = read("label-studio", content, item_type="text", schema=context.schemas[0])
    assert [(label.annotator, label.answer) for label in item.labels] == [
        (found.annotator, found.answer) for found in made
    ]
    for name in ("jsonl", "json", "csv", "csv-raw"):
        content, _written = write(name, made, context)
        rows = read(name.removesuffix("-raw"), content, schema=context.schemas[0])
        assert [(row.labels[0].annotator, row.labels[0].answer) for row in rows] == [
            (found.annotator, found.answer) for found in made
        ]
        assert {row.external_id: row.data for row in rows} == {"a": {"text": "Hello"}}


@settings(max_examples=50)
@given(st.lists(objects(), max_size=3))
def test_our_own_images_come_back(shapes):
    """Geometry is equal to a millionth of a pixel: it goes through percents of the image."""
    schema = shapes_schema(attributes=ATTRIBUTES)
    made = image("birds/a.jpg", shapes)
    content, _written = write("label-studio", [made], image_context(attributes=ATTRIBUTES))
    [item] = read("label-studio", content, item_type="image", schema=schema)
    assert (item.external_id, item.content) == ("birds/a.jpg", Content.ABSENT)
    found = item.labels[0].answer(ItemFacts("image", 640, 480))
    assert rounded(found.get("objects", [])) == rounded(made.answer["objects"])


def task(*results, **over):
    annotation = {"id": 11, "completed_by": 3, "was_cancelled": False, "result": list(results)}
    return {"id": 5, "data": {"image": "/data/upload/1/0a1b2c3d-a%201.jpg"}} | {
        "annotations": [annotation],
        **over,
    }


def result(type_, value, **over):
    frame = {"original_width": 200, "original_height": 100, "image_rotation": 0}
    return {"id": "x1", "type": type_, "from_name": "label", "to_name": "image", "value": value} | (
        frame | over
    )


SIDES = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0}
BOX = result("rectanglelabels", {**SIDES, "rectanglelabels": ["bus"]})


def one(document, schema=None, item_type="image"):
    [found] = read(
        "label-studio",
        json.dumps([document]).encode(),
        item_type=item_type,
        schema=schema or shapes_schema(attributes=ATTRIBUTES),
    )
    return found


def test_an_image_of_a_real_export_is_found_by_its_name():
    item = one(task(BOX))
    assert (item.external_id, item.aliases[0]) == ("a 1.jpg", "0a1b2c3d-a 1.jpg")
    [label] = item.labels
    assert label.annotator == "3"
    known, unknown = (
        label.answer(ItemFacts("image", *size)) for size in ((400, 200), (None, None))
    )
    assert known == {"objects": [{"label": "bus", "box": [40, 40, 120, 80]}]}
    assert unknown["objects"][0]["box"] == [20, 20, 60, 40]


@pytest.mark.parametrize(
    ("person", "annotator"),
    [
        (3, "3"),
        ({"id": 3, "email": "ana@example.org"}, "ana@example.org"),
        ({"id": 3, "email": "", "username": "ana"}, "ana"),
        (None, None),
    ],
)
def test_who_annotated_is_named(person, annotator):
    [label] = one(task(annotations=[{"result": [BOX], "completed_by": person}])).labels
    assert label.annotator == annotator


def test_predictions_are_those_of_a_model():
    prediction = {"result": [BOX], "score": 0.75, "model_version": "v2"}
    person, model = one(task(BOX, predictions=[prediction])).labels
    assert (person.model, model.model, model.model_version, model.score) == (
        None,
        "label-studio",
        "v2",
        0.75,
    )
    assert model.field == "predictions[0]"


def test_what_was_skipped_there_is_no_label():
    assert one(task(annotations=[{"result": [], "was_cancelled": True}])).labels == ()


def test_shapes_and_labels_of_one_region_belong_together():
    drawn = result("rectangle", SIDES)
    named = result("labels", {**SIDES, "labels": ["car"]}, from_name="class")
    color = result("choices", {**SIDES, "choices": ["red"]}, from_name="color")
    [found] = (
        one(task(drawn, named, color)).labels[0].answer(ItemFacts("image", 100, 100))["objects"]
    )
    assert found == {
        "label": "car",
        "box": [10, 20, 30, 40],
        "attributes": {"color": "red"},
    }


def test_a_single_point_is_read_where_the_skeleton_has_one():
    point = result("keypointlabels", {"x": 50, "y": 50, "keypointlabels": ["car"]})
    assert one(task(point)).code == "point_without_skeleton"
    schema = shapes_schema("keypoint", skeleton={"names": ["middle"], "edges": []})
    [label] = one(task(point), schema).labels
    facts = ItemFacts("image", 100, 100)
    assert label.answer(facts) == {"objects": [{"label": "car", "keypoints": [[50, 50, 2]]}]}


def test_a_text_of_a_real_export_goes_by_type_to_its_controls():
    review = {"id": 5, "data": {"review": "Hello Ana"}, "annotations": []}
    values = [
        ("labels", {"start": 6, "end": 9, "text": "Ana", "labels": ["PER"]}),
        ("choices", {"choices": ["wren"]}),
        ("taxonomy", {"taxonomy": [["animal", "dog"], ["plant"]]}),
        ("rating", {"rating": 4.0}),
        ("textarea", {"text": ["one", "two"]}),
        ("relation", {}),
    ]
    found = [
        result(kind, value, id=f"x{n}", from_name="tag") for n, (kind, value) in enumerate(values)
    ]
    schema = {"controls": [BIRD, TREE, NAMES, STARS, NOTE]}
    item = one(review | {"annotations": [{"result": found}]}, schema, "text")
    assert (item.external_id, item.data) == ("5", {"text": "Hello Ana"})
    assert item.labels[0].answer == {
        "entities": [{"label": "PER", "start": 6, "end": 9, "text": "Ana"}],
        "bird": "wren",
        "kind": ["dog", "plant"],
        "stars": 4,
        "note": "one\ntwo",
    }


@pytest.mark.parametrize("start", [2, 3])
def test_offsets_of_a_browser_are_known_by_the_text_that_they_cover(start):
    span = result("labels", {"start": start, "end": start + 3, "text": "Ana", "labels": ["PER"]})
    item = one(task(span, data={"text": "👍 Ana"}), {"controls": [NAMES]}, "text")
    [found] = item.labels[0].answer["entities"]
    assert (found["start"], found["end"]) == (2, 5)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"type": "brushlabels"}, "result_not_supported", "annotations[0].result[0]"),
        ({"type": None}, "missing_type", "annotations[0].result[0].type"),
        ({"value": {**SIDES}}, "missing_label", "annotations[0].result[0]"),
        (
            {"value": {**BOX["value"], "x": "10"}},
            "not_a_number",
            "annotations[0].result[0].value.x",
        ),
        (
            {"type": "choices", "value": {"choices": ["a"]}},
            "no_control",
            "annotations[0].result[0]",
        ),
    ],
)
def test_a_result_that_cannot_be_read_is_named(changed, code, field):
    problem = one(task({**BOX, **changed}))
    assert (problem.code, problem.field, problem.row) == (code, field, 1)


def test_two_answers_to_one_control_are_not_mixed():
    twice = [result("choices", {"choices": ["wren"]}, id=f"x{n}") for n in range(2)]
    found = one(task(*twice, data={"text": "x"}), {"controls": [BIRD]}, "text")
    assert (found.code, found.field) == ("said_twice", "annotations[0].result[1]")


def test_without_a_schema_tasks_are_items_only():
    [item] = read("label-studio", json.dumps([task(BOX)]).encode(), item_type="image")
    assert item.labels == ()


def test_json_min_is_refused_with_the_way_out():
    row = {"image": "a.jpg", "id": 1, "annotator": 1, "annotation_id": 2, "lead_time": 3.5}
    with pytest.raises(FileRefused) as refusal:
        detected(json.dumps([row]).encode())
    assert refusal.value.problem.code == "json_min"
    assert detected(json.dumps([task(BOX)]).encode()) == "label-studio"
    assert detected(b'[{"id": 1, "data": {"text": "x"}}]') == "label-studio"


def detected(content):
    return detect(io.BytesIO(content))


def test_nothing_in_a_task_makes_the_reader_fail_in_an_unknown_way():
    schema = shapes_schema(attributes=ATTRIBUTES)
    schema["controls"] += CONTROLS
    points = {"x": 1, "y": 2, "keypointlabels": ["car"]}
    results = [
        BOX,
        result("choices", {"choices": ["red"]}, from_name="color"),
        result("polygonlabels", {"points": [[1, 2]], "polygonlabels": ["car"]}, id="p"),
        result("keypointlabels", points, id="objects.o1.0", meta={"text": ["head", "occluded"]}),
        result("labels", {"start": 0, "end": 1, "labels": ["PER"]}, id="s"),
        result("taxonomy", {"taxonomy": [["animal", "dog"]]}, id="t"),
        result("textarea", {"text": ["x"]}, id="n"),
    ]
    person = {"email": "ana@example.org"}
    annotation = {"result": results, "completed_by": person, "was_cancelled": False}
    document = task(
        annotations=[annotation],
        predictions=[{"result": [BOX], "score": 1, "model_version": "a"}],
        meta={"item": "a", "annotators": [{"annotator": "a1", "path": {"tree": "t"}}]},
        data={"image": "a.jpg", "text": "x"},
    )
    content = json.dumps([document, *mutations(document)]).encode()
    for item_type in ("image", "text"):
        rows = read("label-studio", content, item_type=item_type, schema=schema)
        assert isinstance(rows[0], ItemRecord)
        for row in rows:
            assert isinstance(row, ItemRecord | Problem)
            for label in row.labels if isinstance(row, ItemRecord) else ():
                if callable(label.answer):
                    try:
                        label.answer(ItemFacts("image", 640, 480))
                    except RowRefused:
                        continue
