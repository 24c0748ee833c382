"""Failures with all that speaks for their causes, for whoever works on the model."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from datasets.models import Evaluation, FailureCause
from datasets.services.sets.causes import read_failing
from datasets.services.verdicts import MEANS
from labelops.csv_tables import AS
from labelops.errors import DomainError
from labelops.many_rows import Among
from tasks.models import Item

CSV, JSONL = "csv", "jsonl"
CHUNK = 200
# Numbers as they are stored; `neighbours` and `suspects` are names of training items.
NUMBERS = ("score", "truth_id", "predicted_id", "mistake_count", *MEANS, "reading", "beyond")
COLUMNS = (
    *("item", "address", "group", "cause", "told", "reason", "truth", "predicted"),
    *NUMBERS,
    *("neighbours", "suspects"),
)
Record = dict[str, Any]


def checked_form(given: str) -> str:
    """Raises DomainError for one that is not there."""
    if given not in ("", CSV, JSONL):
        raise DomainError(
            _("The evidence is given as “csv” or “jsonl”."), code="unknown_value", field=AS
        )
    return given or CSV


def records_of(
    evaluation: Evaluation, given: Mapping[str, str], absolute: Callable[[str], str]
) -> Iterator[Record]:
    """All failures, or those of the `cause` or the `cluster` that is given.

    Raises DomainError for one that is not there, before anything is read.
    """
    chosen = read_failing(evaluation.project, {**given, "evaluation": str(evaluation.pk)})
    rows = chosen.rows.select_related("item", "cluster")
    return _records(evaluation, rows, absolute)


def _records(evaluation: Evaluation, rows: Any, absolute: Callable[[str], str]) -> Iterator[Record]:
    after = 0
    while chunk := list(rows.filter(pk__gt=after)[:CHUNK]):
        after = chunk[-1].pk
        around = {item_id for row in chunk for item_id in row.evidence["neighbours"]}
        named = Item.everything.filter(Among(F("pk"), sorted(around)))
        names = dict(named.order_by().values_list("pk", "external_id"))
        for row in chunk:
            yield _record(evaluation, row, names, absolute)


def _record(
    evaluation: Evaluation,
    row: FailureCause,
    names: Mapping[int, str],
    absolute: Callable[[str], str],
) -> Record:
    facts = row.evidence
    return {
        "item": row.item.external_id,
        "address": absolute(reverse("item_detail", args=[row.item.public_id])),
        "group": row.cluster.number,
        "cause": row.cause,
        "told": row.traced_as,
        "reason": row.overruled_reason,
        "truth": evaluation.class_of(facts["truth"]),
        "predicted": evaluation.class_of(facts["predicted"]),
        **{name: facts[name] for name in NUMBERS},
        **{
            name: [names[item_id] for item_id in facts[name] if item_id in names]
            for name in ("neighbours", "suspects")
        },
    }


def table_rows(records: Iterator[Record]) -> Iterator[list[Any]]:
    """As a table has them: names of several items in one cell."""
    for record in records:
        values = (record[name] for name in COLUMNS)
        yield ["; ".join(value) if isinstance(value, list) else value for value in values]


def lines(records: Iterator[Record]) -> Iterator[bytes]:
    for record in records:
        yield json.dumps(record, ensure_ascii=False).encode(errors="replace") + b"\n"
