"""A skeleton as lines of text, and back: `name`, or `name: other, another` for points it joins."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

Skeleton = dict[str, Any]
SEPARATOR = ":"


class SkeletonError(ValueError):
    """A sentence that names the line."""


def to_lines(skeleton: Skeleton) -> str:
    """Each edge stands with the later of its two points.

    >>> print(to_lines({"names": ["nose", "ear"], "edges": [[0, 1]]}))
    nose
    ear: nose
    """
    names = skeleton["names"]
    lines = []
    for index, name in enumerate(names):
        others = [names[min(edge)] for edge in skeleton["edges"] if max(edge) == index]
        lines.append(f"{name}{SEPARATOR} {', '.join(others)}" if others else name)
    return "\n".join(lines)


def from_lines(text: str, known: Skeleton | None = None) -> Skeleton:
    """The skeleton of the lines; lines that nobody changed stay the skeleton that is known.

    Raises SkeletonError.

    >>> from_lines("nose\\near: nose")
    {'names': ['nose', 'ear'], 'edges': [[0, 1]]}
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if known and text == to_lines(known):
        return known
    rows = list(_rows(text))
    names = [name for _number, name, _others in rows]
    if not names:
        raise SkeletonError(_("Write the points of the skeleton, one per line."))
    edges: list[list[int]] = []
    for number, name, others in rows:
        if not name:
            raise SkeletonError(_("Line %(line)d has no name before the colon.") % {"line": number})
        if names.index(name) != number - 1:
            raise SkeletonError(
                _("Line %(line)d: the point “%(name)s” stands there twice.")
                % {"line": number, "name": name[:80]}
            )
        for other in others:
            if other not in names:
                raise SkeletonError(
                    _("Line %(line)d: there is no point “%(name)s”.")
                    % {"line": number, "name": other[:80]}
                )
            edge = sorted((names.index(other), number - 1))
            if edge not in edges:
                edges.append(edge)
    return {"names": names, "edges": edges}


def _rows(text: str) -> Iterator[tuple[int, str, list[str]]]:
    filled = [line.strip() for line in text.split("\n") if line.strip()]
    for number, line in enumerate(filled, start=1):
        name, _separator, others = line.partition(SEPARATOR)
        yield number, name.strip(), [other.strip() for other in others.split(",") if other.strip()]
