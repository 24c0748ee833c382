"""What readers of imports give: items and the labels that came with them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, BinaryIO

from tasks.formats.problems import Problem
from tasks.kinds import ItemFacts

Answer = dict[str, Any]


class Content(StrEnum):
    """What a file says of an item besides its id."""

    # Its text, or the bytes of its image.
    GIVEN = "given"
    # A text put together from pieces: an item that is there already is taken as it is.
    REBUILT = "rebuilt"
    # Nothing: the item must be there already.
    ABSENT = "absent"


@dataclass(frozen=True)
class ItemLabel:
    """What somebody said of an item elsewhere: a person, or the model version that is named.

    The answer is not checked yet. Where a file measures in shares of the image, or counts tokens
    instead of characters, it is a function of the facts of the item; that may raise RowRefused.
    """

    answer: Answer | Callable[[ItemFacts], Answer]
    annotator: str | None = None
    model: str | None = None
    model_version: str | None = None
    score: float | None = None
    scores: dict[str, float] | None = None
    # Where in the row it stands, for the sentence about what is wrong with it.
    field: str = "answer"


# Not frozen, which takes several times as long, and there is one for each row of a file.
@dataclass(slots=True)
class ItemRecord:
    """One datapoint as a file gives it; `load` reads the bytes of an image when asked.

    `aliases` are further ids under which an item whose content is not given may be known.
    """

    row: int
    external_id: str
    data: dict[str, Any] = field(default_factory=dict)
    entry: str | None = None
    load: Callable[[], bytes] | None = None
    labels: tuple[ItemLabel, ...] = ()
    content: Content = Content.GIVEN
    aliases: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The id and the other names under which the item may be there, the best one first."""
        return (self.external_id, *self.aliases)


@dataclass(frozen=True)
class Working:
    """Given now and then by a reader that has no row yet, so that its job can show that it lives.

    `row` is the last row that was given: reading can go on after it.
    """

    row: int


@dataclass(frozen=True)
class ImportContext:
    """What a reader knows of the project and of what was asked.

    `schema` is the published label schema, None where there is none; `columns` says which column
    of a table plays which role (table_items.ROLES), where that was chosen by hand.
    """

    item_type: str
    file_name: str = ""
    schema: dict[str, Any] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


Read = Callable[[BinaryIO, ImportContext, int], Iterator[ItemRecord | Problem | Working]]


def byte_count(stream: BinaryIO) -> int:
    """The length of a file; it stands at its beginning afterwards."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


@dataclass(frozen=True)
class Reader:
    """How a format is read: `read(stream, context, after)` gives the records after row `after`.

    Progress is the place in the file, or with `counts_rows` the number of the row, of the total
    that `measure` gives. Reading raises FileRefused where a file cannot be read any further.
    """

    title: str
    item_types: tuple[str, ...]
    read: Read
    measure: Callable[[BinaryIO], int] = byte_count
    counts_rows: bool = False
    # Whether rows bring images, of which only few go into one chunk.
    has_images: bool = False
