"""Texts of the demo, written for it. Names in [CLASS ...] are what an expert would mark."""

import re
from dataclasses import dataclass

MARK = re.compile(r"\[(PERSON|ORG|PLACE) ([^\]]+)\]")

MARKED = (
    "[PERSON Amina Yusuf] moved to [PLACE Lisbon] in March to lead the new office of [ORG Nordwind].",
    "Deliveries from [PLACE Rotterdam] were late again, says [PERSON Piet de Vries] of [ORG Havenlijn].",
    "The ferry between [PLACE Dover] and [PLACE Calais] was cancelled on Sunday.",
    "[ORG Lumen Robotics] hired [PERSON Sofia Marin] to test its sorting arms.",
    "Nobody at [ORG the city library] could say when the reading room would open again.",
    "[PERSON Kwame Boateng] photographed the market of [PLACE Kumasi] for a week.",
    "Heavy rain closed the road from [PLACE Salta] to [PLACE Cafayate].",
    "The report that [ORG Delta Audit] wrote for [ORG Brückner AG] has forty pages.",
    "[PERSON Dr. Mei Tanaka] reads every scan twice before she signs.",
    "A baker in [PLACE Tbilisi] gave the recipe to [PERSON Nino].",
    "[ORG Green Harbour] collects bottles in [PLACE Accra] and [PLACE Lomé].",
    "When [PERSON Jonas] called, the line to [PLACE Reykjavík] broke off.",
    "The museum of [PLACE Oaxaca] lent two masks to [ORG Museo Sol].",
    "[PERSON Fatima Zahra El Idrissi] teaches mathematics in [PLACE Fez].",
    "Two engineers of [ORG Kestrel Drones] crashed the prototype near [PLACE Tartu].",
    "The strike at [ORG Port Services] ended after [PERSON Ivana Horvat] had talked to both sides.",
    "In [PLACE Hanoi], [ORG Lotus Maps] photographs each street every spring.",
    "[PERSON Tomás] and [PERSON Irene] opened a small cinema in [PLACE Évora].",
    "The winter timetable of [ORG Fjordline] starts on Monday.",
    "“We label at night,” says [PERSON Arjun Rao], whose team works from [PLACE Pune].",
    "[ORG Orchard Health] stores no picture for longer than thirty days.",
    "The bridge in [PLACE Mostar] was drawn by [PERSON Emir] when he was nine.",
    "[PERSON Chidi Okafor] left [ORG Sable Energy] to grow cocoa in [PLACE Ondo].",
    "Snow fell on [PLACE the Atlas] while the jury of [ORG Prix Sahara] was still reading.",
    "An old map shows three wells between [PLACE Aswan] and [PLACE Abu Simbel].",
    "[ORG Blue Lantern] paid its translators late, and [PERSON Hanna Koski] wrote about it.",
    "The choir from [PLACE Tallinn] sang without [PERSON Maarja], who was ill.",
    "[PERSON Lucía Benítez] counts birds for [ORG Aves del Sur].",
    "Trains to [PLACE Jaipur] leave from platform four today.",
    "The prize went to [ORG Studio Kiwi] and its founder [PERSON Aroha Ngata].",
)


@dataclass(frozen=True)
class Text:
    """A text of the demo with the spans that are truly in it: (class, start, end)."""

    name: str
    text: str
    spans: tuple[tuple[str, int, int], ...]


def texts() -> list[Text]:
    return [_parse(f"text-{number:03}", marked) for number, marked in enumerate(MARKED, 1)]


def _parse(name: str, marked: str) -> Text:
    """Take the marks out of a text and keep where they were.

    >>> _parse("a", "To [PLACE Rome]!")
    Text(name='a', text='To Rome!', spans=(('PLACE', 3, 7),))
    """
    plain, position, spans = "", 0, []
    for mark in MARK.finditer(marked):
        plain += marked[position : mark.start()]
        spans.append((mark[1], len(plain), len(plain) + len(mark[2])))
        plain += mark[2]
        position = mark.end()
    return Text(name, plain + marked[position:], tuple(spans))
