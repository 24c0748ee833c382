"""The questions of a project, written in a form: nothing lost, every mistake at its line."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.forms.classes import KEYS, LinesError, from_lines, to_lines
from tasks.forms.schemas import ControlFormSet, formset_of, with_another
from tasks.kinds.schema import validate_schema

EMPTY = {"controls": []}


def post_of(formset):
    """What a browser would send back of an untouched formset."""
    sent = {}
    for field in formset.management_form:
        sent[field.html_name] = str(field.value())
    for form in formset.forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                is_list = isinstance(value, list)
                sent[field.html_name] = value if is_list else "on" if value is True else str(value)
    return sent


def rows(*controls, **over):
    sent = {"controls-TOTAL_FORMS": len(controls), "controls-INITIAL_FORMS": 0}
    for number, control in enumerate(controls):
        values = {"type": "choice", "title": "Which bird?", "classes": "Robin\nWren"} | control
        sent |= {f"controls-{number}-{name}": value for name, value in values.items()}
    return sent | over


def read(sent, item_type="image", base=EMPTY):
    formset = ControlFormSet(sent, base=base, item_type=item_type)
    return formset, formset.is_valid()


def errors_of(formset):
    return [
        str(error) for form in formset.forms for found in form.errors.values() for error in found
    ]


text = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), max_codepoint=0x2FFF), min_size=1, max_size=12
).filter(str.strip)
values = text.map(str.strip)
titles = text
colors = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def labels(**extra):
    label = st.fixed_dictionaries(
        {"value": values}, optional={"title": titles, "color": colors} | extra
    )
    return st.lists(label, min_size=1, max_size=5, unique_by=lambda label: label["value"])


ATTRIBUTES = st.just([{"name": "occluded", "type": "boolean"}])
CHILDREN = st.just([{"value": "zz-child", "title": "Below", "key": "v"}])
frame = {"title": titles, "required": st.booleans()}
control_by_type = {
    "choice": st.fixed_dictionaries(
        {"type": st.just("choice"), "options": labels()},
        optional=frame | {"multiple": st.booleans()},
    ),
    "shapes": st.fixed_dictionaries(
        {"type": st.just("shapes"), "labels": labels(attributes=ATTRIBUTES)},
        optional=frame | {"tools": st.permutations(["box", "polygon", "polyline"])},
    ),
    "keypoints": st.fixed_dictionaries(
        {
            "type": st.just("shapes"),
            "labels": labels(),
            "tools": st.sampled_from([["keypoint"], ["keypoint", "box"]]),
            "skeleton": st.builds(
                lambda names, edges: {"names": names, "edges": edges},
                st.lists(values, min_size=3, max_size=5, unique=True),
                st.lists(st.permutations([0, 1, 2]).map(lambda order: order[:2]), max_size=3),
            ),
        },
        optional=frame,
    ),
    "text": st.fixed_dictionaries(
        {"type": st.just("text")},
        optional=frame
        | {
            "max_length": st.integers(1, 50_000),
            "layout": st.sampled_from(["below", "beside"]),
            "direction": st.sampled_from(["auto", "ltr", "rtl"]),
            "language": st.sampled_from(["ar", "pt-BR", "zh-Hant"]),
            "length_ratio": st.tuples(st.floats(0, 1), st.floats(1.5, 9)).map(list),
            "same_numbers": st.booleans(),
        },
    ),
    "rating": st.fixed_dictionaries(
        {"type": st.just("rating"), "min": st.integers(-3, 3), "max": st.integers(4, 12)},
        optional=frame | {"ordinal": st.booleans(), "low_title": titles, "high_title": titles},
    ),
}


@st.composite
def schemas(draw):
    controls = draw(st.lists(st.one_of(*control_by_type.values()), min_size=1, max_size=4))
    return {"controls": [{**c, "name": f"q{number}"} for number, c in enumerate(controls)]}


def without_fillings(schema, like):
    """The schema without the keys and colours that the form added to classes that had none."""
    for control, before in zip(schema["controls"], like["controls"], strict=True):
        for field in ("options", "labels"):
            for label, old in zip(control.get(field, []), before.get(field, []), strict=True):
                for extra in {"key", "color"} - old.keys():
                    label.pop(extra, None)
    return schema


@given(schemas())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_schema_survives_its_form(raw):
    try:
        schema = validate_schema(raw, "image")
    except ValueError:
        return
    sent = post_of(formset_of(schema, "image"))
    formset, is_valid = read(sent, base=schema)
    assert is_valid, (formset.errors, formset.non_form_errors())
    assert without_fillings(formset.label_schema, schema) == schema


def test_a_taxonomy_and_attributes_survive_although_the_form_cannot_show_them():
    raw = {
        "controls": [
            {"name": "kind", "type": "choice", "options": [
                {"value": "bird", "title": "Bird", "key": "b", "color": "#123456",
                 "children": [{"value": "robin", "title": "Robin"}]}]},
            {"name": "marks", "type": "shapes", "labels": [
                {"value": "car", "attributes": [{"name": "cut", "type": "boolean"}]}]},
        ]
    }  # fmt: skip
    schema = validate_schema(raw, "image")
    formset, is_valid = read(post_of(formset_of(schema, "image")), base=schema)
    assert is_valid
    assert without_fillings(formset.label_schema, schema) == schema


SHAPES = {"type": "shapes", "title": "Where?", "classes": "Fish"}


def test_a_skeleton_is_written_in_lines():
    lines = "snout\r\n\r\nfin : snout\r\ntail: fin, snout"
    formset, is_valid = read(rows({**SHAPES, "tools": ["polygon", "keypoint"], "skeleton": lines}))
    assert is_valid, errors_of(formset)
    [control] = formset.label_schema["controls"]
    assert control["tools"] == ["polygon", "keypoint"]
    assert control["skeleton"] == {
        "names": ["snout", "fin", "tail"],
        "edges": [[0, 1], [1, 2], [0, 2]],
    }


def test_a_skeleton_goes_with_its_tool():
    formset, is_valid = read(rows({**SHAPES, "tools": [], "skeleton": "snout"}))
    assert is_valid, errors_of(formset)
    [control] = formset.label_schema["controls"]
    assert control["tools"] == ["box"]
    assert "skeleton" not in control


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("", "one per line"),
        ("snout\nfin: nose", "no point “nose”"),
        ("snout\nsnout", "“snout” stands there twice"),
        ("snout\n: snout", "Line 2 has no name"),
        ("snout: snout", "joins snout to itself"),
    ],
)
def test_a_bad_skeleton_is_told_in_its_field(lines, sentence):
    formset, is_valid = read(rows({**SHAPES, "tools": ["keypoint"], "skeleton": lines}))
    assert not is_valid
    assert sentence in formset.forms[0].errors["skeleton"][0]


def test_names_values_keys_and_colours_are_made_for_the_author():
    formset, is_valid = read(rows({"classes": "Robin\r\n\r\nTraffic light \n"}))
    assert is_valid, errors_of(formset)
    [control] = formset.label_schema["controls"]
    assert control["name"] == "which_bird"
    assert [(o["value"], o["title"], o["key"]) for o in control["options"]] == [
        ("robin", "Robin", "1"),
        ("traffic-light", "Traffic light", "2"),
    ]
    assert len({option["color"] for option in control["options"]}) == 2


def test_keys_are_shared_out_over_all_questions():
    scale = {"type": "rating", "title": "Severity", "low": 1, "high": 5}
    formset, is_valid = read(rows({}, scale, {"title": "Age?", "classes": "Young\nOld"}))
    assert is_valid
    first, _scale, last = formset.label_schema["controls"]
    assert [option["key"] for option in first["options"] + last["options"]] == ["6", "7", "8", "9"]


def test_more_classes_than_keys_is_fine():
    many = "\n".join(f"Class {number}" for number in range(60))
    formset, is_valid = read(rows({"classes": many}))
    assert is_valid
    keys = [o["key"] for o in formset.label_schema["controls"][0]["options"] if "key" in o]
    assert keys == list(KEYS)


def test_equal_questions_get_different_names():
    formset, is_valid = read(rows({}, {"title": "Which bird?"}, {"title": "知更鸟"}))
    assert is_valid
    names = [control["name"] for control in formset.label_schema["controls"]]
    assert names == ["which_bird", "which_bird_2", "question_3"]


def test_a_class_that_is_there_twice_names_question_and_line():
    formset, is_valid = read(rows({"classes": "Robin\nWren\nrobin"}))
    assert not is_valid
    [sentence] = errors_of(formset)
    assert "Which bird?" in sentence
    assert "Line 3" in sentence
    assert "line 1" in sentence


@pytest.mark.parametrize("line", ["+++", "| Robin", "robin |", "|"])
def test_a_line_without_value_or_title_is_named(line):
    with pytest.raises(LinesError) as caught:
        from_lines(f"Wren\n{line}")
    assert "Line 2" in str(caught.value)


def test_a_value_can_be_given_before_the_title():
    [label] = from_lines("PER | Person")
    assert (label["value"], label["title"]) == ("PER", "Person")
    assert to_lines([label]) == "PER | Person"


def test_a_new_title_keeps_the_key_of_its_value():
    known = [{"value": "car", "title": "Car", "key": "c", "attributes": []}]
    assert from_lines("car | Motor car", known) == [
        {"value": "car", "title": "Motor car", "key": "c", "attributes": []}
    ]


@pytest.mark.parametrize(
    ("control", "part"),
    [
        ({"classes": ""}, "at least 1"),
        ({"type": "rating", "low": 5, "high": 1}, "above the minimum"),
        ({"type": "text", "max_length": 0}, "between 1 and"),
        ({"type": "text", "ratio_low": 2, "ratio_high": 1}, "below the most"),
        ({"type": "text", "ratio_high": 2}, "at least 2"),
        ({"name": "Not a name"}, "Use lower-case letters"),
        ({"type": "spans"}, "not on image items"),
    ],
)
def test_a_refused_question_is_named(control, part):
    formset, is_valid = read(rows({"title": "Fine?"}, {"title": "Odd?"} | control))
    assert not is_valid
    assert not formset.forms[0].errors
    [sentence] = errors_of(formset)
    assert "Odd?" in sentence
    assert part in sentence


def test_a_removed_question_is_left_out_even_when_it_is_wrong():
    formset, is_valid = read(rows({}, {"title": "", "DELETE": "on"}))
    assert is_valid
    assert len(formset.label_schema["controls"]) == 1


def test_no_question_at_all_is_refused():
    formset, is_valid = read(rows({"DELETE": "on"}))
    assert not is_valid
    assert formset.non_form_errors() == ["Ask at least one question."]


def test_another_question_keeps_what_was_typed_and_checks_nothing():
    formset, _ = read(rows({"title": "Half", "classes": ""}))
    more = with_another(formset, EMPTY)
    assert [form["title"].value() for form in more.forms] == ["Half", None]
    assert not any(form.errors for form in more.forms)
