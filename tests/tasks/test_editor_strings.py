"""The editor's English and the server's translatable copy of it are the same sentences."""

import re
from pathlib import Path

from tasks.reports.editor_strings import editor_strings

SOURCE = Path(__file__).resolve().parents[2] / "frontend" / "editor" / "strings.ts"


def test_the_server_translates_exactly_what_the_editor_says():
    block = SOURCE.read_text().split("export const ENGLISH = {")[1].split("};")[0]
    said = dict(re.findall(r'(\w+):\s*"((?:[^"\\]|\\.)*)"', block))
    assert editor_strings() == said
