"""Tables that bring labels: our own exports come back, and those of others are understood."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats.items import Content, ItemLabel
from tasks.formats.problems import Problem
from tests.tasks.formats import (
    image,
    image_context,
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
KINDS = {"name": "batch", "type": "choice", "multiple": True, "options": [{"value": "a"}]}
NAMES = {"name": "entities", "type": "spans", "labels": [{"value": "PER"}]}
STARS = {"name": "stars", "type": "rating", "min": -2, "max": 5}
NOTE = {"name": "answer", "type": "text"}
CONTROLS = [BIRD, KINDS, NAMES, STARS, NOTE]
SPAN = {"id": "e1", "label": "PER", "start": 0, "end": 5, "text": "Hello"}


@st.composite
def answers(draw):
    if draw(st.booleans()) and draw(st.booleans()):
        return {"_undecidable": draw(WORDS)}
    values = {
        "bird": WORDS,
        "batch": st.lists(WORDS, max_size=3),
        "entities": st.lists(st.just(SPAN), max_size=2),
        "stars": st.integers(-2, 5),
        "answer": WORDS | st.sampled_from(["=1+1", "'=x", "@a", '{"a": 1}', '["a"]']),
    }
    return draw(st.fixed_dictionaries({}, optional=values))


def told(schema, format_name, content, **context):
    rows = read(format_name, content, schema=schema, **context)
    return [row if isinstance(row, Problem) else row.labels for row in rows]


@settings(max_examples=40)
@given(st.lists(st.tuples(answers(), WORDS), min_size=1, max_size=4))
def test_our_own_tables_come_back(labels):
    """Their answers are equal, and written again they are the same bytes."""
    context = text_context(*CONTROLS)
    records = [
        record(f"i{n}", answer, data={"text": text}) for n, (answer, text) in enumerate(labels)
    ]
    for name in ("jsonl", "json", "csv", "csv-raw"):
        content, _written = write(name, records, context)
        reader = name.removesuffix("-raw")
        again = read(reader, content, schema=context.schemas[0])
        # The one for spreadsheets cannot tell its own apostrophe before a formula from another's.
        expected = [_plain(found.answer) if name == "csv" else found.answer for found in records]
        assert [found.labels[0].answer for found in again] == expected
        assert [found.external_id for found in again] == [found.item for found in records]
        back = [
            found._replace(answer=item.labels[0].answer, data=item.data)
            for found, item in zip(records, again, strict=True)
        ]
        assert write(name, back, context)[0] == content
        assert read(reader, content, after=again[0].row) == read(reader, content)[1:]


def _plain(answer):
    return {
        name: value[1:] if isinstance(value, str) and value.startswith("'=") else value
        for name, value in answer.items()
    }


def test_shapes_and_images_come_back_without_being_in_the_file():
    schema = shapes_schema("box", attributes=[{"name": "far", "type": "boolean"}])
    shapes = [{"box": [1, 2, 3.5, 4], "rotation": 30, "attributes": {"far": True}}]
    records = [image("birds/a.png", shapes, data={"split": "val"}), image("b.png")]
    for name in ("jsonl", "json", "csv", "csv-raw"):
        content, _written = write(name, records, image_context("box"))
        again = read(name.removesuffix("-raw"), content, item_type="image", schema=schema)
        assert [found.labels[0].answer for found in again] == [found.answer for found in records]
        assert {found.content for found in again} == {Content.ABSENT}
        assert [found.external_id for found in again] == ["birds/a.png", "b.png"]


def test_without_a_schema_our_own_tables_are_items_only():
    records = [record("a", {"bird": "robin", "batch": ["a"]}, data={"text": "x"})]
    for name in ("jsonl", "json", "csv", "csv-raw"):
        [item] = read(name.removesuffix("-raw"), write(name, records, text_context(*CONTROLS))[0])
        assert (item.external_id, item.data, item.labels) == ("a", {"text": "x"}, ())


SCHEMA = {"controls": CONTROLS}
FIRST = b"id,text,"


@pytest.mark.parametrize(
    ("content", "answer", "data"),
    [
        (FIRST + b"bird\na,x,wren\n", {"bird": "wren"}, {}),
        (FIRST + b"label,lang\na,x,wren,en\n", {"bird": "wren"}, {"lang": "en"}),
        (FIRST + b"label\na,x,a\n", {"batch": ["a"]}, {}),
        (FIRST + b"label\na,x,no such\n", {"bird": "no such"}, {}),
        (FIRST + b"label,bird\na,x,wren,robin\n", {"bird": "robin"}, {}),
        (FIRST + b"stars\na,x,3.0\n", {"stars": 3}, {}),
        (FIRST + b"stars\na,x,many\n", {"stars": "many"}, {}),
        (FIRST + b'answer.batch\na,x,"[""a""]"\n', {"batch": ["a"]}, {}),
        (FIRST + b"answer.batch\na,x,a\n", {"batch": ["a"]}, {}),
        (FIRST + b"bird,lang\na,x,,en\n", None, {"lang": "en"}),
        # Those of fixed columns are no answers, unless they are called so.
        (FIRST + b"batch\na,x,one\n", None, {"batch": "one"}),
    ],
)
def test_columns_of_other_tables_are_labels_where_the_schema_has_them(content, answer, data):
    [item] = read("csv", content, schema=SCHEMA)
    assert item.data == {"text": "x", **data}
    assert [label.answer for label in item.labels] == ([answer] if answer else [])


@pytest.mark.parametrize(
    ("fields", "answer", "annotator"),
    [
        ({"answer": {"bird": "wren"}, "annotator": "ana"}, {"bird": "wren"}, "ana"),
        ({"bird": "wren", "stars": 4, "annotator": 7}, {"bird": "wren", "stars": 4}, "7"),
        ({"label": 3}, {"bird": "3"}, None),
        ({"label": True, "annotator": ""}, {"bird": "true"}, None),
        ({"entities": [SPAN]}, {"entities": [SPAN]}, None),
    ],
)
def test_objects_bring_their_labels_too(fields, answer, annotator):
    line = {"id": "a", "text": "Hello", **fields}
    for name, content in (("jsonl", json.dumps(line)), ("json", json.dumps([line]))):
        [item] = read(name, content.encode(), schema=SCHEMA)
        [label] = item.labels
        assert (label.answer, label.annotator) == (answer, annotator)
        assert item.data == {"text": "Hello"}


def test_a_text_answer_of_a_data_set_stays_data():
    line = {"id": "a", "text": "Where?", "answer": "Paris", "data": {"source": "wiki"}}
    schema = {"controls": [BIRD]}
    [item] = read("jsonl", json.dumps(line).encode(), schema=schema)
    assert item.labels == ()
    [item] = read("csv", b"id,text,answer,label\na,x,Paris,wren\n", schema=schema)
    assert (item.data, item.labels[0].answer) == (
        {"text": "x", "answer": "Paris"},
        {"bird": "wren"},
    )


def test_columns_chosen_by_hand_play_their_role():
    columns = {"external_id": "key", "text": "bird", "label": "class", "annotator": "who"}
    content = b"key,bird,class,who,label\na,x,wren,ana,y\n"
    [item] = read("csv", content, schema=SCHEMA, columns=columns)
    [label] = item.labels
    assert (item.external_id, item.data) == ("a", {"text": "x", "label": "y"})
    assert (label.answer, label.annotator, label.field) == ({"bird": "wren"}, "ana", "class")


@pytest.mark.parametrize(
    ("cells", "code", "field"),
    [
        (b'"[{""label""",,', "bad_json", "entities"),
        (b'"[1e999]",,', "not_finite", "entities"),
        (b'"[{""a"": 1, ""a"": 2}]",,', "duplicate_key", "entities"),
        (b',"[a",', "bad_json", "answer.batch"),
        (b",b," + b"x" * 151, "id_too_long", "annotator"),
    ],
)
def test_a_cell_that_is_no_answer_is_named(cells, code, field):
    head, good = b"id,text,entities,answer.batch,annotator\n", b"z,x,,a,ana\n"
    problem, item = read("csv", head + b"a,x," + cells + b"\n" + good, schema=SCHEMA)
    assert (problem.code, problem.field, problem.row) == (code, field, 2)
    assert item.labels == (ItemLabel({"batch": ["a"]}, "ana", field=""),)


def test_an_image_is_known_by_the_file_that_a_table_names():
    schema = {"controls": [BIRD]}
    content = b"file,label\nbirds/a.png,wren\n"
    [item] = read("csv", content, item_type="image", schema=schema)
    assert (item.external_id, item.labels[0].answer) == ("birds/a.png", {"bird": "wren"})
    content = b"id,file,label\n7,birds/a.png,wren\n"
    [item] = read("csv", content, item_type="image", schema=schema)
    assert (item.external_id, item.aliases, item.data) == ("7", ("birds/a.png",), {})


def test_a_control_of_an_older_version_is_left_to_be_named():
    older = {"name": "size", "type": "text"}
    content, _written = write("csv", [record("a", {"size": "big"})], text_context(older))
    assert told(SCHEMA, "csv", content)[0][0].answer == {"size": "big"}
