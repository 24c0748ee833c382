"""Imports point downwards, and pure packages stay pure. Read from the source, never imported."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

# In one process, which reads the sources once.
pytestmark = pytest.mark.xdist_group("architecture")
ROOT = Path(__file__).resolve().parent.parent

# From high to low. A module may import what stands at its own height or below.
PACKAGES = [
    (
        *("labelops.urls", "labelops.views", "labelops.api", "labelops.navigation"),
        # Who may be told what rests on projects; telling somebody rests on accounts alone.
        *("labelops.wsgi", "labelops.notices.urls", "labelops.notices.views"),
        *("labelops.notices.access", "labelops.notices.forms", "labelops.notices.reports"),
    ),
    ("datasets",),
    ("reviews",),
    ("tasks",),
    ("labelops.jobs", "labelops.media", "labelops.stores"),
    ("labelops.webhooks", "labelops.notices"),
    ("labelops.fetching",),
    ("labelops.accounts",),
    ("labelops.audit",),
    ("labelops",),
]
LAYERS = [
    ("urls", "apps"),
    ("management", "demo"),
    ("views", "api", "receivers"),
    ("jobs", "forms"),
    ("services", "reports", "access"),
    ("models", "signals"),
    ("formats",),
    ("blocks",),
    ("kinds", "quality", "baseline", "detectors", "analysis"),
]
PURE = (
    *("tasks.kinds", "tasks.blocks", "tasks.formats"),
    *("reviews.quality", "reviews.baseline", "reviews.detectors", "datasets.analysis"),
)
IMPURE_LIBRARIES = {"django", "rest_framework", "celery", "kombu", "redis"}


@cache
def sources() -> list[Path]:
    return [
        path
        for package in ("labelops", "tasks", "reviews", "datasets")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def is_within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def height(module: str) -> int | None:
    """The package height: 0 is the top. The most specific prefix wins."""
    matches = [
        (len(prefix), len(PACKAGES) - position)
        for position, prefixes in enumerate(PACKAGES)
        for prefix in prefixes
        if is_within(module, prefix)
    ]
    return max(matches)[1] if matches else None


def layer(module: str) -> int | None:
    parts = module.split(".")
    if parts[0] not in {"tasks", "reviews", "datasets"} or len(parts) < 2:
        return None
    for position, names in enumerate(LAYERS):
        if parts[1] in names:
            return len(LAYERS) - position
    return None


def refused_imports(path: Path) -> Iterator[str]:
    module = module_name(path)
    own_height, own_layer = height(module), layer(module)
    for imported in imports(path):
        there, there_layer = height(imported), layer(imported)
        is_same_package = imported.split(".")[0] == module.split(".")[0]
        if is_above(there, own_height):
            yield f"{module} imports {imported}, which stands above it"
        if is_same_package and is_above(there_layer, own_layer):
            yield f"{module} imports {imported}, a higher layer"


def is_above(there: int | None, own: int | None) -> bool:
    return there is not None and own is not None and there > own


# One test for all files, as a test of its own for each would cost more than to read it.
def test_imports_point_downwards():
    assert [refused for path in sources() for refused in refused_imports(path)] == []


def test_pure_packages_import_no_framework():
    pure = [path for path in sources() if any(is_within(module_name(path), name) for name in PURE)]
    libraries = {
        module_name(path): {name.split(".")[0] for name in imports(path)} & IMPURE_LIBRARIES
        for path in pure
    }
    assert {module: found for module, found in libraries.items() if found} == {}
    assert len(pure) > len(PURE)


# What opens connections by itself. Besides the one way out, the supervisor asks its own web
# server whether it is up, and the command `simulate` labels on the server of its operator.
CLIENTS = ("http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp")
OWN_WAYS = {
    "labelops.fetching",
    "labelops.supervisor",
    "tasks.management.simulated_client",
}


def test_requests_to_elsewhere_leave_by_one_way():
    clients = {
        module_name(path): {
            name for name in imports(path) if any(is_within(name, way) for way in CLIENTS)
        }
        for path in sources()
        if not any(is_within(module_name(path), way) for way in OWN_WAYS)
    }
    using = {module: found for module, found in clients.items() if found}
    assert using == {}, "use labelops.fetching"


def hidden_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield f"{path.name}:{inner.lineno} imports inside {node.name}()"


def test_no_import_hides_inside_a_function():
    assert [hidden for path in sources() for hidden in hidden_imports(path)] == []


def test_no_part_of_scipy_is_loaded_before_it_is_used():
    early = {
        module_name(path): {name for name in imports(path) if name.startswith("scipy.")}
        for path in sources()
    }
    assert {module: found for module, found in early.items() if found} == {}, "import scipy"


@pytest.mark.parametrize(
    ("importer", "imported"),
    [("tasks.services.batches", "reviews.models"), ("labelops.accounts.models", "tasks.models")],
)
def test_the_guard_catches_an_upward_import(importer, imported):
    assert height(imported) > height(importer)
