"""B 32-33: XML of labels that would fetch, grow or never end, beside a good image."""

from tests.bad_input.corpus import BadFile
from tests.bad_input.corpus.archives import with_good

ENTITIES = b"""<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
<annotation><filename>&m;&f;</filename></annotation>"""
OBJECT = b"<object><name>%d</name><bndbox><xmin>0</xmin></bndbox></object>"
BOX = b"""<annotation><filename>a.png</filename><object><name>car</name><bndbox><xmin>%s</xmin>
<ymin>0</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object></annotation>"""


def very_many():
    objects = b"".join(OBJECT % number for number in range(300_000))
    return b"<annotation>" + objects + b"</annotation>"


FILES = [
    BadFile(32, "entities", lambda: with_good(ENTITIES, "bad.xml"), "dtd_not_allowed", 1),
    BadFile(33, "no end", lambda: with_good(b"<annotation><a>", "bad.xml"), "bad_xml", 1),
    BadFile(33, "very many", lambda: with_good(very_many(), "bad.xml"), "file_too_large", 1),
    BadFile(33, "no number", lambda: with_good(BOX % b"ten", "bad.xml"), "not_a_number", 1),
    BadFile(33, "wrong way", lambda: with_good(BOX % b"9", "bad.xml"), "bad_box", 1),
]
