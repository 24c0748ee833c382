"""For the tests of readers: archives, what they give once more as an export, and damage."""

import dataclasses
import io
import random
import re
import tracemalloc
import zipfile

from tasks.formats.items import ImportContext, ItemRecord, Working
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tasks.kinds import ItemFacts
from tasks.kinds.answer import validate_answer
from tests.tasks.formats import READERS, read, record, write

VALUES = ["", "null", "[]", "{}", "-1", "1e999", "NaN", "text", "&lt;", "0"]
IMAGE = ItemFacts("image", 640, 480)


def archive(files, compression=zipfile.ZIP_DEFLATED):
    """A ZIP of these files, texts or bytes by their names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return stream.getvalue()


def answers(records, facts=IMAGE):
    """The answers of records by item, as the services would take them."""
    return {
        record.external_id: answer_of(label, facts) for record in records for label in record.labels
    }


def answer_of(label, facts=IMAGE):
    return label.answer(facts) if callable(label.answer) else label.answer


def rewritten(format_name, content, context, facts=IMAGE, **over):
    """The bytes of an export of what an export was read as; `over` goes into its records."""
    schema = context.schemas[0]
    records = []
    for found in read(format_name, content, schema=schema, file_name="a.txt"):
        assert isinstance(found, ItemRecord), found
        [label] = found.labels
        answer = validate_answer(schema, answer_of(label, facts), facts)
        given = {"data": found.data, "width": facts.width, "height": facts.height} | over
        records.append(record(found.external_id, answer, **given))
    return write(format_name, records, context)[0]


def survives(format_name, content, facts=IMAGE, **context):
    """Whatever a file holds, its reader gives rows or says what is wrong, twice the same."""
    reader = READERS[format_name]
    known = ImportContext(item_type=reader.item_types[0], **context)
    rows = []
    try:
        for row in reader.read(io.BytesIO(content), known, 0):
            assert isinstance(row, ItemRecord | Problem | Working)
            rows.append(row.row)
            if isinstance(row, Problem):
                _told(row)
            if isinstance(row, ItemRecord):
                _judged(row, facts)
    except FileRefused as refusal:
        _told(refusal.problem)
    assert rows == sorted(rows)
    return rows


def _judged(row, facts):
    try:
        for label in row.labels:
            answer_of(label, facts)
        if row.load:
            row.load()
    except RowRefused as refusal:
        _told(refusal.problem)


def _told(problem):
    assert problem.code
    assert problem.message


def damaged(text, seed):
    """A text that was cut, flipped or has one of its values replaced."""
    chance = random.Random(seed)
    place, length = chance.randrange(len(text)), chance.randrange(1, 12)
    match seed % 3:
        case 0:
            return text[:place]
        case 1:
            return text[:place] + chr(chance.randrange(1, 256)) + text[place + 1 :]
    return text[:place] + chance.choice(VALUES) + text[place + length :]


def replaced(text, pattern):
    """The text with each of its values, as the pattern finds them, replaced by all that it is not.

    The pattern has one group: the value.
    """
    for found in re.finditer(pattern, text):
        start, end = found.span(1)
        for value in VALUES:
            yield f"{text[:start]}{value}{text[end:]}"


def peak_of(format_name, content, **context):
    """The most memory that reading a file takes, when each row is forgotten at once."""
    reader = READERS[format_name]
    known = ImportContext(item_type=reader.item_types[0], **context)
    stream = io.BytesIO(content)
    tracemalloc.start()
    try:
        for _row in reader.read(stream, known, 0):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def resumes(format_name, content, **context):
    """Reading on from any row gives the rest."""
    everything = comparable(read(format_name, content, **context))
    for index, row in enumerate(everything):
        rest = comparable(read(format_name, content, after=row.row, **context))
        assert rest == everything[index + 1 :]
    return everything


def comparable(rows):
    """Rows without what reads their bytes, and without functions."""
    plain = []
    for row in rows:
        if isinstance(row, Working):
            continue
        if isinstance(row, ItemRecord):
            row = dataclasses.replace(row, load=None, labels=tuple(map(_plain, row.labels)))
        plain.append(row)
    return plain


def _plain(label):
    return dataclasses.replace(label, answer=answer_of(label))
