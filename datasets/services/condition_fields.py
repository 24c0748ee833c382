"""The fields of a project's items that conditions can be about, with values that occur."""

from collections import Counter

from datasets.analysis.conditions import DATA, BadCondition, read_conditions, text_of
from tasks.models import Project

# The newest items tell which fields there are.
SAMPLE = 500
FIELDS_MOST = 200
VALUES_SHOWN = 12
# Longer ones, and those that are all different, name no group.
LENGTH_SHOWN = 40
CONTENTS = ("text", "image", "url")


def can_be_asked(field: str) -> bool:
    """Whether a field of the data can stand in a condition."""
    try:
        read_conditions([{"field": field, "operator": "missing"}], facts=())
    except BadCondition:
        return False
    return True


def data_fields(project: Project) -> dict[str, list[str]]:
    """`data.NAME` of the newest items, each with the values that occur most."""
    values: dict[str, Counter[str]] = {}
    newest = project.items.order_by("-pk").values_list("data", flat=True)[:SAMPLE]
    for data in newest:
        for name, value in data.items():
            text = text_of(value)
            if text is not None and name not in CONTENTS:
                values.setdefault(DATA + name, Counter())[text] += 1
    fields = sorted(field for field in values if can_be_asked(field))[:FIELDS_MOST]
    return {field: _common(values[field]) for field in fields}


def _common(counts: Counter[str]) -> list[str]:
    short = [text for text, n in counts.most_common() if n > 1 and len(text) <= LENGTH_SHOWN]
    return short[:VALUES_SHOWN]
