"""Verbs and reasons of events in words; the packages that write them register theirs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

# By name, texts that are translated when they are shown.
known_kinds: dict[str, str] = {}
known_verbs: dict[str, str] = {}
known_reasons: dict[str, str] = {}
# Kinds of verbs that are told to those alone who may know elsewhere what they tell.
secret_kinds: set[str] = set()


@dataclass(frozen=True)
class Kind:
    """Verbs of one kind, as (verb, words)."""

    title: str
    verbs: list[tuple[str, str]]


def register(
    *,
    kinds: dict[str, str],
    verbs: dict[str, str],
    reasons: dict[str, str] | None = None,
    secret: Iterable[str] = (),
) -> None:
    """A verb is `kind.what`; a reason is what services note when nobody wrote one."""
    known_kinds.update(kinds)
    known_verbs.update(verbs)
    known_reasons.update(reasons or {})
    secret_kinds.update(secret)


def of_verb(verb: str) -> str:
    """What nobody has put into words is shown as it is."""
    return str(known_verbs.get(verb, verb))


def of_reason(reason: str) -> str:
    return str(known_reasons.get(reason, reason))


def kinds_of_verbs() -> list[Kind]:
    """All verbs that have words, by kind, in the order of the reader's language."""
    by_kind: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for verb in known_verbs:
        by_kind[verb.partition(".")[0]].append((verb, of_verb(verb)))
    found = [
        Kind(str(known_kinds[kind]), sorted(verbs, key=lambda pair: pair[1].casefold()))
        for kind, verbs in by_kind.items()
    ]
    return sorted(found, key=lambda kind: kind.title.casefold())
