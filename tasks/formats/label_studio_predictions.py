"""What a Label Studio ML back end answers, as answers of ours: checked, and in our classes."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from labelops.hints import Hint
from tasks.formats.controls import Controls, values
from tasks.formats.label_studio_results import ResultsReader
from tasks.formats.problems import Problem, RowRefused
from tasks.kinds.items import ItemFacts
from tasks.kinds.rules import OBJECTS

# Where a result names classes, by its type; trails of a taxonomy are lists of them.
NAMING = ("rectanglelabels", "polygonlabels", "keypointlabels", "labels", "choices", "taxonomy")
VERSION_LENGTH = 100


class Said(NamedTuple):
    """What was answered for one task; `version` is empty where the answer names none."""

    results: list[Any]
    score: Any
    version: str


def read_predictions(answer: Any, count: int) -> list[Said]:
    """What was said of each of `count` tasks, in their order. Raises RowRefused for the whole.

    >>> read_predictions({"results": [{"result": [], "score": 0.5}], "model_version": 7}, 1)
    [Said(results=[], score=0.5, version='7')]
    >>> read_predictions({"results": []}, 2)
    Traceback (most recent call last):
    tasks.formats.problems.RowRefused: It was asked about 2 tasks and answered for 0.
    """
    found = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise RowRefused(Problem("no_results", "Its answer has no list of results."))
    if len(found) != count:
        raise RowRefused(
            Problem(
                "wrong_count",
                "It was asked about {asked} tasks and answered for {given}.",
                params={"asked": count, "given": len(found)},
            )
        )
    general = version_in(answer)
    return [_said(entry, f"results[{index}]", general) for index, entry in enumerate(found)]


def version_in(answer: Any) -> str:
    """The version that an answer names, or nothing. Raises RowRefused.

    >>> version_in({"model_version": "v2"}), version_in({})
    ('v2', '')
    """
    version = answer.get("model_version") if isinstance(answer, dict) else None
    if version is None:
        return ""
    text = "" if isinstance(version, bool | dict | list) else str(version).strip()
    if not text or len(text) > VERSION_LENGTH or not text.isprintable():
        raise RowRefused(
            Problem(
                "bad_version",
                "The version that it names is no text of at most {most} characters.",
                field="model_version",
                params={"most": VERSION_LENGTH},
            )
        )
    return text


def _said(entry: Any, place: str, general: str) -> Said:
    if not isinstance(entry, dict) or not isinstance(entry.get("result"), list):
        raise RowRefused(
            Problem("no_result", "A prediction in its answer has no list of regions.", field=place)
        )
    return Said(entry["result"], entry.get("score"), version_in(entry) or general)


class PredictionsReader:
    """Turns what was said into answers under one label schema.

    `label_map` leads from their classes to ours; what it does not name is matched by itself,
    exactly or but for case.
    """

    def __init__(self, schema: dict[str, Any], label_map: Mapping[str, str]) -> None:
        self.schema = schema
        self.reader = ResultsReader(Controls(schema))
        ours = our_classes(schema)
        self.exact = {name: name for name in ours} | dict(label_map)
        self.folded = _folded(ours) | {
            folded: label_map[theirs] for folded, theirs in _folded(label_map).items()
        }

    def answer(self, said: Said, facts: ItemFacts) -> dict[str, Any]:
        """The answer, still to be checked against the schema. Raises RowRefused.

        >>> birds = {"name": "bird", "type": "choice", "options": [{"value": "robin"}]}
        >>> chosen = {"from_name": "bird", "type": "choices", "value": {"choices": ["ROBIN"]}}
        >>> reader = PredictionsReader({"controls": [birds]}, {})
        >>> reader.answer(Said([chosen], None, ""), ItemFacts("text", text="…"))
        {'bird': 'robin'}
        """
        results = [self._in_our_classes(result) for result in said.results]
        answer = self.reader.answer(results, "result", {}, facts)
        for control in self.schema["controls"]:
            # An empty list is an answer, too: there is nothing to mark.
            if control["type"] in OBJECTS:
                answer.setdefault(control["name"], [])
        return answer

    def _in_our_classes(self, result: Any) -> Any:
        """The result itself where it is none: the reader says what is wrong with it."""
        value = result.get("value") if isinstance(result, dict) else None
        if not isinstance(value, dict) or self._is_attribute(result.get("from_name")):
            return result
        named = {key: self._renamed(value[key]) for key in NAMING if key in value}
        return {**result, "value": {**value, **named}}

    def _is_attribute(self, name: Any) -> bool:
        return isinstance(name, str) and name in self.reader.own_attributes

    def _renamed(self, names: Any) -> Any:
        if isinstance(names, list):
            return [self._renamed(name) for name in names]
        if not isinstance(names, str):
            return names
        return self.exact.get(names) or self.folded.get(names.casefold(), names)


def our_classes(schema: dict[str, Any]) -> set[str]:
    """All classes of a schema, whatever control they belong to.

    >>> our_classes({"controls": [{"options": [{"value": "robin"}]}, {"type": "text"}]})
    {'robin'}
    """
    return {name for control in schema["controls"] for name in values(control)}


def _folded(names: Iterable[str]) -> dict[str, str]:
    """Names by what they are without case; two that are the same then stand for neither.

    >>> _folded(["Robin", "wren", "Wren"])
    {'robin': 'Robin'}
    """
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.casefold(), []).append(name)
    return {folded: same[0] for folded, same in found.items() if len(same) == 1}


def score_of(said: Said) -> Any:
    """How sure it is of the whole: what it says, else what it says of its least sure region.

    >>> score_of(Said([{"score": 0.9}, {"score": 0.4}], None, "")), score_of(Said([], 0.7, ""))
    (0.4, 0.7)
    """
    if said.score is not None:
        return said.score
    scores = [result.get("score") for result in said.results if isinstance(result, dict)]
    numbers = [score for score in scores if isinstance(score, int | float)]
    return min(numbers, default=None)


def with_predicted_values(schema: dict[str, Any], label_map: Mapping[str, str]) -> dict[str, Any]:
    """The schema, whose classes say by which other names the back end knows them.

    >>> schema = {"controls": [{"name": "c", "type": "choice", "options": [{"value": "robin"}]}]}
    >>> with_predicted_values(schema, {"bird 1": "robin"})["controls"][0]["options"]
    [{'value': 'robin', 'predicted_values': 'bird 1'}]
    """
    named = copy.deepcopy(schema)
    theirs: dict[str, list[str]] = {}
    for their_name, our_name in label_map.items():
        theirs.setdefault(our_name, []).append(their_name)
    for control in named["controls"]:
        for entry in _entries(control.get("labels", control.get("options", []))):
            if entry["value"] in theirs:
                entry["predicted_values"] = ",".join(theirs[entry["value"]])
    return named


def _entries(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        yield entry
        yield from _entries(entry.get("children", []))


def read_label_map(text: str, ours: set[str]) -> dict[str, str]:
    """A line for each of their classes: `their class = our class`. Raises RowRefused.

    >>> read_label_map("car = vehicle", {"vehicle"})
    {'car': 'vehicle'}
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        theirs, sign, our_name = (part.strip() for part in line.rpartition("="))
        if not line.strip():
            continue
        if not sign or not theirs or our_name not in ours:
            raise RowRefused(
                Problem(
                    "bad_label_map",
                    "Line {number} does not lead to a class of this project.",
                    row=number,
                    field="label_map",
                    hint=Hint("Write each as: their class = our class"),
                    params={"number": number},
                )
            )
        found[theirs] = our_name
    return found
