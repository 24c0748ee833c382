"""Times the queue of the review desk over very many labels on PostgreSQL.

`python -m bench.review_queue --labels 100000 --waiting 20000` prints JSON.
"""

import argparse
import json

from bench import inside


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=100_000)
    parser.add_argument("--waiting", type=int, default=20_000)
    chosen = parser.parse_args()
    work = f"measure({chosen.labels}, {chosen.waiting})"
    print(json.dumps(inside.measured("waiting", work, is_running=False), indent=2))


if __name__ == "__main__":
    main()
