import doctest
import importlib
import pkgutil

import pytest

import datasets.analysis

MODULES = [f"datasets.analysis.{m.name}" for m in pkgutil.iter_modules(datasets.analysis.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
