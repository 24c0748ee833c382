"""Database triggers that refuse every change of a frozen scenario test and of its items.

Its verdicts are compared over years: an item taken out, or a bar lowered a little, would make all
of them lies. It can be retired, and it goes only together with its whole project, from the bin.
"""

from typing import Any

from datasets.frozen_rows import IS_PURGED
from labelops import row_guards

SCENARIOS = "datasets_scenario"
MEMBERS = "datasets_scenarioitem"
SENTENCE = "a scenario test cannot be changed"
KEPT = (
    *("project_id", "name", "number", "dataset_version_id", "control", "measure"),
    *("score_bar", "overlap_bar"),
    *("label", "bar_percent", "severity", "item_count", "frozen_at"),
)
IS_OTHER = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in KEPT)
IS_FROZEN = (
    "EXISTS (SELECT 1 FROM datasets_scenario AS frozen "
    "WHERE frozen.id = {row}.scenario_id AND frozen.frozen_at IS NOT NULL)"
)
OF_NEW, OF_OLD = IS_FROZEN.format(row="NEW"), IS_FROZEN.format(row="OLD")
OF_STANDING = f"{OF_OLD[:-1]} AND NOT {IS_PURGED.format(project='frozen.project_id')})"
# By table and event: when the change is refused.
REFUSED = {
    (SCENARIOS, "UPDATE"): f"OLD.frozen_at IS NOT NULL AND (NEW.frozen_at IS NULL OR {IS_OTHER})",
    (SCENARIOS, "DELETE"): f"NOT {IS_PURGED.format(project='OLD.project_id')}",
    (MEMBERS, "INSERT"): OF_NEW,
    (MEMBERS, "UPDATE"): f"{OF_OLD} OR {OF_NEW}",
    (MEMBERS, "DELETE"): OF_STANDING,
}


def install(using: str = "default", **_keywords: Any) -> None:
    row_guards.install(REFUSED, SENTENCE, using)
