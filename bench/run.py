"""Runs the benchmarks, writes bench/results.json and the table in bench/README.md."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import start

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- results -->", "<!-- end of results -->"
BARS = {"first_start_seconds": "< 90 s", "second_start_seconds": "< 6 s"}
TITLES = {
    "first_start_seconds": "fresh clone, empty caches: `make run` to the login page",
    "second_start_seconds": "second `make run` to the login page",
}


def main() -> None:
    figures = start.measure()
    results = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": f"{os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "figures": figures,
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    _write_table(results)
    print(json.dumps(results, indent=2))


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(
        command, cwd=HERE, check=True, capture_output=True, text=True
    ).stdout.strip()


def _write_table(results: dict) -> None:
    rows = [
        f"| {TITLES[name]} | {value} s | {BARS[name]} |"
        for name, value in results["figures"].items()
    ]
    table = "\n".join(
        [
            f"Measured at commit {results['commit']}, on {results['machine']}, "
            f"Python {results['python']}.",
            "",
            "| What | Measured | Goal |",
            "|---|---|---|",
            *rows,
        ]
    )
    page = (HERE / "README.md").read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    (HERE / "README.md").write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


if __name__ == "__main__":
    main()
