"""Database triggers that refuse changes of rows which must stay as they were written.

The models refuse them too; a script, a repair by hand or a new service must not make them either.
They are made anew after every migration, because SQLite drops the triggers of a table that a
migration rebuilds.
"""

from collections.abc import Iterator, Mapping

from django.db import connections


def install(refused: Mapping[tuple[str, str], str], sentence: str, using: str) -> None:
    """Create the triggers, replacing what is there.

    `refused` says by table and event (INSERT, UPDATE, DELETE) in which case, as SQL over the rows
    OLD and NEW; "true" means always. Without all of the tables nothing is done.
    """
    connection = connections[using]
    if {table for table, _event in refused} - set(connection.introspection.table_names()):
        return
    with connection.cursor() as cursor:
        for (table, event), condition in refused.items():
            for statement in _statements(connection.vendor, table, event, condition, sentence):
                cursor.execute(statement)


def _statements(
    vendor: str, table: str, event: str, condition: str, sentence: str
) -> Iterator[str]:
    name = f"{table}_{event.lower()}_refused"
    if vendor == "sqlite":
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield (
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
        return
    row = "OLD" if event == "DELETE" else "NEW"
    yield (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23001'; END IF; "
        f"RETURN {row}; END$$"
    )
    yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    yield (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
