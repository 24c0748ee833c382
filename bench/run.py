"""Runs the benchmarks, writes bench/results.json and the tables in bench/README.md.

`python -m bench.run engine --minutes 1 --large 100000 --huge 0` runs a part, or a shorter form;
what is not run keeps its figures.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import engine, start

HERE = Path(__file__).resolve().parent
PARTS = ("start", "engine")
BARS = {"first_start_seconds": "< 90 s", "second_start_seconds": "< 6 s"}
TITLES = {
    "first_start_seconds": "fresh clone, empty caches: `make run` to the login page",
    "second_start_seconds": "second `make run` to the login page",
}
ENGINE_HEAD = (
    "| Load | pairs/s | next p50 / p95 / p99 / max, ms | submit p50 / p95 / p99 / max, ms "
    "| n | errors | web CPU ms per pair | given out twice | calibration, s |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help="start, engine")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--huge", type=int, default=5_000_000)
    chosen = parser.parse_args()
    path = HERE / "results.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    if "start" in chosen.parts:
        about = _about()
        results["start"] = about | {"figures": start.measure()}
    if "engine" in chosen.parts:
        sizes = {"small": chosen.small, "large": chosen.large, "huge": chosen.huge}
        about = _about()  # before the run: others may commit during it
        figures = engine.measure(chosen.minutes, **sizes)
        results["engine"] = about | {"seed": engine.SEED, "figures": figures}
    path.write_text(json.dumps(results, indent=2) + "\n")
    for part in PARTS:
        if part in results:
            _write(part, results[part])


def _about() -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=HERE,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit,
        "machine": f"{os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "command": " ".join(["python", "-m", "bench.run", *sys.argv[1:]]),
    }


def _write(part: str, result: dict[str, Any]) -> None:
    """Put the part's table between its marks."""
    begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    table = _start_table(result) if part == "start" else _engine_table(result)
    seed = f", seed {result['seed']}" if "seed" in result else ""
    head = (
        f"`{result['command']}` at commit {result['commit']}, {result['measured_at'][:10]}, "
        f"{result['machine']}, Python {result['python']}{seed}."
    )
    page = (HERE / "README.md").read_text()
    before, rest = page.split(begin)
    after = rest.split(end)[1]
    (HERE / "README.md").write_text(f"{before}{begin}\n{head}\n\n{table}\n{end}{after}")


def _start_table(result: dict[str, Any]) -> str:
    rows = [
        f"| {TITLES[name]} | {value} s | {BARS[name]} |"
        for name, value in result["figures"].items()
    ]
    return "\n".join(["| What | Measured | Goal |", "|---|---|---|", *rows])


def _engine_table(result: dict[str, Any]) -> str:
    rows = [_engine_row(name, figure) for name, figure in result["figures"].items()]
    return "\n".join([ENGINE_HEAD, *rows])


def _engine_row(name: str, figure: dict[str, Any]) -> str:
    errors = ", ".join(f"{what}: {count}" for what, count in figure["errors"].items()) or "0"
    cells = [
        name,
        figure["pairs_per_second"],
        _times(figure["next_ms"]),
        _times(figure["submit_ms"]),
        figure["submit_ms"]["n"],
        errors,
        figure["web_cpu_ms_per_pair"],
        figure["given_out_twice"],
        figure.get("calibration_seconds", "–"),
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _times(summary: dict[str, Any]) -> str:
    return " / ".join(str(summary.get(name, "–")) for name in ("p50", "p95", "p99", "max"))


if __name__ == "__main__":
    main()
