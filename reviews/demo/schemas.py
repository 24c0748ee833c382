"""The label schemas and instructions of the demo's projects."""

from typing import Any

DIGITS: dict[str, Any] = {
    "controls": [
        {
            "name": "digit",
            "type": "choice",
            "title": "Which digit is it?",
            "required": True,
            "multiple": False,
            "options": [
                {"value": str(digit), "title": str(digit), "key": str(digit)} for digit in range(10)
            ],
        }
    ]
}
DIGITS_TEXT = """
## Goal
Say which digit the writer **meant**. The sorting machine of our customer reads parcel forms; it takes
sevens for ones.

| Looks like | Choose | Because |
|---|---|---|
| a 1 with a bar across | 7 | writers of the region cross their sevens |
| a 1 with a hook, no bar | 1 | the hook alone does not make a seven |
| an open 8 | 8 | if both halves bend the same way |

**When unsure:** choose what you would dial. If it is no digit at all, skip it with *the data is bad*.
"""

SCENES: dict[str, Any] = {
    "controls": [
        {
            "name": "notes",
            "type": "shapes",
            "title": "Paper notes",
            "tools": ["box"],
            "labels": [{"value": "note", "title": "Note", "key": "1", "color": "#d9480f"}],
        }
    ]
}
SCENES_TEXT = """
## Goal
Draw one box around **every paper note** with a handwritten digit on it.

- The box touches the paper's edge on all four sides, no more than two pixels off.
- Draw a note that is partly hidden up to where you can see it.
- No note in the picture: submit without a box.
"""

NAMES: dict[str, Any] = {
    "controls": [
        {
            "name": "names",
            "type": "spans",
            "title": "Names in the text",
            "labels": [
                {"value": "PERSON", "title": "Person", "key": "1", "color": "#1971c2"},
                {"value": "ORG", "title": "Organisation", "key": "2", "color": "#2f9e44"},
                {"value": "PLACE", "title": "Place", "key": "3", "color": "#c2255c"},
            ],
        }
    ]
}
NAMES_TEXT = """
## Goal
Mark every **name** of a person, an organisation or a place.

- Titles belong to a person's name: *Dr. Mei Tanaka* is one span.
- An article belongs to it only when it is part of the name: *the Atlas*, but not *the* office.
- A place used for its government or team is an organisation.
"""
