"""Database triggers that keep rates and closed statements as they were written.

People were paid by them.
"""

from typing import Any

from labelops import row_guards

SENTENCE = "rates and closed statements are never changed"
REFUSED = {
    (table, event): "true"
    for table in ("reviews_payrate", "reviews_closedmonth", "reviews_statementline")
    for event in ("UPDATE", "DELETE")
}


def install(using: str = "default", **_keywords: Any) -> None:
    row_guards.install(REFUSED, SENTENCE, using)
