"""The map by mouse and keys: a lasso, a glance, a legend, and on to the items."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.once
# Twelve at the left, of one label, and one at the right.
MADE = """
import numpy as np
from datasets.models import ItemMap, VectorSet
from tasks.models import Project
project = Project.objects.get(slug="digits")
items = list(project.items.order_by("pk")[:13])
made = VectorSet.objects.create(
    project=project, name="by hand", origin="brought", dimensions=2, vector_count=13
)
places = np.array([(-0.8 + 0.01 * n, 0.02 * n) for n in range(12)] + [(0.8, 0)], "<f4")
ItemMap.objects.create(
    vector_set=made, stamp=made.stamp, point_count=13, packed_twins=b"",
    packed_items=np.array([item.pk for item in items], "<i8").tobytes(),
    packed_places=places.tobytes(), packed_clusters=np.array([0] * 12 + [1], "<u2").tobytes(),
    packed_strangeness=np.ones(13, "<f4").tobytes(),
    packed_typicality=np.ones(13, "<f4").tobytes(),
    clusters=[{"size": 12, "traits": [["night", 1, 1.1]]}, {"size": 1, "traits": []}],
)
print(made.pk, items[12].external_id)
"""


@pytest.fixture(scope="module")
def vectors(stack):
    number, name = stack.shell(MADE).splitlines()[-1].split(" ", 1)
    yield number, name
    stack.shell(
        f"from datasets.models import VectorSet; VectorSet.objects.get(pk={number}).delete()"
    )


def test_points_are_looked_at_hidden_and_chosen(vectors, as_person):
    number, name = vectors
    page = as_person("mei")
    page.goto(f"/projects/digits/map/?vectors={number}")
    stage = page.locator("[data-item-map][data-state=ready]")
    stage.wait_for()
    box = page.locator(".map-canvas").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    unit = 0.47 * min(box["width"], box["height"])
    page.mouse.move(middle[0] + 0.8 * unit, middle[1])
    expect(stage.get_by_role("link", name=name)).to_be_visible()
    page.get_by_role("button", name="Lasso").click()
    left = [(-1, -0.3), (-0.4, -0.3), (-0.4, 0.5), (-1, 0.5)]
    for at, (x, y) in enumerate(left):
        page.mouse.move(middle[0] + x * unit, middle[1] + y * unit, steps=4)
        if not at:
            page.mouse.down()
    page.mouse.up()
    count = stage.get_by_role("status")
    expect(count).to_have_text("12 chosen")
    page.get_by_role("checkbox", name=re.compile("Cluster 1")).uncheck()
    expect(page.get_by_role("button", name="Look at these")).to_be_hidden()
    page.locator(".map-canvas").focus()
    page.keyboard.press("Enter")
    expect(count).to_have_text("1 chosen")
    page.get_by_role("checkbox", name=re.compile("Cluster 1")).check()
    page.locator(".map-canvas").focus()
    for key in ("+", "ArrowRight", "-", "0", "Enter"):
        page.keyboard.press(key)
    expect(count).to_have_text("13 chosen")
    page.get_by_role("button", name="Look at these").click()
    page.wait_for_url(re.compile(r"/examine/\?set=selection&selection=\d+"))
