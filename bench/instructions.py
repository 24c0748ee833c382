"""Times a change of the rules over very many accepted labels on PostgreSQL, and Markdown.

`python -m bench.instructions --labels 1000000` prints JSON.
"""

import argparse
import json
import os
import shutil

from tests.servers import Postgres
from tests.stack import Stack


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=1_000_000)
    chosen = parser.parse_args()
    postgres = Postgres()
    os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
    stack = Stack().start()
    try:
        printed = stack.shell(
            "import json; from bench import accepted; "
            f"print(json.dumps(accepted.measure({chosen.labels})))"
        )
        print(json.dumps(json.loads(printed.strip().splitlines()[-1]), indent=2))
    finally:
        stack.stop()
        postgres.stop()
        shutil.rmtree(stack.data_dir, ignore_errors=True)


if __name__ == "__main__":
    main()
