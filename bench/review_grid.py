"""Review at a glance by simulated hands: the grid's, on pages of what annotators labeled.

`python -m bench.review_grid [--pages N] [--slow]` prints JSON. Everything is labeled as one class
and accepted; the reviewer looks 0.25 s at each tile, finds 5 % wrong and needs 1.3 s for each.
"""

from typing import Any

from playwright.sync_api import Browser

from bench.editor import SESSION, pictures
from bench.editor_grid import PAGE, looked_through, opened, run
from tests.browser.test_review_grid import LABEL
from tests.browser.work import MOOD, make_work
from tests.slow_line import SlowLine
from tests.stack import Stack


def measured(
    browser: Browser, stack: Stack, line: SlowLine, pages: int, *, is_slow: bool
) -> dict[str, Any]:
    count = (pages + 2) * PAGE
    work = make_work(stack, MOOD, file=pictures(count), file_name="review.zip")
    stack.shell(LABEL.format(batch=work.batch, count=count))
    page = opened(browser, stack, line, SESSION.replace("ana", "rui"), is_slow=is_slow)
    page.goto(f"/review/glance/{work.slug}/grid/?value=good&size={PAGE}")
    return looked_through(page, pages) | {"is_slow": is_slow}


if __name__ == "__main__":
    run(measured, __doc__)
