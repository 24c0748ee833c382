"""Every number of the table is shown by something, and what is said to cover it is there."""

from pathlib import Path

import pytest

from tests.bad_input.corpus import ROWS, addresses, geometry, images, texts
from tests.bad_input.test_import_files import ARCHIVES

COVERED = [section.COVERED for section in (images, texts, geometry, addresses)]


def test_every_number_is_shown():
    own = {bad.row for bad in (*ARCHIVES, *texts.FILES, *geometry.ANSWERS, *geometry.PREDICTIONS)}
    own |= set(addresses.LINKS)
    # These have tests of their own, in test_texts and test_geometry.
    own |= {39, 40, 48}
    assert own | {row for covered in COVERED for row in covered} == ROWS


@pytest.mark.parametrize(
    "test", sorted({test for covered in COVERED for tests in covered.values() for test in tests})
)
def test_what_covers_a_number_is_there(test):
    path, name = test.split("::")
    assert f"\ndef {name}(" in Path(path).read_text()
