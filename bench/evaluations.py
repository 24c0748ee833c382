"""Times the evaluation of 100,000 pictures with boxes, and the first page of each of its cells.

`python -m bench.evaluations --items 100000` prints JSON, on SQLite and then on PostgreSQL: how long
the job takes, the first 60 matches of every cell at three pairs of thresholds, the figures of the
page at moved thresholds, and two evaluations compared.

`python -m bench.evaluations --matches 1000000` stores so many plausible matches at once, without
judging anything, and measures what reads them.
"""

import argparse
import json
import os
import shutil
from typing import Any

from bench import inside
from tests.stack import Stack

ITEMS = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--matches", type=int)
    chosen = parser.parse_args()
    module, count = "evaluation_data", chosen.items
    if chosen.matches:
        module, count = "match_rows", chosen.matches
    expression = f"measure({count})"
    print(json.dumps(on_sqlite(module, expression), indent=2), flush=True)
    found = inside.measured(module, expression, is_running=False)
    print(json.dumps(found, indent=2), flush=True)


def on_sqlite(module: str, expression: str) -> dict[str, Any]:
    os.environ.pop("LABELOPS_TEST_DATABASE", None)
    stack = Stack()
    try:
        stack.manage("migrate", "--verbosity", "0")
        return inside.call(stack, module, expression)
    finally:
        stack.stop()
        shutil.rmtree(stack.data_dir, ignore_errors=True)


if __name__ == "__main__":
    main()
