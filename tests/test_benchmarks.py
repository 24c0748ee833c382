"""`make bench` runs what bench/README.md names, and nothing else."""

import importlib
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"


def test_make_bench_runs_what_the_readme_names():
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    [parts] = re.findall(r"^BENCHMARKS := (.+)$", makefile, re.MULTILINE)
    named = set(re.findall(r"-m bench\.(\w+)", (ROOT / "bench" / "README.md").read_text()))
    assert {*parts.split(), "run"} == named
    assert all((ROOT / "bench" / f"{name}.py").exists() for name in named)


@pytest.mark.parametrize("path", sorted(BENCH.glob("*.py")), ids=lambda path: path.stem)
def test_what_a_benchmark_uses_is_there(path):
    """They run too rarely to notice that something they call was renamed."""
    importlib.import_module(f"bench.{path.stem}")
