"""Rules of a schema: what is accepted as one, and what an answer breaks."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.kinds import ItemFacts, SchemaError
from tasks.kinds.broken import TEMPLATES, broken
from tasks.kinds.outlines import shared_area
from tasks.kinds.regions import area, overlap, region_of, share_inside
from tasks.kinds.rules import RULE_TYPES, validate_rules
from tasks.kinds.schema import validate_schema
from tasks.reports.editor_strings import editor_strings

# The same table that frontend/tests/rules.test.ts reads.
TABLE = json.loads((Path(__file__).resolve().parents[1] / "rule_cases.json").read_text())
CONTROLS = TABLE["controls"]


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_the_server_finds_what_the_editor_finds(case):
    rules = validate_rules(case["rules"], CONTROLS)
    assert rules == case["rules"]
    schema = {"controls": CONTROLS, "rules": rules}
    found = broken(schema, case["answer"], ItemFacts("image", **case["item"]))
    assert [asdict(entry) for entry in found] == case["broken"]


def test_the_table_knows_every_type_and_every_sentence():
    assert {rule["type"] for case in TABLE["cases"] for rule in case["rules"]} == set(RULE_TYPES)
    assert {found["code"] for case in TABLE["cases"] for found in case["broken"]} == set(TEMPLATES)


def test_both_sides_say_the_same_sentences():
    strings = editor_strings()
    said = {code: strings[f"rule_{code}"] for code in TEMPLATES if code != "message"}
    assert said | {"message": "{message}"} == TEMPLATES


def rule(**over):
    return {"id": "r1", "type": "count", "control": "objects", "max": 3} | over


@pytest.mark.parametrize(
    ("raw", "path", "sentence"),
    [
        ({"rules": 1}, "rules", "Expected a list"),
        ({"rules": [1]}, "rules[0]", "Expected an object"),
        ({"rules": [{}]}, "rules[0].type", "missing"),
        ({"rules": [rule(type="coutn")]}, "rules[0].type", "not known"),
        ({"rules": [rule(), rule()]}, "rules[1].id", "used twice"),
        ({"rules": [rule(id="R 1")]}, "rules[0].id", "not a name"),
        ({"rules": [rule(control="object")]}, "rules[0].control", "not known"),
        ({"rules": [rule(control="note")]}, "rules[0].control", "cannot speak of"),
        ({"rules": [rule(label="cra")]}, "rules[0].label", "not known"),
        ({"rules": [rule(max=-1)]}, "rules[0].max", "not between"),
        ({"rules": [rule(max=1.5)]}, "rules[0].max", "whole number"),
        ({"rules": [rule(max=True)]}, "rules[0].max", "Expected a number"),
        ({"rules": [rule(min=4)]}, "rules[0].max", "below the minimum"),
        ({"rules": [rule(mx=4)]}, "rules[0].mx", "not known"),
        ({"rules": [rule(severity="error")]}, "rules[0].severity", "not known"),
        ({"rules": [rule(message=" ")]}, "rules[0].message", "empty"),
        ({"rules": [rule(message="\ud800")]}, "rules[0].message", "surrogate"),
        (
            {"rules": [{"id": "r", "type": "count", "control": "objects"}]},
            "rules[0].min",
            "least value",
        ),
        (
            {"rules": [rule(type="size", unit="share", max=2)]},
            "rules[0].max",
            "not between 0 and 1",
        ),
        ({"rules": [rule(type="size", unit="inch")]}, "rules[0].unit", "not known"),
        ({"rules": [rule(type="overlap", max=1.5)]}, "rules[0].max", "not between 0 and 1"),
        ({"rules": [rule(type="overlap", labels=[])]}, "rules[0].labels", "at least 1"),
        ({"rules": [rule(type="overlap", labels=["x"])]}, "rules[0].labels[0]", "not known"),
        (
            {"rules": [{"id": "r", "type": "inside", "control": "objects", "label": "car",
                        "within": "car"}]},
            "rules[0].within",
            "inside itself",
        ),
        (
            {"rules": [{"id": "r", "type": "attribute", "control": "objects", "label": "car",
                        "attribute": "occluded"}]},
            "rules[0].attribute",
            "cannot be required",
        ),
        (
            {"rules": [{"id": "r", "type": "attribute", "control": "objects", "label": "wheel",
                        "attribute": "colour"}]},
            "rules[0].attribute",
            "not known",
        ),
        (
            {"rules": [{"id": "r", "type": "length", "control": "note", "min": 101}]},
            "rules[0].min",
            "at most 100 are possible",
        ),
        (
            {"rules": [{"id": "r", "type": "chosen", "control": "tags", "min": 4}]},
            "rules[0].min",
            "at most 3 are possible",
        ),
        (
            {"rules": [{"id": "r", "type": "chosen", "control": "damage", "max": 1}]},
            "rules[0].control",
            "cannot speak of",
        ),
        (
            {"rules": [{"id": "r", "type": "required_when", "control": "note",
                        "when": {"control": "note", "value": "x"}}]},
            "rules[0].when.control",
            "not known",
        ),
        (
            {"rules": [{"id": "r", "type": "required_when", "control": "note",
                        "when": {"control": "score", "value": True}}]},
            "rules[0].when.value",
            "not an answer",
        ),
        (
            {"rules": [{"id": "r", "type": "required_when", "control": "note",
                        "when": {"control": "damage", "value": "yse"}}]},
            "rules[0].when.value",
            "not an answer",
        ),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_named_by_its_path(raw, path, sentence):
    controls = json.loads(json.dumps(CONTROLS))
    occluded = {"name": "occluded", "type": "boolean", "title": "Occluded"}
    controls[0]["labels"][0]["attributes"].append(occluded)
    with pytest.raises(SchemaError) as caught:
        validate_rules(raw["rules"], controls)
    assert caught.value.path == path
    assert sentence in caught.value.message


def test_a_schema_without_rules_is_what_it_was():
    raw = {"controls": [{"name": "note", "type": "text"}]}
    assert "rules" not in validate_schema(raw, "text")
    assert "rules" not in validate_schema({**raw, "rules": []}, "text")


def test_rules_are_put_into_normal_form():
    raw = {
        "controls": [{"name": "objects", "type": "shapes", "labels": [{"value": "car"}]}],
        "rules": [{"id": "r1", "type": "size", "control": "objects", "min": 4}],
    }
    normal = validate_schema(raw, "image")
    assert normal["rules"] == [
        {
            "id": "r1",
            "type": "size",
            "control": "objects",
            "severity": "block",
            "measure": "side",
            "unit": "pixels",
            "min": 4,
        }
    ]
    assert validate_schema(normal, "image") == normal


numbers = st.integers(0, 60)
boxes = st.builds(
    lambda x, y, width, height, turn: {"box": [x, y, width, height], "rotation": turn},
    numbers,
    numbers,
    st.integers(1, 60),
    st.integers(1, 60),
    st.sampled_from([0, 0, 30, 45, 200]),
)
polygons = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=7).map(
    lambda ring: {"polygon": ring}
)
shapes = st.one_of(boxes, polygons)


@given(shapes, shapes)
def test_sharing_is_mutual_and_never_more_than_either_has(a, b):
    a, b = region_of(a), region_of(b)
    assert overlap(a, b) == pytest.approx(overlap(b, a), abs=1e-9)
    assert 0 <= overlap(a, b) <= 1
    assert 0 <= share_inside(a, b) <= 1 + 1e-9


@given(shapes)
def test_a_shape_covers_itself(a):
    if area(a) > 0.01:
        whole = region_of(a)
        assert overlap(whole, whole) == pytest.approx(1)
        assert share_inside(whole, whole) == pytest.approx(1)


@given(boxes, st.integers(-50, 50), st.integers(-50, 50))
def test_moving_both_changes_nothing(a, dx, dy):
    x, y, width, height = a["box"]
    moved = {**a, "box": [x + dx, y + dy, width, height]}
    other, other_moved = {"box": [10, 10, 30, 30]}, {"box": [10 + dx, 10 + dy, 30, 30]}
    before = overlap(region_of(a), region_of(other))
    assert before == pytest.approx(overlap(region_of(moved), region_of(other_moved)), abs=1e-9)


@pytest.mark.parametrize(("count", "radius"), [(401, 3), (1_000, 40)])
def test_a_ring_of_very_many_points_is_measured_well_enough(count, radius):
    turns = [2 * math.pi * step / count for step in range(count)]
    ring = [[50 + radius * math.cos(turn), 50 + radius * math.sin(turn)] for turn in turns]
    assert shared_area([ring], [ring]) == pytest.approx(math.pi * radius**2, rel=0.01)


objects = st.lists(
    st.builds(
        lambda shape, label: {"label": label, "attributes": {}, **shape},
        shapes,
        st.sampled_from(["car", "wheel"]),
    ),
    max_size=6,
)


@given(objects, st.integers(0, 6))
def test_counting_holds_whatever_is_drawn(entries, most):
    schema = {"controls": CONTROLS, "rules": validate_rules([rule(max=most)], CONTROLS)}
    found = broken(schema, {"objects": entries}, ItemFacts("image", 200, 200))
    assert bool(found) == (len(entries) > most)


@given(objects, st.floats(0, 0.9))
def test_a_looser_overlap_is_broken_at_no_more_places(entries, most):
    def places(limit):
        rules = validate_rules([rule(type="overlap", max=limit)], CONTROLS)
        schema = {"controls": CONTROLS, "rules": rules}
        return len(broken(schema, {"objects": entries}, ItemFacts("image", 200, 200)))

    assert places(most) >= places(most + 0.1)


@given(objects)
def test_only_objects_of_the_named_class_are_measured(entries):
    rules = validate_rules([rule(type="size", label="car", max=1)], CONTROLS)
    found = broken({"controls": CONTROLS, "rules": rules}, {"objects": entries}, ItemFacts("image"))
    assert {entry.params["label"] for entry in found} <= {"Car"}
