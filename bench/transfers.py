"""Times imports and exports by their commands on PostgreSQL, and the memory of each process.

`python -m bench.transfers --rows 1000000` prints JSON: rows a second and peak megabytes of imports
of JSONL and CSV, into an empty project and into one of so many items, of rows with boxes, of a ZIP
of photographs, and of exports. `--parts` names those that are wanted.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import inside
from tests.servers import Postgres
from tests.stack import ROOT, Stack

SEED = 20261127
COCO_TASKS, BOXES = 10_000, 3
PARTS = ("rows", "boxes", "images")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--images", type=int, default=1_000)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    chosen = parser.parse_args()
    postgres = Postgres()
    os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
    stack = Stack()
    folder = Path(tempfile.mkdtemp(prefix="labelops-bench-"))
    try:
        stack.manage("migrate", "--verbosity", "0")
        figures: dict[str, Any] = {"seed": SEED}
        if "rows" in chosen.parts:
            figures |= measure_rows(stack, folder, chosen.rows)
        if "boxes" in chosen.parts:
            figures |= measure_boxes(stack, folder)
        if "images" in chosen.parts:
            figures |= measure_images(stack, folder, chosen.images)
        print(json.dumps(figures, indent=2))
    finally:
        stack.stop()
        postgres.stop()
        for made in (stack.data_dir, folder):
            shutil.rmtree(made, ignore_errors=True)


def measure_rows(stack: Stack, folder: Path, rows: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name in ("empty", "full"):
        inside.call(stack, "transfer_data", f"project({name!r}, {SEED})")
    few = rows // 10
    files = {
        "full": write_jsonl(folder / "full.jsonl", rows, "full"),
        "jsonl": write_jsonl(folder / "few.jsonl", few, "j"),
        "csv": write_csv(folder / "few.csv", few, "c"),
        "again": write_jsonl(folder / "again.jsonl", few, "k"),
    }
    figures["import of all rows as JSONL"] = run(stack, rows, "import_items", "full", files["full"])
    figures["a tenth into an empty project"] = run(
        stack, few, "import_items", "empty", files["jsonl"]
    )
    figures["a tenth into the full project"] = run(
        stack, few, "import_items", "full", files["again"]
    )
    figures["a tenth as CSV"] = run(stack, few, "import_items", "empty", files["csv"])
    figures["the same CSV again"] = run(stack, few, "import_items", "empty", files["csv"])
    inside.call(stack, "transfer_data", f"labels('full', {SEED})")
    for name in ("jsonl", "csv"):
        figures[f"export as {name}"] = export(stack, rows + few, "full", name, folder)
    return figures


def measure_boxes(stack: Stack, folder: Path) -> dict[str, Any]:
    """Out as COCO and JSONL, and back in as labels of people and of a model."""
    count = COCO_TASKS
    inside.call(stack, "transfer_data", f"boxes('boxes', {count}, {BOXES}, {SEED})")
    figures = {
        f"export of {BOXES} boxes each as {name}": export(stack, count, "boxes", name, folder)
        for name in ("coco", "jsonl")
    }
    model = ("--model", "bench", "--model-version", "1")
    for use, more in (("annotations", ()), ("predictions", model)):
        wanted = ("boxes", str(folder / "boxes.jsonl"), "--labels", use, *more)
        figures[f"import of {BOXES} boxes each as {use}"] = run(
            stack, count, "import_items", *wanted
        )
    return figures


def measure_images(stack: Stack, folder: Path, count: int) -> dict[str, Any]:
    inside.call(stack, "transfer_data", f"boxes('photographs', 0, {BOXES}, {SEED})")
    path = folder / "photographs.zip"
    # In a process of its own: what it takes would count as the memory of the import.
    inside.call(stack, "transfer_data", f"photographs({str(path)!r}, {count}, {SEED})")
    return {"import of photographs": run(stack, count, "import_items", "photographs", str(path))}


def export(stack: Stack, count: int, project: str, name: str, folder: Path) -> dict[str, Any]:
    output = folder / f"{project}.{name}"
    return run(stack, count, "export", project, "--format", name, "--output", str(output))


def run(stack: Stack, rows: int, command: str, *arguments: str) -> dict[str, Any]:
    """Rows a second of the command alone, and the peak memory of its process."""
    print(time.strftime("%H:%M:%S"), command, *arguments, file=sys.stderr, flush=True)
    started = time.monotonic()
    made = [sys.executable, "manage.py", command, *arguments, "--json"]
    process = subprocess.Popen(made, cwd=ROOT, env=stack.environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    assert process.returncode == 0, told[:1_000]
    return {
        "rows": rows,
        "seconds": round(seconds, 1),
        "rows a second": round(rows / seconds),
        "CPU seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak MB": usage.ru_maxrss // 1_000,
    }


def write_jsonl(path: Path, rows: int, mark: str) -> str:
    with path.open("w") as stream:
        for number in range(rows):
            row = {"id": f"{mark}{number}", "text": text(mark, number), "lang": "en"}
            stream.write(json.dumps(row) + "\n")
    return str(path)


def write_csv(path: Path, rows: int, mark: str) -> str:
    with path.open("w") as stream:
        stream.write("id,text,lang\n")
        for number in range(rows):
            stream.write(f'{mark}{number},"{text(mark, number)}",en\n')
    return str(path)


def text(mark: str, number: int) -> str:
    return f"{mark} says in row {number} that robins, wrens and other birds were seen."


if __name__ == "__main__":
    main()
