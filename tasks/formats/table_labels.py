"""The labels in the rows of tables: a whole answer, a column for each control, a column of classes.

What our own exports write is known by its columns; of other tables, those columns are labels that
the label schema has a control for.
"""

import re
from typing import Any

from labelops.strict_json import StrictJSONError, loads
from tasks.formats.csv_labels import AUTHOR, LEADING, TRAILING
from tasks.formats.items import ImportContext, ItemLabel
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import Row, clean_id
from tasks.kinds.answer import UNDECIDABLE
from tasks.kinds.labels import flatten

ANSWER, LABEL, ANNOTATOR = "answer", "label", "annotator"
OWN_COLUMNS = frozenset({*LEADING, *TRAILING})
# Besides them, what our own exports say of a label.
OWN_FACTS = OWN_COLUMNS | {*AUTHOR, ANSWER, "data", "file", "height", "width"}
# Where our own tables do not say what is what, these are about the item.
ITEM_COLUMNS = frozenset({"external_id", "id", "item", "file"})
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,9}(\.0+)?", re.ASCII)
ANNOTATOR_LENGTH = 150

Control = dict[str, Any]
Fields = dict[str, Any]


class TableLabels:
    """Finds the labels of rows under one label schema; without one there are none."""

    def __init__(self, context: ImportContext) -> None:
        controls = context.schema["controls"] if context.schema else []
        self.controls: dict[str, Control] = {control["name"]: control for control in controls}
        self.choices = [control for control in controls if control["type"] == "choice"]
        self.chosen = {role: context.columns.get(role) for role in (LABEL, ANNOTATOR)}
        self.fixed = {*OWN_COLUMNS, *AUTHOR, *(["text"] if context.item_type == "text" else [])}
        # What was chosen for something else is no label, whatever it is called.
        self.fixed |= {name for role, name in context.columns.items() if role not in self.chosen}

    def split(self, row: Row) -> tuple[tuple[ItemLabel, ...], Fields]:
        """The labels of a row, and what it says besides. Raises RowRefused.

        >>> bird = {"name": "bird", "type": "choice", "options": [{"value": "robin"}]}
        >>> labels = TableLabels(ImportContext("text", schema={"controls": [bird]}))
        >>> [label], others = labels.split(Row(2, {"id": "a", "bird": "robin", "lang": "en"}))
        >>> label.answer, others
        ({'bird': 'robin'}, {'id': 'a', 'lang': 'en'})
        """
        others = _without_own(row.fields)
        if not self.controls:
            return (), others
        if _is_own_object(row.fields) and not isinstance(row.fields[ANSWER], dict):
            return (), others
        whole = self._whole(row.fields)
        if whole is not None:
            answer, used, field = whole, {ANSWER, *self._columns(row.fields)}, ANSWER
        else:
            answer, used, field = self._by_column(row)
        if not used and not is_own_table(row.fields):
            return (), others
        annotator, name = self._annotator(row)
        others = {key: value for key, value in others.items() if key not in used | {name}}
        if not answer and whole is None and not is_own_table(row.fields):
            return (), others
        return (ItemLabel(answer, annotator=annotator, field=field),), others

    def _whole(self, fields: Fields) -> Fields | None:
        """The answer, where one column holds all of it."""
        answer = fields.get(ANSWER)
        is_control = ANSWER in self.controls and f"{ANSWER}.{ANSWER}" not in fields
        if isinstance(answer, str) and answer.startswith("{") and not is_control:
            try:
                answer = loads(answer)
            except StrictJSONError:
                return None
        return answer if isinstance(answer, dict) else None

    def _columns(self, fields: Fields) -> dict[str, str]:
        """By column the control whose answer stands there."""
        found = {}
        fixed = self.fixed if is_own_table(fields) else self.fixed | ITEM_COLUMNS
        for name in self.controls:
            if f"{ANSWER}.{name}" in fields:
                found[f"{ANSWER}.{name}"] = name
            elif name in fields and name not in fixed:
                found[name] = name
        return found

    def _by_column(self, row: Row) -> tuple[Fields, set[str], str]:
        """The answer of a row, the columns that may be labels, and where it stands in the row."""
        fields, columns = row.fields, self._columns(row.fields)
        if is_own_table(fields):
            if fields["undecidable"] not in ("", None):
                return {UNDECIDABLE: fields["undecidable"]}, set(fields) - self.fixed, ""
            # Controls of older versions: named as unknown when the answer is checked.
            columns |= {name: name for name in fields if name not in self.fixed | columns.keys()}
        answer = {}
        for column, name in columns.items():
            value = _value(self.controls.get(name), fields[column], column, row.number)
            if value is not None:
                answer[name] = value
        column = self._role(LABEL, fields)
        if column is None or not self.choices or is_own_table(fields):
            return answer, set(columns), ""
        control = self._choice_with(fields[column])
        if control["name"] not in answer:
            value = _value(control, _word(fields[column]), column, row.number)
            if value is not None:
                return {**answer, control["name"]: value}, {*columns, column}, column
        return answer, {*columns, column}, ""

    def _role(self, role: str, fields: Fields) -> str | None:
        """The column that was chosen for a role, or has its name and is not that of a control."""
        name = self.chosen[role] or (role if role not in self.controls else None)
        return name if name in fields else None

    def _choice_with(self, value: Any) -> Control:
        for control in self.choices:
            if any(option["value"] == value for option in flatten(control["options"])):
                return control
        return self.choices[0]

    def _annotator(self, row: Row) -> tuple[str | None, str | None]:
        """Who said it, and the column that says so."""
        name = self._role(ANNOTATOR, row.fields)
        value = row.fields[name] if name else None
        if name is None or value in ("", None):
            return None, name
        return clean_id(value, field=name, row=row.number, limit=ANNOTATOR_LENGTH), name


def is_own_table(fields: Fields) -> bool:
    """Whether a row has the columns of our own CSV.

    >>> is_own_table({"item": "a", "bird": "robin"})
    False
    """
    return fields.keys() >= OWN_COLUMNS


def _without_own(fields: Fields) -> Fields:
    """What a row says of its item, without what our own exports add to that."""
    if _is_own_object(fields):
        kept = {name: value for name, value in fields.items() if name not in OWN_FACTS}
        return {**fields["data"], **kept, **({"item": fields["item"]} if "item" in fields else {})}
    if is_own_table(fields):
        return {name: fields[name] for name in ("item", "text") if name in fields}
    return fields


def _is_own_object(fields: Fields) -> bool:
    return ANSWER in fields and isinstance(fields.get("data"), dict)


def _value(control: Control | None, cell: Any, column: str, row: int) -> Any:
    """What a cell says to a control; None where it is empty. Raises RowRefused."""
    if not isinstance(cell, str) or control is None:
        return None if cell == "" else cell
    match control["type"]:
        case _ if cell == "":
            return None
        case "shapes" | "spans":
            return _json(cell, column, row)
        case "choice" if control.get("multiple"):
            return _json(cell, column, row) if cell.startswith("[") else [cell]
        case "rating" if WHOLE_NUMBER.fullmatch(cell.strip()):
            return int(cell.partition(".")[0])
    return cell


def _json(cell: str, column: str, row: int) -> Any:
    try:
        return loads(cell)
    except StrictJSONError as error:
        raise RowRefused(
            Problem(
                error.code,
                "{reason}",
                row=row,
                field=column,
                value=cell,
                params={"reason": error.message},
            )
        ) from error


def _word(value: Any) -> Any:
    """A class as text: some files number theirs.

    >>> _word(3), _word(True), _word(["a"])
    ('3', 'true', ['a'])
    """
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value
