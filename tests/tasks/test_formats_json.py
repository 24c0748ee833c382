"""Arrays in JSON, read one element at a time."""

import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats import json_elements
from tasks.formats.items import ItemRecord, Working
from tasks.formats.json_elements import elements
from tasks.formats.problems import FileRefused, Problem
from tests.tasks.formats import image, image_context, read, shapes_schema, write

# Of the names, not the elements, is looked at what cannot be stored.
NAMES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
GOOD = b'{"id": "z", "text": "fine"}'


def sources(content):
    return [(found.name, found.index, found.source) for found in elements(io.BytesIO(content))]


def refused(content):
    with pytest.raises(FileRefused) as refusal:
        read("json", content)
    return refusal.value.problem


@settings(max_examples=50)
@given(
    st.lists(VALUES, max_size=5),
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
    st.integers(1, 9),
)
def test_any_elements_are_found_whatever_the_blocks(values, named, indent, plain, block):
    before, json_elements.BLOCK = json_elements.BLOCK, block
    try:
        array = json.dumps(values, indent=indent, ensure_ascii=plain).encode()
        found = [json.loads(source) for _name, _index, source in sources(b"\xef\xbb\xbf" + array)]
        assert found == values
        document = json.dumps(named, indent=indent, ensure_ascii=plain).encode()
        again = {name: [] for name, value in named.items() if isinstance(value, list)}
        for name, index, source in sources(document):
            if index is None:
                again[name] = json.loads(source)
            else:
                assert index == len(again[name])
                again[name].append(json.loads(source))
        assert again == named
    finally:
        json_elements.BLOCK = before


@settings(max_examples=50)
@given(st.lists(VALUES, min_size=1, max_size=3), st.data())
def test_what_is_cut_short_or_goes_on_is_refused(values, data):
    content = json.dumps(values).encode()
    cut = data.draw(st.integers(1, len(content) - 1))
    for broken in (content[:cut], content + b"]", content + b"1", b"[" + content):
        with pytest.raises(FileRefused):
            sources(broken)


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        (b"", "empty_file", None),
        (b" [ ] ", "no_rows", None),
        (b"[" + GOOD + b" " + GOOD + b"]", "bad_json", 1),
        (b"[" + GOOD + b",]", "bad_json", 2),
        (b"[" + GOOD + b", ", "file_cut_short", 2),
        (b"[" + GOOD + b', {"id": "y', "file_cut_short", 2),
        (b"[" + GOOD + b"] x", "bad_json", 1),
        (b'{"id": 1, "id": 2}', "not_an_array", None),
        (b'{"a": 1, "a": 2}', "not_an_array", None),
        pytest.param(b'["' + b"x" * 10**7 + b'"]', "element_too_long", 1, id="text"),
        pytest.param(b"[" + b"1" * 10**7 + b"]", "element_too_long", 1, id="number"),
        pytest.param(b"[[" + b"1," * 5_000_000, "element_too_long", 1, id="list"),
        ('[{"id": "a", "text": "é"}]'.encode("latin-1"), "encoding", 1),
        ('[{"id": "a"}]'.encode("utf-16"), "utf16", None),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, code, row):
    problem = refused(content)
    assert (problem.code, problem.row) == (code, row)
    assert problem.message


def test_two_arrays_of_one_name_are_refused():
    with pytest.raises(FileRefused) as refusal:
        sources(b'{"images": [1], "images": [2]}')
    assert refusal.value.problem.code == "duplicate_key"


@pytest.mark.parametrize(
    ("element", "code"),
    [
        (b'{"id": 1, "id": 2, "text": "x"}', "duplicate_key"),
        (b'{"id": "a", "text": "x", "n": 1e999}', "not_finite"),
        (b'{"id": "a", "text": "nu\\u0000ll"}', "null_byte"),
        pytest.param(
            b'{"id": "a", "text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep", id="deep"
        ),
        (b'{"id": "a" "text"}', "bad_json"),
        (b'{"id": ["a"}}', "bad_json"),
        (b'["id"]', "not_an_object"),
        (b"-1", "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"text": "x"}', "missing_id"),
    ],
)
def test_a_bad_element_is_named_and_the_others_are_read(element, code):
    content = b"[" + GOOD + b",\n" + element + b",\n" + GOOD + b"]"
    first, bad, last = read("json", content)
    assert (bad.code, bad.row) == (code, 2)
    assert (first.external_id, last.row) == ("z", 3)
    assert read("json", content, after=2) == [last]


@settings(max_examples=50)
@given(st.binary(max_size=60), st.integers(0, 60))
def test_no_bytes_make_the_reader_fail_in_an_unknown_way(noise, place):
    content = b"[" + GOOD + b", " + GOOD + b"]"
    try:
        rows = read("json", content[:place] + noise + content[place:])
    except FileRefused:
        return
    assert all(isinstance(row, ItemRecord | Problem) for row in rows)


def test_a_reader_that_passes_over_rows_says_that_it_lives(monkeypatch):
    monkeypatch.setattr("tasks.formats.pauses.SECONDS", 0)
    content = b"[" + b",".join([GOOD] * 200) + b"]"
    *working, last = read("json", content, after=199)
    assert working == [Working(199)] * 3
    assert last.row == 200


@pytest.mark.parametrize("name", ["json", "label-studio", "coco"])
def test_a_file_with_wrong_bytes_is_read_or_refused_in_known_ways(name):
    drawn = [image(f"{n}.jpg", [{"box": [1, 2, 3, 4], "rotation": 30}]) for n in range(5)]
    content, _written = write(name, drawn, image_context())
    chance = random.Random(7)
    for _ in range(100):
        broken = bytearray(content)
        for _flip in range(chance.randint(1, 3)):
            broken[chance.randrange(len(broken))] = chance.choice(b'{}[],:"\\x9e- \xff\0')
        for changed in (broken, broken[: chance.randrange(len(broken))]):
            try:
                rows = read(name, bytes(changed), item_type="image", schema=shapes_schema())
            except FileRefused:
                continue
            assert all(isinstance(row, ItemRecord | Problem) for row in rows)
