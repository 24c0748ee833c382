"""Database triggers that note every task whose labels, result or measurements change.

A label changes in many ways: sent, imported, taken back, decided, restated, voided. A note that
each of them had to write would be forgotten by one of them; a trigger is part of the change itself,
and is lost only together with it. They are made anew after every migration, because SQLite drops
the triggers of a table that a migration rebuilds.
"""

from typing import Any

from django.db import connections

NOTES = "reviews_taskchange"
# By table: the task of a row, and the columns whose change counts.
WATCHED = {
    "tasks_annotation": ("{row}.task_id", ["answer", "state", "active_ms", "reading_ms"]),
    "tasks_task": ("{row}.id", ["state", "result_answer", "settled_at", "set_aside"]),
    "reviews_review": ("{row}.task_id", ["withdrawn_at", "dwell_ms"]),
    "reviews_consensus": ("{row}.task_id", ["standing", "was_wrong"]),
    "reviews_measurement": (
        "(SELECT task_id FROM tasks_annotation WHERE id = {row}.annotation_id)",
        ["is_right", "is_void", "expected"],
    ),
}
NOW = {"postgresql": "now()", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')"}
# Labels that are older than the triggers; none once anything was counted.
FIRST_NOTES = (
    "INSERT INTO {notes} (task_id, noted_at) "
    "SELECT DISTINCT task_id, {now} FROM tasks_annotation "
    "WHERE NOT EXISTS (SELECT 1 FROM reviews_countedtask) AND NOT EXISTS (SELECT 1 FROM {notes})"
)
DISTINCT = {"postgresql": "IS DISTINCT FROM", "sqlite": "IS NOT"}


def install(using: str = "default", **_keywords: Any) -> None:
    """Create the triggers, replacing what is there."""
    connection = connections[using]
    if {*WATCHED, NOTES} - set(connection.introspection.table_names()):
        return
    with connection.cursor() as cursor:
        for table, (task, columns) in WATCHED.items():
            for event in ("INSERT", "UPDATE", "DELETE"):
                for statement in _statements(connection.vendor, table, event, task, columns):
                    cursor.execute(statement)
        cursor.execute(FIRST_NOTES.format(notes=NOTES, now=NOW[connection.vendor]))


def _statements(vendor: str, table: str, event: str, task: str, columns: list[str]) -> list[str]:
    name = f"{table}_{event.lower()}_noted"
    found = task.format(row="OLD" if event == "DELETE" else "NEW")
    # Measurements go with their annotation: then there is no task to be found, and none is needed.
    note = (
        f"INSERT INTO {NOTES} (task_id, noted_at) "  # noqa: S608 - names of this file alone
        f"SELECT noted.task_id, {NOW[vendor]} FROM (SELECT {found} AS task_id) AS noted "
        "WHERE noted.task_id IS NOT NULL"
    )
    happened, condition = f"AFTER {event}", ""
    if event == "UPDATE":
        happened += f" OF {', '.join(columns)}"
        changed = " OR ".join(f"OLD.{name} {DISTINCT[vendor]} NEW.{name}" for name in columns)
        condition = f"WHEN ({changed})"
    if event == "INSERT" and table == "tasks_task":
        # A new task has no label yet.
        return []
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} {happened} ON {table} FOR EACH ROW {condition} "
            f"BEGIN {note}; END",
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN {note}; RETURN NULL; END$$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} {happened} ON {table} FOR EACH ROW {condition} "
        f"EXECUTE FUNCTION {name}()",
    ]
