import doctest
import importlib
import pkgutil

import pytest

import tasks.formats

MODULES = [
    f"tasks.formats.{module.name}" for module in pkgutil.iter_modules(tasks.formats.__path__)
]


@pytest.mark.parametrize("name", ["labelops.spreadsheets", "tasks.formats", *MODULES])
def test_the_examples_in_the_docstrings_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
