"""Sentences about numbers can be said of one, of few and of many."""

import ast
import re
from pathlib import Path

import pytest

from tests.test_architecture import ROOT, parsed

pytestmark = pytest.mark.once
PYTHON = sorted((ROOT / "datasets").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates" / "datasets").glob("*.html"))
NOUNS = "items|tiles|labels|objects|classes|pairs|answers|candidates|tasks|tests|models|people"
# A limit, called most or least, and what several have in `all`, is never one.
COUNTED = re.compile(
    rf"(?:%\((?!most|least|all)\w+\)[sd]|{{{{ (?!most|least|all)\w+ }}}}) (?:{NOUNS})\b"
)
BLOCK = re.compile(r"{% blocktranslate (?!count)[^%]*%}(.*?){% endblocktranslate %}", re.DOTALL)
PLAIN = {"_", "gettext", "gettext_lazy"}


def said(path: Path) -> list[str]:
    """What a module has translated without forms for numbers."""
    calls = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    return [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in PLAIN
        and isinstance(call.args[0], ast.Constant)
    ]


def test_what_is_counted_has_a_form_for_each_number():
    sentences = [(path, text) for path in PYTHON for text in said(path)]
    sentences += [(path, text) for path in TEMPLATES for text in BLOCK.findall(path.read_text())]
    assert len(sentences) > 400
    assert [(path.name, text) for path, text in sentences if COUNTED.search(text)] == []
