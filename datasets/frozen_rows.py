"""Database triggers that refuse every change of a frozen dataset version and of its entries.

A version is what a model's evaluation refers to years later: a script, a repair by hand or a new
service must not change it either. It goes only together with its whole project, from the bin.
"""

from typing import Any

from labelops import row_guards

VERSIONS = "datasets_datasetversion"
ENTRIES = "datasets_datasetentry"
SENTENCE = "a frozen dataset version cannot be changed"
# The one way out: the whole project has been in the bin for its 30 days.
IS_PURGED = (
    "EXISTS (SELECT 1 FROM tasks_project AS purged "
    "WHERE purged.id = {project} AND purged.purge_begun_at IS NOT NULL)"
)
STANDS = f"OLD.state = 'frozen' AND NOT {IS_PURGED.format(project='OLD.project_id')}"
IS_FROZEN = (
    "EXISTS (SELECT 1 FROM datasets_datasetversion AS frozen "
    "WHERE frozen.id = {row}.version_id AND frozen.state = 'frozen')"
)
OF_NEW, OF_OLD = IS_FROZEN.format(row="NEW"), IS_FROZEN.format(row="OLD")
OF_STANDING = f"{OF_OLD[:-1]} AND NOT {IS_PURGED.format(project='frozen.project_id')})"
# By table and event: when the change is refused.
REFUSED = {
    (VERSIONS, "UPDATE"): "OLD.state = 'frozen'",
    (VERSIONS, "DELETE"): STANDS,
    (ENTRIES, "INSERT"): OF_NEW,
    (ENTRIES, "UPDATE"): f"{OF_OLD} OR {OF_NEW}",
    (ENTRIES, "DELETE"): OF_STANDING,
}


def install(using: str = "default", **_keywords: Any) -> None:
    row_guards.install(REFUSED, SENTENCE, using)
