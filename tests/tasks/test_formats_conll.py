"""CoNLL, read line by line as its readers do, and held against the spans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.formats import WRITERS
from tasks.formats.conll import words
from tests.tasks.formats import image_context, record, text_context, write

LABELS = ("PER", "LOC", "first name", "first_name")
TEXTS = st.text(
    st.sampled_from("ab é1_.,'\n\t\u2028🐦e\u0301\u0939\u0940")
    | st.characters(blacklist_categories=("Cs",)),
    min_size=1,
)


def control(name="entities", labels=LABELS):
    return {"name": name, "type": "spans", "labels": [{"value": label} for label in labels]}


def conll(records, *controls):
    content, written = write("conll", records, text_context(*(controls or [control()])))
    return content.decode(), written


def text_record(text, item="a", **answers):
    return record(item, answers, data={"text": text})


def span(label, start, end):
    return {"id": f"{label}{start}", "label": label, "start": start, "end": end}


def read(content):
    """The texts of a file: for each its id, and its tokens with their tags."""
    documents = []
    for line in content.split("\n"):
        cells = line.split("\t")
        if line.startswith("-DOCSTART-"):
            assert set(cells[1:]) == {"O"}
            documents.append((cells[0][len("-DOCSTART- (") : -1], []))
        elif line:
            assert all(cells)
            documents[-1][1].append(cells)
    assert len({len(cells) for _item, tokens in documents for cells in tokens}) <= 1
    return documents


def spans_of(text, tokens, column=1):
    """What BIO says of a text: (tag, start, end); an I- must go on what stands before it."""
    found, place = [], 0
    for cells in tokens:
        start = text.index(cells[0], place)
        assert not text[place:start].strip()
        place = start + len(cells[0])
        kind, _, tag = cells[column].partition("-")
        if kind == "B":
            found.append((tag, start, place))
        elif kind == "I":
            assert found[-1][0] == tag
            found[-1] = (tag, found[-1][1], place)
        else:
            assert kind == "O"
    assert not text[place:].strip()
    return found


@st.composite
def texts_with_spans(draw):
    text = draw(TEXTS)
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(places[::2], places[1::2], strict=False))
    return text, [span(draw(st.sampled_from(LABELS)), start, end) for start, end in pairs]


def trimmed(text, start, end):
    covered = text[start:end]
    return start + len(covered) - len(covered.lstrip()), end - len(covered) + len(covered.rstrip())


@given(texts_with_spans())
def test_spans_come_back_but_for_white_space_around_them(drawn):
    text, spans = drawn
    content, written = conll([text_record(text, entities=spans)])
    [(_item, tokens)] = read(content)
    tags = written.notes["tags"]
    expected = [
        (tags[entry["label"]], *trimmed(text, entry["start"], entry["end"]))
        for entry in spans
        if text[entry["start"] : entry["end"]].strip()
    ]
    assert spans_of(text, tokens) == expected
    assert written.left_out["spans_without_token"] == len(spans) - len(expected)


def test_a_known_sentence():
    text = "Alice Smith went to Paris."
    spans = [span("PER", 0, 11), span("LOC", 20, 25)]
    content, _written = conll([text_record(text, entities=spans)])
    assert content == (
        "-DOCSTART- (a)\tO\n\nAlice\tB-PER\nSmith\tI-PER\nwent\tO\nto\tO\nParis\tB-LOC\n.\tO\n\n"
    )


def test_of_spans_that_overlap_the_first_and_longest_is_written():
    spans = [span("LOC", 6, 11), span("PER", 0, 11), span("LOC", 0, 5), span("LOC", 11, 12)]
    content, written = conll([text_record("Alice Smith.", entities=spans)])
    [(_item, tokens)] = read(content)
    assert tokens == [["Alice", "B-PER"], ["Smith", "I-PER"], [".", "B-LOC"]]
    assert written.left_out == {"overlapping_spans": 2}


def test_each_control_has_its_column_in_which_others_may_overlap():
    text = "Alice Smith"
    answers = {"entities": [span("PER", 0, 11)], "parts": [span("PER", 0, 5)]}
    content, written = conll([text_record(text, **answers)], control(), control("parts"))
    [(_item, tokens)] = read(content)
    assert tokens == [["Alice", "B-PER", "B-PER"], ["Smith", "I-PER", "O"]]
    assert written.notes["columns"] == ["token", "entities", "parts"]
    assert not written.left_out


def test_spans_that_touch_stay_two():
    spans = [span("PER", 0, 2), span("PER", 2, 4)]
    content, _written = conll([text_record("abcd", entities=spans)])
    [(_item, tokens)] = read(content)
    assert tokens == [["ab", "B-PER"], ["cd", "B-PER"]]


def test_a_span_within_a_word_cuts_it_instead_of_moving():
    content, _written = conll([text_record("unhappily", entities=[span("PER", 2, 7)])])
    [(_item, tokens)] = read(content)
    assert tokens == [["un", "O"], ["happi", "B-PER"], ["ly", "O"]]


def test_labels_with_spaces_get_tags_of_their_own():
    _content, written = conll([])
    assert written.notes["tags"] == {
        "PER": "PER",
        "LOC": "LOC",
        "first name": "first_name",
        "first_name": "first_name_2",
    }


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("हिन्दी शब्द।", ["हिन्दी", "शब्द", "।"]),
        ("e\u0301te\u0301.", ["e\u0301te\u0301", "."]),
        ("👩\u200d🚒 ok", ["👩\u200d🚒", "ok"]),
        ("3.5 mg", ["3", ".", "5", "mg"]),
        (" \n\u2028", []),
    ],
)
def test_words_keep_their_accents_and_joiners(text, tokens):
    assert [text[start:end] for start, end in words(text)] == tokens


def test_an_item_that_looks_like_lines_stays_one():
    content, _written = conll([text_record("-DOCSTART- x\n\nb", item="a\u2028B-PER")])
    [(item, tokens)] = read(content)
    assert item == "a B-PER"
    assert [token for token, _tag in tokens] == ["-", "DOCSTART", "-", "x", "b"]
    assert len(content.splitlines()) == len(content.split("\n")) - 1


def test_what_has_no_column_is_counted():
    both = text_record("Hello", entities=[], note="hm")
    dark = text_record("Hello", item="b", _undecidable="?")
    content, written = conll([both, dark], control(), {"name": "note", "type": "text"})
    assert [item for item, _tokens in read(content)] == ["a"]
    assert written.left_out == {"answers": 1, "undecidable": 1}


def test_images_are_refused_with_a_sentence():
    assert "texts" in WRITERS["conll"].refusal(image_context())
