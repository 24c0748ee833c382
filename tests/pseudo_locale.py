"""A made-up language that is long, accented and written from right to left.

`write_catalogue` collects every sentence that the product can translate and makes a catalogue of
it. What a page in this language shows without the marks ⟦ ⟧ cannot be translated.
"""

import ast
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import django
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CODE = "xx"
FOLDER = "pseudo-locale"
OPEN, CLOSE = "⟦", "⟧"
EXTRA = 0.4
ACCENTS = str.maketrans("aceinorsuyACEINORSUY", "áçéíñóřšúýÁÇÉÍÑÓŘŠÚÝ")
# Values and markup inside a sentence stay as they are.
KEPT = re.compile(
    r"%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sd%]|\{[^{}]*\}|<[^<>]+>|&\w+;|https?://\S+"
)
PLAIN, PLURAL = 1, 2
FUNCTIONS = {
    "_": PLAIN,
    "gettext": PLAIN,
    "gettext_lazy": PLAIN,
    "gettext_noop": PLAIN,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
}
# Of the pure packages: which argument is the sentence, as the command makemessages is told.
PURE_FUNCTIONS = {"fail": 2, "Problem": 1, "ImageRefused": 1, "Hint": 0, "marked": 0}
# What Django itself says on pages of ours: forms, passwords, dates.
DJANGO = Path(django.__file__).parent
OWN_CATALOGUES = [
    DJANGO / "conf" / "locale" / "en" / "LC_MESSAGES" / "django.po",
    DJANGO / "contrib" / "auth" / "locale" / "en" / "LC_MESSAGES" / "django.po",
]
# A sentence with its context and its plural, both empty when it has none.
Message = tuple[str, str, str]


def pseudo(sentence: str) -> str:
    """The sentence accented, two fifths longer and between marks; values stay as they are."""
    kept = KEPT.findall(sentence)
    words = [part.translate(ACCENTS) for part in KEPT.split(sentence)]
    text = "".join(word + value for word, value in zip(words, [*kept, ""], strict=True))
    letters = sum(char.isalpha() for word in words for char in word)
    return f"{OPEN}{text}{' ~' * max(1, round(letters * EXTRA / 2))}{CLOSE}"


def messages() -> set[Message]:
    """Every sentence of the product's code and templates, and of Django's own pages."""
    found: set[Message] = set()
    for package in ("labelops", "tasks", "reviews", "datasets"):
        for path in sorted((ROOT / package).rglob("*.py")):
            found.update(in_code(path.read_text()))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        found.update(in_template(path.read_text()))
    for path in OWN_CATALOGUES:
        found.update(in_catalogue(path.read_text()))
    return found


def in_code(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        words = [getattr(arg, "value", None) for arg in node.args]
        place = PURE_FUNCTIONS.get(called)
        if place is not None and len(words) > place and isinstance(words[place], str):
            yield "", words[place], ""
        elif called in ("pgettext", "pgettext_lazy"):
            yield words[0], words[1], ""
        elif FUNCTIONS.get(called) == PLURAL:
            yield "", words[0], words[1]
        elif FUNCTIONS.get(called) == PLAIN and words and isinstance(words[0], str):
            yield "", words[0], ""


def in_template(source: str) -> Iterator[Message]:
    """Django turns a template into lines of calls, as for xgettext; each of them is Python."""
    text = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    lines = templatize(source)
    for found in re.finditer(rf"\bngettext\(\s*{text},\s*{text}", lines):
        yield "", ast.literal_eval(found[1]), ast.literal_eval(found[2])
    for found in re.finditer(rf"\b(?:_|gettext)\(\s*{text}\s*\)", lines):
        yield "", ast.literal_eval(found[1]), ""
    for found in re.finditer(rf"\bpgettext\(\s*{text},\s*{text}", lines):
        yield ast.literal_eval(found[1]), ast.literal_eval(found[2]), ""


def in_catalogue(source: str) -> Iterator[Message]:
    for block in source.split("\n\n")[1:]:
        fields = dict.fromkeys(("msgctxt", "msgid", "msgid_plural"), "")
        field = ""
        for line in block.splitlines():
            named = re.match(r'(msg\w+)(?:\[\d\])? (".*")$', line)
            field = named[1] if named else field
            quoted = named[2] if named else line
            if field in fields and quoted.startswith('"'):
                fields[field] += ast.literal_eval(quoted)
        if fields["msgid"]:
            yield fields["msgctxt"], fields["msgid"], fields["msgid_plural"]


def catalogue(found: set[Message]) -> dict[str, str]:
    """The keys and values of a compiled catalogue."""
    entries = {
        "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n!=1;\n"
    }
    for context, sentence, plural in found:
        key = f"{context}\x04{sentence}" if context else sentence
        if plural:
            entries[f"{key}\x00{plural}"] = f"{pseudo(sentence)}\x00{pseudo(plural)}"
        else:
            entries[key] = pseudo(sentence)
    return entries


def compiled(entries: dict[str, str]) -> bytes:
    """The binary form that gettext reads: a table of sorted keys, one of values, the texts."""
    keys = sorted(entry.encode() for entry in entries)
    values = [entries[key.decode()].encode() for key in keys]
    at = 28 + 16 * len(keys)
    table, texts = b"", b""
    for group in (keys, values):
        for text in group:
            table += struct.pack("<II", len(text), at + len(texts))
            texts += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, at)
    return head + table + texts


def write_catalogue(folder: Path) -> None:
    target = folder / FOLDER / CODE / "LC_MESSAGES"
    target.mkdir(parents=True)
    (target / "django.mo").write_bytes(compiled(catalogue(messages())))
