"""The examples in the docstrings of the pure learner are true."""

import doctest
import importlib
import pkgutil

import pytest

import reviews.baseline

pytestmark = pytest.mark.once
MODULES = [f"reviews.baseline.{m.name}" for m in pkgutil.iter_modules(reviews.baseline.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_are_true(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
