"""Every geometry is drawn with the mouse and without one, and stored where it was put."""

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.work import make_work
from tests.factories import make_image_bytes, make_zip_bytes

pytestmark = pytest.mark.once

SIZE = (800, 600)
FISH = {
    "name": "fish",
    "type": "shapes",
    "title": "Mark every fish",
    "required": False,
    "tools": ["box", "polygon", "polyline", "keypoint"],
    "skeleton": {"names": ["head", "back", "tail"], "edges": [[0, 1], [1, 2]]},
    "labels": [
        {"value": "pike", "title": "Pike", "key": "1", "color": "#1971c2"},
        {"value": "carp", "title": "Carp", "key": "2", "color": "#e8590c"},
    ],
}
TRIANGLE = [(200, 100), (500, 120), (400, 400)]


@pytest.fixture
def work(stack):
    files = {f"{name}.png": make_image_bytes(SIZE, color="#777") for name in "ab"}
    return make_work(stack, FISH, file=make_zip_bytes(files), file_name="fish.zip")


@pytest.fixture
def page(as_person, work):
    opened = as_person("ana")
    open_image(opened, work)
    return opened


def open_image(page, work):
    steps.open_label_page(page, work.batch)
    expect(page.locator(".stage-canvas .picture:not(.is-first)")).to_be_visible()


def tool(page, name):
    page.get_by_role("group", name="Shapes to draw").get_by_role("button", name=name).click()


def place(page, point):
    """Where a point of the image is on the screen."""
    frame = steps.place_of_picture(page)
    scale = frame["width"] / SIZE[0]
    return frame["x"] + point[0] * scale, frame["y"] + point[1] * scale


def click(page, *points):
    for point in points:
        page.mouse.click(*place(page, point))


def drag(page, start, end):
    page.mouse.move(*place(page, start))
    page.mouse.down()
    page.mouse.move(*place(page, end), steps=4)
    page.mouse.up()


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def count(page, number):
    expect(page.get_by_text(f"Marked so far: {number}")).to_be_visible()


def submitted(page, work):
    page.keyboard.press("Control+Enter")
    steps.expect_done(page, 1)
    [answer] = work.answers()
    return answer["fish"]


def near(points, tolerance=2):
    return [pytest.approx(point, abs=tolerance) for point in points]


def test_two_clicks_make_a_box_and_nothing_else_is_asked(page, work):
    click(page, (100, 100), (300, 200))
    count(page, 1)
    click(page, (400, 300), (600, 500))
    count(page, 2)
    first, second = submitted(page, work)
    assert first["box"] == pytest.approx([100, 100, 200, 100], abs=2)
    assert second["box"] == pytest.approx([400, 300, 200, 200], abs=2)
    assert (first["label"], first["rotation"]) == ("pike", 0)


def test_a_box_is_turned_with_its_knob(page, work):
    click(page, (300, 250), (500, 350))
    grip = page.locator('[data-grip="turn"]').bounding_box()
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(*place(page, (500, 300)), steps=5)
    page.mouse.up()
    [box] = submitted(page, work)
    assert box["rotation"] == pytest.approx(90, abs=2)
    assert box["box"] == pytest.approx([300, 250, 200, 100], abs=2)


def test_a_polygon_is_closed_by_its_first_point(page, work):
    tool(page, "Polygon")
    click(page, *TRIANGLE, TRIANGLE[0])
    count(page, 1)
    [shape] = submitted(page, work)
    assert shape["polygon"] == near(TRIANGLE)


def test_points_of_a_polygon_are_moved_put_in_and_taken_out(page, work):
    tool(page, "Polygon")
    click(page, *TRIANGLE)
    page.keyboard.press("Enter")
    drag(page, (400, 400), (420, 500))
    middle = ((420 + 200) / 2, (500 + 100) / 2)
    drag(page, middle, (150, 400))
    click(page, (500, 120))
    page.keyboard.press("Delete")
    [shape] = submitted(page, work)
    assert shape["polygon"] == near([(200, 100), (420, 500), (150, 400)], 3)


def test_a_hole_is_cut_into_a_polygon(page, work):
    tool(page, "Polygon")
    click(page, *TRIANGLE)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Cut a hole").click()
    hole = [(340, 160), (420, 170), (390, 260)]
    click(page, *hole, hole[0])
    [shape] = submitted(page, work)
    assert [near(ring) for ring in shape["holes"]] == [hole]


def test_a_hole_outside_its_polygon_is_refused_with_a_sentence(page, work):
    tool(page, "Polygon")
    click(page, *TRIANGLE)
    page.keyboard.press("Enter")
    page.keyboard.press("o")
    click(page, (600, 400), (700, 400), (700, 500))
    page.keyboard.press("Enter")
    expect(page.get_by_text("A hole must lie inside its polygon.")).to_be_visible()
    [shape] = submitted(page, work)
    assert "holes" not in shape


def test_a_line_ends_with_a_double_click(page, work):
    tool(page, "Line")
    click(page, (100, 500), (400, 450))
    page.mouse.dblclick(*place(page, (700, 520)))
    count(page, 1)
    [shape] = submitted(page, work)
    assert shape["polyline"] == near([(100, 500), (400, 450), (700, 520)])


def test_keypoints_are_placed_in_the_order_of_the_skeleton(page, work):
    tool(page, "Keypoints")
    click(page, (200, 300))
    page.keyboard.press("v")
    expect(page.get_by_text("Next: back (covered)")).to_be_visible()
    click(page, (400, 250))
    click(page, (600, 320))
    count(page, 1)
    [shape] = submitted(page, work)
    head, back, tail = shape["keypoints"]
    assert head == pytest.approx([200, 300, 2], abs=2)
    assert back == pytest.approx([400, 250, 1], abs=2)
    assert tail == pytest.approx([600, 320, 2], abs=2)


def test_a_box_is_drawn_moved_and_turned_without_a_mouse(page, work):
    press(page, "b", "ArrowRight", "ArrowRight", "Shift+ArrowDown", ".", ".")
    count(page, 1)
    [box] = submitted(page, work)
    assert box["rotation"] == 2
    x, y, width, height = box["box"]
    assert x + width / 2 > SIZE[0] / 2
    assert (width, height) != (0, 0)
    assert y + height / 2 == pytest.approx(SIZE[1] / 2, abs=6)


def test_a_polygon_with_a_hole_is_drawn_without_a_mouse(page, work):
    press(page, "m", "b", "b")
    press(page, *["Shift+ArrowRight"] * 4, "b", *["Shift+ArrowDown"] * 4, "b", "Enter")
    count(page, 1)
    press(page, "o", "b", "ArrowRight")
    press(page, *["ArrowRight"] * 3, "ArrowDown", "b", *["ArrowRight"] * 4, "b")
    press(page, "ArrowDown", "ArrowDown", "b", "Enter")
    press(page, "n", "ArrowUp")
    [shape] = submitted(page, work)
    (x1, y1), (x2, y2), (x3, y3) = shape["polygon"]
    assert y1 < y2 < y3
    assert x1 < x2 == x3
    [hole] = shape["holes"]
    assert len(hole) == 3


def test_a_line_and_keypoints_are_drawn_without_a_mouse(page, work):
    press(page, "m", "m", "b", "b", *["Shift+ArrowLeft"] * 3, "b", "Enter")
    press(page, "Escape", "m", "2", "b", "b", "Shift+ArrowRight", "v", "b")
    press(page, "v", "v", "b")
    count(page, 2)
    line, points = submitted(page, work)
    assert len(line["polyline"]) == 2
    assert points["label"] == "carp"
    assert [visible for _x, _y, visible in points["keypoints"]] == [2, 1, 0]


def test_taking_back_works_point_by_point_and_then_shape_by_shape(page, work):
    tool(page, "Polygon")
    click(page, *TRIANGLE, (300, 500))
    page.keyboard.press("Control+z")
    count(page, 0)
    page.keyboard.press("Enter")
    count(page, 1)
    page.keyboard.press("Control+z")
    count(page, 0)
    page.keyboard.press("Control+Shift+z")
    [shape] = submitted(page, work)
    assert shape["polygon"] == near(TRIANGLE)


def test_what_is_locked_stays_and_what_is_hidden_is_not_clicked(page, work):
    click(page, (100, 100), (300, 200))
    page.keyboard.press("l")
    drag(page, (200, 150), (400, 350))
    press(page, "Escape", "g", "Delete")
    expect(page.get_by_role("button", name="Remove: Pike").first).to_be_disabled()
    press(page, "h")
    expect(page.locator('.shape-mark[data-id="o1"]')).to_have_count(0)
    shapes = submitted(page, work)
    assert shapes[0]["box"] == pytest.approx([100, 100, 200, 100], abs=2)


def test_a_shape_is_copied_to_the_next_image(page, work):
    click(page, (100, 100), (300, 200))
    press(page, "Control+d", "PageDown", "Control+c", "Control+Enter")
    steps.expect_done(page, 1)
    steps.wait_for_task(page)
    count(page, 0)
    press(page, "Control+v", "Control+Enter")
    steps.expect_done(page, 2)
    first, second = work.answers()
    # The copy was sent back behind its original, and went along.
    assert first["fish"][0]["box"][0] > first["fish"][1]["box"][0]
    assert second["fish"][0]["box"] == first["fish"][0]["box"]


def test_two_fingers_zoom_and_draw_nothing(as_person, work):
    page = as_person("ana", has_touch=True)
    open_image(page, work)
    devtools = page.context.new_cdp_session(page)

    def touch(kind, *points):
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points, start=1)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    before = steps.place_of_picture(page)["width"]
    x, y = place(page, (400, 300))
    touch("touchStart", (x - 40, y), (x + 40, y))
    for step in range(1, 6):
        touch("touchMove", (x - 40 - 12 * step, y), (x + 40 + 12 * step, y))
    touch("touchEnd")
    after = steps.place_of_picture(page)["width"]
    assert after > before * 1.8
    count(page, 0)


def test_light_is_changed_by_keys_and_put_back(page):
    page.keyboard.press("]")
    expect(page.get_by_text("Brightness 110 %, contrast 100 %")).to_be_visible()
    page.keyboard.press("}")
    expect(page.get_by_text("Brightness 110 %, contrast 110 %")).to_be_visible()
    page.keyboard.press("\\")
    expect(page.get_by_text("Brightness 110 %")).to_be_hidden()


def test_the_full_image_is_fetched_once_when_the_view_needs_it(as_person, stack):
    files = {"wide.png": make_image_bytes((3000, 1500), color="#777")}
    work = make_work(stack, FISH, file=make_zip_bytes(files), file_name="fish.zip")
    page = as_person("ana")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "full" in request.url else None)
    open_image(page, work)
    picture = page.locator(".stage-canvas .picture")
    first = picture.get_attribute("href")
    assert asked == []
    press(page, *["+"] * 6)
    # Both are there for the moment in which one takes the place of the other.
    expect(picture.last).not_to_have_attribute("href", first)
    press(page, "+", "-", "+")
    assert len(asked) == 1
