"""A file goes in pieces over a line that breaks, and is looked at before it is imported."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import create_project

pytestmark = pytest.mark.once

PIECES = "**/api/v1/uploads/*/"


def test_a_cut_connection_costs_a_piece_and_a_reload_nothing(as_person, watch, tmp_path):
    watch.allow("net::ERR_")
    mei = as_person("mei")
    slug = create_project(
        mei, "Sent in pieces", kind="choice", classes=["robin"], question="Bird", items="texts"
    )
    table = tmp_path / "birds.csv"
    rows = "".join(f"i{number},{'many words ' * 9}{number},robin\n" for number in range(12_000))
    table.write_text("key,text,lang\n" + rows)
    sent = []

    def cut(route):
        sent.append(route.request.headers.get("content-range"))
        # The third piece never arrives; nor does anything after it.
        if len(sent) > 3:
            route.abort("internetdisconnected")
        else:
            route.continue_()

    mei.goto(f"/projects/{slug}/imports/new/")
    mei.route(PIECES, cut)
    mei.get_by_label("File", exact=True).set_input_files(table)
    mei.get_by_role("button", name="Send the file").click()
    expect(mei.locator("[data-upload-status]")).to_contain_text("connection is lost")
    mei.get_by_role("button", name="Pause").click()
    expect(mei.locator("[data-upload-status]")).to_contain_text("Paused")
    mei.unroute(PIECES)

    mei.reload()
    expect(mei.get_by_text("% is here")).to_be_visible()
    again = []
    mei.on("request", lambda request: again.append(request.headers.get("content-range")))
    mei.get_by_label("File", exact=True).set_input_files(table)
    mei.get_by_role("button", name="Send the file").click()
    expect(mei.get_by_role("heading", name="Before the import")).to_be_visible()
    [first, *_others] = [place for place in again if place]
    assert int(re.match(r"bytes (\d+)-", first)[1]) > 0

    expect(mei.get_by_text("is missing")).to_be_visible()
    mei.get_by_label("Id of the item").select_option("key")
    expect(mei.get_by_role("columnheader", name="key")).to_contain_text("id")
    expect(mei.get_by_text("is missing")).to_be_hidden()
    expect(mei.get_by_role("cell", name="i0", exact=True)).to_be_visible()
    mei.get_by_role("button", name="Look at all rows first").click()
    mei.get_by_role("link", name="Import the file").click(timeout=60_000)
    mei.get_by_label("Id of the item").select_option("key")
    mei.get_by_role("button", name="Import", exact=True).click()
    expect(mei.get_by_role("link", name="Make a batch")).to_be_visible(timeout=60_000)
    expect(mei.get_by_text("12000", exact=True)).to_be_visible()
