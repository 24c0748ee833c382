"""The whole suite, once on SQLite and once on PostgreSQL and Redis. Extra words go to pytest."""

import os
import subprocess
import sys

DATABASES = ("sqlite", "postgresql")
NO_TESTS_MATCHED = 5
# In the order that conftest.py gives them: what takes long must not begin last.
WORKERS = ("-n", "3", "--dist", "loadgroup", "--no-loadscope-reorder")


def main() -> int:
    statuses = []
    for database in DATABASES:
        print(f"\n=== {database} ===", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", *WORKERS]
        environment = os.environ | {"LABELOPS_TEST_DATABASE": database}
        statuses.append(subprocess.run([*command, *sys.argv[1:]], env=environment).returncode)
    return max(0 if status == NO_TESTS_MATCHED else status for status in statuses)


if __name__ == "__main__":
    sys.exit(main())
