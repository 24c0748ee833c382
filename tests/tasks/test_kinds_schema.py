import pytest

from tasks.kinds import SchemaError
from tasks.kinds.schema import control_named, single_choice, validate_schema


def schema_of(*controls):
    return {"controls": list(controls)}


def choice(**over):
    return {"name": "species", "type": "choice", "options": [{"value": "robin"}], **over}


def shapes(**over):
    return {"name": "objects", "type": "shapes", "labels": [{"value": "car"}], **over}


SKELETON = {"names": ["head", "tail"], "edges": [[0, 1]]}


def skeleton(**over):
    return shapes(tools=["keypoint"], skeleton={**SKELETON, **over})


def attribute(**over):
    return shapes(labels=[{"value": "car", "attributes": [{"name": "size", **over}]}])


def test_the_contract_s_example_is_accepted_and_filled_in():
    raw = schema_of(
        choice(
            title="Which bird?",
            required=True,
            options=[{"value": "robin", "title": "Robin", "key": "1", "color": "#2F9E44"}],
        ),
        shapes(
            tools=["box"],
            labels=[
                {
                    "value": "car",
                    "key": "1",
                    "color": "#1971c2",
                    "attributes": [{"name": "occluded", "type": "boolean"}],
                }
            ],
        ),
        {"name": "translation", "type": "text", "max_length": 2000},
        {"name": "severity", "type": "rating", "min": 1, "max": 5, "ordinal": True},
    )
    schema = validate_schema(raw, "image")
    assert schema["controls"][0]["options"][0]["color"] == "#2f9e44"
    assert schema["controls"][0]["multiple"] is False
    assert schema["controls"][1]["required"] is False
    assert schema["controls"][1]["labels"][0]["attributes"][0]["title"] == "occluded"


def test_a_normalised_schema_stays_as_it_is():
    raw = schema_of(
        choice(multiple=True), {"name": "note", "type": "text"}, {"name": "stars", "type": "rating"}
    )
    once = validate_schema(raw, "text")
    assert validate_schema(once, "text") == once


def test_options_may_have_children():
    tree = [{"value": "bird", "children": [{"value": "robin"}, {"value": "crow"}]}]
    schema = validate_schema(schema_of(choice(options=tree)), "text")
    assert [child["value"] for child in schema["controls"][0]["options"][0]["children"]] == [
        "robin",
        "crow",
    ]


def test_the_one_single_choice_control_is_found():
    schema = validate_schema(schema_of(choice(), choice(name="parts", multiple=True)), "text")
    assert single_choice(schema)["name"] == "species"
    assert single_choice({"controls": [*schema["controls"], choice(name="other")]}) is None
    assert control_named(schema, "parts")["multiple"] is True
    assert control_named(schema, "nothing") is None


NESTED = [{"value": "v9"}]
for level in range(8, -1, -1):
    NESTED = [{"value": f"v{level}", "children": NESTED}]

REFUSED = [
    ("no mapping", [], "wrong_type", ""),
    ("no controls", {}, "missing_key", "controls"),
    ("empty controls", schema_of(), "empty", "controls"),
    ("unknown key on top", {"controls": [choice()], "colour": 1}, "unknown_key", "colour"),
    ("51 controls", schema_of(*[choice(name=f"c{n}") for n in range(51)]), "too_many", "controls"),
    ("control is a text", schema_of("species"), "wrong_type", "controls[0]"),
    ("type missing", schema_of({"name": "a"}), "missing_key", "controls[0].type"),
    ("unknown type", schema_of(choice(type="choise")), "unknown_type", "controls[0].type"),
    ("type is a list", schema_of(choice(type=[])), "unknown_type", "controls[0].type"),
    ("unknown key", schema_of(choice(requierd=True)), "unknown_key", "controls[0].requierd"),
    ("name missing", schema_of({"type": "text"}), "missing_key", "controls[0].name"),
    ("name in capitals", schema_of(choice(name="Species")), "bad_name", "controls[0].name"),
    ("name too long", schema_of(choice(name="a" * 64)), "bad_name", "controls[0].name"),
    ("name with line end", schema_of(choice(name="a\n")), "bad_name", "controls[0].name"),
    ("reserved name", schema_of(choice(name="_path")), "reserved_name", "controls[0].name"),
    ("two of a name", schema_of(choice(), choice()), "duplicate_name", "controls[1].name"),
    ("empty title", schema_of(choice(title=" ")), "empty", "controls[0].title"),
    ("title with null", schema_of(choice(title="a\x00")), "null_byte", "controls[0].title"),
    ("title with surrogate", schema_of(choice(title="\ud800")), "bad_unicode", "controls[0].title"),
    ("required as text", schema_of(choice(required="true")), "wrong_type", "controls[0].required"),
    ("no options", schema_of(choice(options=[])), "empty", "controls[0].options"),
    (
        "empty value",
        schema_of(choice(options=[{"value": ""}])),
        "empty",
        "controls[0].options[0].value",
    ),
    (
        "space around",
        schema_of(choice(options=[{"value": "a "}])),
        "bad_text",
        "controls[0].options[0].value",
    ),
    (
        "number as value",
        schema_of(choice(options=[{"value": 1}])),
        "wrong_type",
        "controls[0].options[0].value",
    ),
    (
        "value twice",
        schema_of(choice(options=[{"value": "a"}, {"value": "b"}, {"value": "a"}])),
        "duplicate_value",
        "controls[0].options[2].value",
    ),
    (
        "value twice but for its Unicode form",
        schema_of(choice(options=[{"value": "é"}, {"value": "e\u0301"}])),
        "duplicate_value",
        "controls[0].options[1].value",
    ),
    (
        "value twice in a tree",
        schema_of(choice(options=[{"value": "a", "children": [{"value": "a"}]}])),
        "duplicate_value",
        "controls[0].options[0].children[0].value",
    ),
    (
        "key twice",
        schema_of(choice(options=[{"value": "a", "key": "1"}, {"value": "b", "key": "1"}])),
        "duplicate_hotkey",
        "controls[0].options[1].key",
    ),
    (
        "long key",
        schema_of(choice(options=[{"value": "a", "key": "F1"}])),
        "bad_hotkey",
        "controls[0].options[0].key",
    ),
    (
        "bad colour",
        schema_of(choice(options=[{"value": "a", "color": "red"}])),
        "bad_color",
        "controls[0].options[0].color",
    ),
    (
        "colour with script",
        schema_of(choice(options=[{"value": "a", "color": "#12345;x"}])),
        "bad_color",
        "controls[0].options[0].color",
    ),
    (
        "1,001 options",
        schema_of(choice(options=[{"value": f"v{n}"} for n in range(1001)])),
        "too_many",
        "controls[0].options",
    ),
    (
        "mask",
        schema_of(shapes(tools=["box", "mask"])),
        "tool_not_available",
        "controls[0].tools[1]",
    ),
    ("unknown tool", schema_of(shapes(tools=["lasso"])), "unknown_tool", "controls[0].tools[0]"),
    ("tool is a list", schema_of(shapes(tools=[[]])), "unknown_tool", "controls[0].tools[0]"),
    (
        "tool twice",
        schema_of(shapes(tools=["box", "box"])),
        "duplicate_value",
        "controls[0].tools[1]",
    ),
    ("no tools", schema_of(shapes(tools=[])), "empty", "controls[0].tools"),
    (
        "keypoints without skeleton",
        schema_of(shapes(tools=["keypoint"])),
        "missing_key",
        "controls[0].skeleton",
    ),
    (
        "skeleton without keypoints",
        schema_of(shapes(skeleton=SKELETON)),
        "skeleton_without_tool",
        "controls[0].skeleton",
    ),
    (
        "point of a skeleton twice",
        schema_of(skeleton(names=["head", "head"])),
        "duplicate_value",
        "controls[0].skeleton.names[1]",
    ),
    (
        "edge to nowhere",
        schema_of(skeleton(edges=[[0, 2]])),
        "number_out_of_range",
        "controls[0].skeleton.edges[0][1]",
    ),
    (
        "edge of one end",
        schema_of(skeleton(edges=[[0]])),
        "empty",
        "controls[0].skeleton.edges[0]",
    ),
    (
        "edge to itself",
        schema_of(skeleton(edges=[[1, 1]])),
        "bad_edge",
        "controls[0].skeleton.edges[0]",
    ),
    ("no labels", schema_of({"name": "a", "type": "shapes"}), "missing_key", "controls[0].labels"),
    (
        "children of labels",
        schema_of(shapes(labels=[{"value": "a", "children": []}])),
        "unknown_key",
        "controls[0].labels[0].children",
    ),
    (
        "attribute type",
        schema_of(attribute(type="date")),
        "unknown_type",
        "controls[0].labels[0].attributes[0].type",
    ),
    (
        "choice without options",
        schema_of(attribute(type="choice")),
        "missing_key",
        "controls[0].labels[0].attributes[0].options",
    ),
    (
        "options of a number",
        schema_of(attribute(type="number", options=[])),
        "unknown_key",
        "controls[0].labels[0].attributes[0].options",
    ),
    (
        "range upside down",
        schema_of(attribute(type="number", min=2, max=1)),
        "number_out_of_range",
        "controls[0].labels[0].attributes[0].max",
    ),
    (
        "infinite range",
        schema_of(attribute(type="number", min=float("-inf"))),
        "not_finite",
        "controls[0].labels[0].attributes[0].min",
    ),
    (
        "rating upside down",
        schema_of({"name": "a", "type": "rating", "min": 5, "max": 1}),
        "number_out_of_range",
        "controls[0].max",
    ),
    (
        "rating of halves",
        schema_of({"name": "a", "type": "rating", "max": 4.5}),
        "wrong_type",
        "controls[0].max",
    ),
    (
        "endless rating",
        schema_of({"name": "a", "type": "rating", "max": 102}),
        "number_out_of_range",
        "controls[0].max",
    ),
    (
        "number as the title of an end",
        schema_of({"name": "a", "type": "rating", "low_title": 3}),
        "wrong_type",
        "controls[0].low_title",
    ),
    (
        "endless title of an end",
        schema_of({"name": "a", "type": "rating", "high_title": "a" * 301}),
        "too_long",
        "controls[0].high_title",
    ),
    (
        "endless text",
        schema_of({"name": "a", "type": "text", "max_length": 10**9}),
        "number_out_of_range",
        "controls[0].max_length",
    ),
    (
        "no text at all",
        schema_of({"name": "a", "type": "text", "max_length": 0}),
        "number_out_of_range",
        "controls[0].max_length",
    ),
    (
        "unknown layout",
        schema_of({"name": "a", "type": "text", "layout": "above"}),
        "unknown_value",
        "controls[0].layout",
    ),
    (
        "direction as a number",
        schema_of({"name": "a", "type": "text", "direction": 1}),
        "wrong_type",
        "controls[0].direction",
    ),
    (
        "language that is no code",
        schema_of({"name": "a", "type": "text", "language": 'ar" onload'}),
        "unknown_value",
        "controls[0].language",
    ),
    (
        "ratio the wrong way round",
        schema_of({"name": "a", "type": "text", "length_ratio": [2, 0.5]}),
        "number_out_of_range",
        "controls[0].length_ratio",
    ),
    (
        "endless ratio",
        schema_of({"name": "a", "type": "text", "length_ratio": [0, float("inf")]}),
        "not_finite",
        "controls[0].length_ratio",
    ),
    (
        "numbers as a word",
        schema_of({"name": "a", "type": "text", "same_numbers": "yes"}),
        "wrong_type",
        "controls[0].same_numbers",
    ),
]


@pytest.mark.parametrize(
    ("raw", "code", "path"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_bad_schema_is_refused_with_code_and_path(raw, code, path):
    with pytest.raises(SchemaError) as caught:
        validate_schema(raw, "image")
    assert (caught.value.code, caught.value.path) == (code, path)
    assert caught.value.message.endswith(".")


def test_too_deep_a_taxonomy_is_refused():
    with pytest.raises(SchemaError) as caught:
        validate_schema(schema_of(choice(options=NESTED)), "text")
    assert caught.value.code == "too_deep"


def test_shapes_need_an_image_and_spans_a_text():
    spans = {"name": "entities", "type": "spans", "labels": [{"value": "PER"}]}
    for control, item_type in ((shapes(), "text"), (spans, "image")):
        with pytest.raises(SchemaError) as caught:
            validate_schema(schema_of(control), item_type)
        assert caught.value.code == "wrong_item_type"
    assert validate_schema(schema_of(spans), "text")


def test_a_misspelt_key_is_answered_with_the_nearest_one():
    with pytest.raises(SchemaError) as caught:
        validate_schema(schema_of(choice(requierd=True)), "text")
    assert str(caught.value.hint) == 'Did you mean "required"?'


def test_names_of_javascript_objects_are_ordinary_values():
    options = [{"value": "constructor"}, {"value": "__proto__"}]
    schema = validate_schema(schema_of(choice(options=options)), "text")
    assert [option["value"] for option in schema["controls"][0]["options"]] == [
        "constructor",
        "__proto__",
    ]


def test_the_ends_of_a_rating_keep_their_titles_and_drop_empty_ones():
    scale = {"name": "a", "type": "rating", "low_title": " harmless ", "high_title": " "}
    control = control_named(validate_schema(schema_of(scale), "text"), "a")
    assert control["low_title"] == "harmless"
    assert "high_title" not in control
