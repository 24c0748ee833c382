"""Imports point downwards, and pure packages stay pure. Read from the source, never imported."""

import ast
from functools import cache
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_imports_point_downwards(path):
    module = module_name(path)
    own_height, own_layer = height(module), layer(module)
    for imported in imports(path):
        there = height(imported)
        if own_height is not None and there is not None:
            assert there <= own_height, f"{module} imports {imported}, which stands above it"
        same_package = imported.split(".")[0] == module.split(".")[0]
        there_layer = layer(imported)
        if same_package and own_layer is not None and there_layer is not None:
            assert there_layer <= own_layer, f"{module} imports {imported}, a higher layer"


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if any(is_within(module_name(path), name) for name in PURE)],
    ids=module_name,
)
def test_pure_packages_import_no_framework(path):
    libraries = {name.split(".")[0] for name in imports(path)}
    assert not libraries & IMPURE_LIBRARIES


# What opens connections by itself. Besides the one way out, the supervisor asks its own web
# server whether it is up, and the command `simulate` labels on the server of its operator.
CLIENTS = ("http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp")
OWN_WAYS = {
    "labelops.fetching",
    "labelops.supervisor",
    "tasks.management.simulated_client",
}


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_requests_to_elsewhere_leave_by_one_way(path):
    module = module_name(path)
    if any(is_within(module, way) for way in OWN_WAYS):
        return
    found = {name for name in imports(path) if any(is_within(name, way) for way in CLIENTS)}
    assert not found, f"{module} imports {found}; use labelops.fetching"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_no_import_hides_inside_a_function(path):
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            hidden = [
                n.lineno for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)
            ]
            assert not hidden, f"{path.name}:{hidden[0]} imports inside {node.name}()"


@pytest.mark.parametrize(
    ("importer", "imported"),
    [("tasks.services.batches", "reviews.models"), ("labelops.accounts.models", "tasks.models")],
)
def test_the_guard_catches_an_upward_import(importer, imported):
    assert height(imported) > height(importer)
