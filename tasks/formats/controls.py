"""Which control of a label schema the classes of a file belong to."""

from collections.abc import Iterator
from typing import Any

from labelops.hints import marked
from tasks.formats.plain_numbers import is_number, number
from tasks.formats.problems import Problem, RowRefused
from tasks.kinds.labels import flatten
from tasks.kinds.objects import MAX_OBJECTS

Control = dict[str, Any]
# An object with the name of the control that it belongs to.
Found = tuple[str, dict[str, Any]]
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")
NO_CONTROL = {
    "choice": marked("The file says what images show, and the project has no control for it."),
    "shapes": marked("The file holds shapes, and the project has no control for them."),
    "spans": marked("The file holds spans, and the project has no control for them."),
}


class Controls:
    """The controls of a schema, found by their type, their tools and their classes.

    >>> car, bus = ({"name": f"{name}s", "type": "shapes", "labels": [{"value": name}]}
    ...             for name in ("car", "bus"))
    >>> controls = Controls({"controls": [car, bus]})
    >>> [controls.having("shapes", name)["name"] for name in ("bus", "tram")]
    ['buss', 'cars']
    """

    def __init__(self, schema: dict[str, Any] | None) -> None:
        self.controls: list[Control] = schema["controls"] if schema else []

    @property
    def is_empty(self) -> bool:
        """Whether there is no schema, so that items come without labels."""
        return not self.controls

    def of_type(self, type_: str) -> Iterator[Control]:
        return (control for control in self.controls if control["type"] == type_)

    def having(self, type_: str, label: str, tool: str | None = None) -> Control | None:
        """The control that has the class and the tool; one that lacks a thing where none has all.

        An unknown class goes to the first, so that its sentence can name those that are near.
        """
        return max(
            self.of_type(type_),
            key=lambda control: (label in values(control), tool in control.get("tools", ["box"])),
            default=None,
        )

    def needed(self, type_: str, label: str, tool: str | None = None, *, field: str) -> Control:
        """Like `having`; raises RowRefused where the project has none of the type."""
        control = self.having(type_, label, tool)
        if control is None:
            raise RowRefused(Problem("no_control", NO_CONTROL[type_], field=field))
        return control

    def answer(self, found: list[Found], type_: str, field: str) -> dict[str, Any] | None:
        """The objects by control; without any, that there is nothing for the first of the type.

        None where the project has no control of the type. Raises RowRefused for too many.
        """
        if len(found) > MAX_OBJECTS:
            raise RowRefused(
                Problem(
                    "too_many",
                    "There are {count} objects; at most {most} are allowed.",
                    field=field,
                    params={"count": len(found), "most": MAX_OBJECTS},
                )
            )
        names = [control["name"] for control in self.of_type(type_)]
        answer: dict[str, Any] = {name: [] for name in names[:1] if not found}
        for name, entry in found:
            answer.setdefault(name, []).append(entry)
        return answer if names else None

    def named(
        self, type_: str, name: str, tool: str | None = None, *, field: str
    ) -> tuple[Control, str]:
        """The control and the class; `control.class` tells classes of one name apart.

        Raises RowRefused where the project has no control of the type.

        >>> first, second = ({"name": name, "type": "shapes", "labels": [{"value": "red"}]}
        ...                  for name in ("cars", "birds"))
        >>> controls = Controls({"controls": [first, second]})
        >>> found, label = controls.named("shapes", "birds.red", field="line 1")
        >>> found["name"], label
        ('birds', 'red')
        """
        for control in self.of_type(type_):
            own = f"{control['name']}."
            if name.startswith(own) and name.removeprefix(own) in values(control):
                return control, name.removeprefix(own)
        return self.needed(type_, name, tool, field=field), name


def values(control: Control) -> list[str]:
    """The classes of a control, those of a tree included.

    >>> values({"labels": [{"value": "car"}]}), values({"type": "rating"})
    (['car'], [])
    """
    return [entry["value"] for entry in flatten(control.get("labels", control.get("options", [])))]


def attribute_type(control: Control, label: str, name: str) -> str | None:
    """The type of an attribute of a class, None where the schema has none of this name.

    >>> specs = [{"name": "far", "type": "boolean"}]
    >>> control = {"labels": [{"value": "car", "attributes": specs}]}
    >>> attribute_type(control, "car", "far"), attribute_type(control, "car", "near")
    ('boolean', None)
    """
    for entry in control["labels"]:
        for spec in entry.get("attributes", []) if entry["value"] == label else []:
            if spec["name"] == name:
                return str(spec["type"])
    return None


def attribute_value(type_: str | None, text: str) -> Any:
    """The value that a text stands for; one that fits no type stays as it is, to be refused later.

    >>> attribute_value("boolean", "True"), attribute_value("number", "2.5")
    (True, 2.5)
    >>> attribute_value("choice", "1"), attribute_value("number", "many")
    ('1', 'many')
    """
    if type_ == "boolean" and text.lower() in TRUE + FALSE:
        return text.lower() in TRUE
    if type_ == "number" and is_number(text):
        return number(text)
    return text
