"""Runs a measurement inside Django, on a PostgreSQL of its own."""

import json
import os
import shutil
from typing import Any

from tests.servers import Postgres
from tests.stack import Stack


def call(stack: Stack, module: str, expression: str) -> Any:
    """What an expression comes to that speaks of a module of bench."""
    code = f"import json; from bench import {module}; print(json.dumps({module}.{expression}))"
    return json.loads(stack.shell(code).strip().splitlines()[-1])


def measured(module: str, expression: str, *, is_running: bool) -> Any:
    """The same on a new database, with the whole product running beside it or with none of it."""
    postgres = Postgres()
    os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
    stack = Stack()
    try:
        if is_running:
            stack.start()
        else:
            stack.manage("migrate", "--verbosity", "0")
        return call(stack, module, expression)
    finally:
        stack.stop()
        postgres.stop()
        shutil.rmtree(stack.data_dir, ignore_errors=True)
