"""`make bench` runs what bench/README.md names, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_make_bench_runs_what_the_readme_names():
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    [parts] = re.findall(r"^BENCHMARKS := (.+)$", makefile, re.MULTILINE)
    named = set(re.findall(r"-m bench\.(\w+)", (ROOT / "bench" / "README.md").read_text()))
    assert {*parts.split(), "run"} == named
    assert all((ROOT / "bench" / f"{name}.py").exists() for name in named)
