"""Times a change of the rules over very many accepted labels on PostgreSQL, and Markdown.

`python -m bench.instructions --labels 1000000` prints JSON.
"""

import argparse
import json

from bench import inside


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=1_000_000)
    chosen = parser.parse_args()
    found = inside.measured("accepted", f"measure({chosen.labels})", is_running=True)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
