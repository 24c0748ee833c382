"""What items may have in common, by which clusters are named: labels, metadata, words."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.services.standing_labels import accepted_tasks
from labelops.jobs.heart import Beat
from labelops.json_member import Member
from reviews.baseline.texts import WORD
from tasks.kinds.schema import single_choice
from tasks.models import Item, Project
from tasks.services.instructions import current_schema

CHUNK = 1_000
# A field with more values than these tells items apart, and names nothing.
VALUES_MOST = 100
VALUE_LENGTH = 40
WORD_SHORTEST, TEXT_READ = 3, 2_000
# A word in fewer texts, or in more than this share of them, is no trait.
WORD_TEXTS_LEAST, WORD_SHARE_MOST = 5, 0.5
Having = dict[str, list[int]]
Control = dict[str, Any]


def traits(project: Project, ids: NDArray[np.int64], *, beat: Beat) -> Having:
    """At which places of the ids items have each of them."""
    fields: dict[str, Having] = defaultdict(lambda: defaultdict(list))
    words: Having = defaultdict(list)
    labels: Having = defaultdict(list)
    control = single_choice(current_schema(project))
    titles = _titles(control)
    for first in range(0, len(ids), CHUNK):
        chunk = ids[first : first + CHUNK].tolist()
        data = dict(Item.everything.filter(pk__in=chunk).values_list("pk", "data"))
        labeled = _labels(control, chunk)
        for place, item_id in enumerate(chunk, start=first):
            known = data.get(item_id, {})
            for name, value in _values(known):
                # One too many is enough to know that the field is none of these.
                if value in fields[name] or len(fields[name]) <= VALUES_MOST:
                    fields[name][value].append(place)
            for word in _words(known.get("text")):
                words[word].append(place)
            if item_id in labeled:
                label = labeled[item_id]
                labels[f"label {titles.get(label, label)}"].append(place)
        beat()
    named = [values for values in fields.values() if len(values) <= VALUES_MOST]
    found = _common(words, len(ids))
    for values in [*named, labels]:
        found |= values
    return found


def _titles(control: Control | None) -> dict[str, str]:
    """What people call the classes of the project's one choice; none where it asks otherwise."""
    options = control["options"] if control else []
    return {option["value"]: option.get("title") or option["value"] for option in options}


def _labels(control: Control | None, item_ids: Sequence[int]) -> dict[int, str]:
    """The label of each item that stands, where one choice is all that is asked."""
    if control is None:
        return {}
    said = (
        accepted_tasks()
        .filter(item__in=item_ids)
        .annotate(label=Member("result_answer", control["name"]))
    )
    found = dict(said.values_list("item", "label"))
    return {item_id: label for item_id, label in found.items() if isinstance(label, str)}


def _values(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields and what they say: words as they are, numbers and yes or no with their field."""
    for name, value in data.items():
        if name == "text" or not isinstance(value, str | int | float):
            continue
        is_word = isinstance(value, str) and not value.isdecimal()
        said = str(value) if is_word else f"{name} {value}"
        if said.strip() and len(said) <= VALUE_LENGTH:
            yield name, said


def _words(text: Any) -> Sequence[str]:
    if not isinstance(text, str):
        return []
    found = {word for word in WORD.findall(text[:TEXT_READ].lower()) if len(word) >= WORD_SHORTEST}
    return sorted(word for word in found if len(word) <= VALUE_LENGTH and not word.isdecimal())


def _common(words: Having, count: int) -> Having:
    most = WORD_SHARE_MOST * count
    return {w: places for w, places in words.items() if WORD_TEXTS_LEAST <= len(places) <= most}
