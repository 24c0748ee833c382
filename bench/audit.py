"""Times the audit log over very many events on PostgreSQL.

`python -m bench.audit --events 1000000` prints JSON: how fast events are sealed, how fast the chain
is walked, and how long the page takes for those who read everything and for managers.
"""

import argparse
import json

from bench import inside


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    work = f"measure({parser.parse_args().events})"
    print(json.dumps(inside.measured("audit_events", work, is_running=False), indent=2))


if __name__ == "__main__":
    main()
