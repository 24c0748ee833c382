import doctest
import importlib
import pkgutil

import pytest

import reviews.detectors
import reviews.quality

MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (reviews.quality, reviews.detectors)
    for module in pkgutil.iter_modules(package.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
