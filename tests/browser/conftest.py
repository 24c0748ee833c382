"""A real Chromium before a whole LabelOps with the demo's people; what goes wrong unasked fails."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from labelops.accounts.demo_accounts import ACCOUNTS, PASSWORD
from tests.browser.chromium import WITH_WINDOWS, WITHOUT_WINDOWS, executable, flags
from tests.browser.watch import Watch
from tests.stack import Stack

# How long a busy machine may take to show what is expected; how fast pages are, bench measures.
expect.set_options(timeout=20_000)

SCREEN = {"width": 1366, "height": 768}
DEMO_SECONDS = 120
PEOPLE = "from reviews.demo.load import load_people; load_people()"
# Three chains side by side: one alone would take longer than all other tests together.
AT_THE_DEMO = set("test_accessibility test_board test_examine test_item_map test_training".split())
GROUPS = dict.fromkeys(AT_THE_DEMO, "demo") | {"test_pseudo_locale": "pseudo_locale"}
STEP_MS = 15_000


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """One worker runs all of a group, so that they share one stack and one browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group(GROUPS.get(item.path.stem, "browser")))


# The package's scope, not the session's: Playwright's event loop must be gone before tests in the
# same process use the database.
@pytest.fixture(scope="package")
def chromium():
    with sync_playwright() as playwright:
        names = (*WITHOUT_WINDOWS, *WITH_WINDOWS)
        path = executable(playwright.chromium.executable_path, names)
        browser = playwright.chromium.launch(executable_path=path, args=flags())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stack(request):
    at_the_demo = request.path.stem in AT_THE_DEMO
    return request.getfixturevalue("stack_with_demo" if at_the_demo else "stack_with_people")


@pytest.fixture(scope="package")
def stack_with_people(chromium):
    """The demo's people, who find no work but what a test makes."""
    redis = os.environ.get("REDIS_URL", "")
    with running_stack(REDIS_URL=redis and redis.rsplit("/", 1)[0] + "/1") as running:
        running.shell(PEOPLE)
        yield running


@pytest.fixture(scope="package")
def stack_with_demo(chromium):
    with running_stack(LABELOPS_DEMO="1", REDIS_URL="") as running:
        log = running.data_dir / "logs" / "demo.log"
        running.wait_for(
            # The command ends with the list of the accounts.
            lambda: log.exists() and ACCOUNTS[-1].username in log.read_text(),
            "the demo",
            DEMO_SECONDS,
        )
        yield running


@contextmanager
def running_stack(**environment):
    running = Stack(**environment)
    try:
        yield running.start()
    finally:
        running.stop()
        shutil.rmtree(running.data_dir, ignore_errors=True)


@pytest.fixture
def watch():
    """Notes what went wrong in any page of the test; `watch.allow(text)` names what is provoked."""
    watching = Watch()
    yield watching
    assert watching.problems == []


@pytest.fixture
def open_page(chromium, stack, watch):
    """Opens a page in a browser context of its own, with nobody logged in."""
    contexts = []

    def opened(**options):
        context = chromium.new_context(base_url=stack.url, viewport=SCREEN, **options)
        context.set_default_timeout(STEP_MS)
        contexts.append(context)
        watch.follow(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def enter():
    """Lets somebody in: by the login form at first, later with the session that began there.

    The check of a password takes a quarter of a second of the processor, and the form a page.
    """
    sessions = {}

    def entered(page, username):
        if username in sessions:
            page.context.add_cookies(sessions[username])
            page.goto("/")
            # A test may have ended the session.
            if "/login/" not in page.url:
                return
        log_in(page, username)
        sessions[username] = page.context.cookies()

    return entered


@pytest.fixture
def as_person(open_page, enter):
    """A page of somebody who is logged in."""

    def opened(username, **options):
        page = open_page(**options)
        enter(page, username)
        return page

    return opened


def log_in(page, username):
    page.goto("/login/")
    page.get_by_label("Account name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).first.click()
    # Every address ends with a slash, that of the login page, too.
    page.wait_for_url(lambda url: "/login/" not in url)
