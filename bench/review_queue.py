"""Times the queue of the review desk over very many labels on PostgreSQL.

`python -m bench.review_queue --labels 100000 --waiting 20000` prints JSON.
"""

import argparse
import json
import os
import shutil

from tests.servers import Postgres
from tests.stack import Stack


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=100_000)
    parser.add_argument("--waiting", type=int, default=20_000)
    chosen = parser.parse_args()
    postgres = Postgres()
    os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
    # Of the product only its database is needed.
    stack = Stack()
    try:
        stack.manage("migrate", "--verbosity", "0")
        printed = stack.shell(
            "import json; from bench import waiting; "
            f"print(json.dumps(waiting.measure({chosen.labels}, {chosen.waiting})))"
        )
        print(json.dumps(json.loads(printed.strip().splitlines()[-1]), indent=2))
    finally:
        stack.stop()
        postgres.stop()
        shutil.rmtree(stack.data_dir, ignore_errors=True)


if __name__ == "__main__":
    main()
