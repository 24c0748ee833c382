"""Database triggers that refuse every change and removal of events and of their seals.

Who owns the database can take the triggers away: what was changed then is found by the chain of
seals.
"""

from typing import Any

from labelops import row_guards

SENTENCE = "the audit log cannot be changed"
REFUSED = {
    (table, event): "true"
    for table in ("audit_event", "audit_eventseal")
    for event in ("UPDATE", "DELETE")
}


def install(using: str = "default", **_keywords: Any) -> None:
    row_guards.install(REFUSED, SENTENCE, using)
