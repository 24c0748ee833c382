"""YOLO as other tools lay it out, and our own, read back."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats import detect
from tasks.formats.items import Content
from tasks.formats.problems import FileRefused, RowRefused
from tasks.kinds import ItemFacts
from tests.tasks.format_reading import (
    answer_of,
    answers,
    archive,
    damaged,
    replaced,
    resumes,
    rewritten,
    survives,
)
from tests.tasks.formats import image, image_context, read, shapes_schema, write

pytestmark = pytest.mark.once

SCHEMA = shapes_schema("box", "polygon")
BOX = "0 0.2 0.2 0.2 0.2\n"
CAR = {"label": "car", "box": [64, 48, 128, 96]}
# With the blocks of text and the quotes that files in the wild have.
DATA_YAML = """
path: ../datasets/birds  # dataset root dir
train: images/train
val: images/val

nc: 2
names:
  0: car
  1: 'bus'

download: |
  from ultralytics.utils.downloads import download
  download([f'{x}.zip' for x in 'ab'])
"""
ULTRALYTICS = archive(
    {
        "ds/data.yaml": DATA_YAML,
        "ds/README.dataset.txt": "hello",
        "ds/images/train/a.jpg": b"one",
        "ds/images/val/b.PNG": b"two",
        "ds/images/val/empty.jpg": b"three",
        "ds/images/val/alone.jpg": b"four",
        "ds/labels/train/a.txt": f"\ufeff{BOX}\r\n1 0 0 0.5 0 0.5 0.25 \n",
        "ds/labels/val/b.txt": "0.0 0.2 0.2 0.2 0.2 0.87",
        "ds/labels/val/empty.txt": "",
        "ds/labels/val/lost.txt": BOX,
        "ds/labels/train.cache": b"\x80\x03",
    }
)


def pixels(row, width=640, height=480):
    [label] = row.labels
    shapes = answer_of(label, ItemFacts("image", width, height))["objects"]
    return [
        {key: pytest.approx(value) if key != "label" else value for key, value in shape.items()}
        for shape in shapes
    ]


def yolo(labels, names="names: [car, bus]", **files):
    return archive({"data.yaml": names, "labels/a.txt": labels, **files})


def entries_of(content):
    """The texts of an archive, and the numbers of its label files."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        entries = {name: source.read(name).decode() for name in source.namelist()}
    return {
        name: pytest.approx([float(share) for share in text.split()], rel=0, abs=1e-11)
        if name.startswith("labels/")
        else text
        for name, text in entries.items()
    }


def one(labels, **keywords):
    [row] = read("yolo", yolo(labels, **keywords), schema=SCHEMA)
    return row


def test_images_have_their_labels_in_the_folder_beside_them():
    rows = resumes("yolo", ULTRALYTICS, schema=SCHEMA)
    assert [row.external_id for row in rows] == [
        "train/a.jpg",
        "val/b.PNG",
        "val/empty.jpg",
        "val/alone.jpg",
        "val/lost",
    ]
    found = {row.external_id: row for row in rows}
    polygon = [pytest.approx(point) for point in ([0, 0], [320, 0], [320, 120])]
    car, bus = answers(rows)["train/a.jpg"]["objects"]
    assert (bus["label"], bus["polygon"]) == ("bus", polygon)
    assert (car["label"], car["box"]) == ("car", pytest.approx(CAR["box"]))
    assert pixels(found["val/b.PNG"]) == [CAR]
    assert answers(rows)["val/empty.jpg"] == {"objects": []}
    assert found["val/alone.jpg"].labels == ()
    assert found["val/lost"].content == Content.ABSENT
    assert {"val/lost.jpg", "lost.png", "lost"} <= set(found["val/lost"].aliases)
    assert [row.data for row in rows[:2]] == [{"split": "train"}, {"split": "val"}]
    assert rows[0].aliases == ("a.jpg",)
    assert detect(io.BytesIO(ULTRALYTICS)) == "yolo"
    assert read("yolo", ULTRALYTICS)[0].load() == b"one"


@pytest.mark.parametrize(
    ("files", "external_id"),
    [
        # Roboflow
        (
            {
                "data.yaml": "names: ['car', 'bus']\nnc: 2\ntrain: ../train/images\n",
                "train/images/a.jpg": b"",
                "train/labels/a.txt": BOX,
            },
            "train/a.jpg",
        ),
        # CVAT, Darknet
        (
            {
                "obj.names": "car\nbus\n",
                "obj.data": "classes = 2\nnames = data/obj.names\n",
                "train.txt": "data/obj_train_data/x/a.jpg\n",
                "obj_train_data/x/a.jpg": b"",
                "obj_train_data/x/a.txt": BOX,
            },
            "x/a.jpg",
        ),
        # Label Studio
        ({"classes.txt": "car\nbus", "images/a.jpg": b"", "labels/a.txt": BOX}, "a.jpg"),
        ({"labels/classes.txt": "car\n", "images/a.jpg": b"", "labels/a.txt": BOX}, "a.jpg"),
    ],
    ids=["roboflow", "darknet", "label-studio", "names-beside-labels"],
)
def test_the_layouts_of_other_tools_are_known(files, external_id):
    content = archive(files)
    [row] = resumes("yolo", content, schema=SCHEMA)
    assert (row.external_id, row.content) == (external_id, Content.GIVEN)
    assert pixels(row) == [CAR]
    assert detect(io.BytesIO(content)) == "yolo"


def test_without_label_schema_only_images_are_read():
    content = archive({"images/a.jpg": b"", "labels/a.txt": "?"})
    [row] = read("yolo", content)
    assert row.labels == ()


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ("names: &a [car]\nx: *a", "bad_yaml"),
        ("names: [" * 5_000, "bad_yaml"),
        ("a: &x ['lol']\nb: [*x, *x]\nnames: [car]", "bad_yaml"),
        ("names: car", "bad_names"),
        ("names: {one: car}", "bad_names"),
        ("names: [[car]]", "bad_names"),
        ("names: [car]\nkpt_shape: [17, 3]", "keypoints"),
        (b"names: [caf\xe9]", "encoding"),
        ("#" * 300_000, "bad_yaml"),
        ("nc: 1", "no_class_names"),
        ("names: !!python/object/apply:os.system [exit]", None),
        ("names: [no, 1.0, null]", None),
    ],
    ids=["alias", "deep", "lol", "text", "words", "nested", "pose", "latin", "large", "none"]
    + ["object", "plain"],
)
def test_what_does_not_name_the_classes_is_refused(names, code):
    if code is None:
        assert read("yolo", yolo("", names=names), schema=SCHEMA)
        return
    with pytest.raises(FileRefused) as refusal:
        read("yolo", yolo(BOX, names=names), schema=SCHEMA)
    assert refusal.value.problem.code == code


def test_of_very_many_yaml_files_only_some_are_looked_into():
    files = {f"{number}.yaml": "a: 1" for number in range(9)} | {"labels/a.txt": BOX}
    content = archive({**files, "z/data.yaml": "names: [car]"})
    assert pixels(read("yolo", content, schema=SCHEMA)[-1]) == [CAR]
    with pytest.raises(FileRefused) as refusal:
        read("yolo", archive({**files, "z/other.yaml": "names: [car]"}), schema=SCHEMA)
    assert refusal.value.problem.code == "no_class_names"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0 0.5 0.5 0.1", "bad_line"),
        ("0", "bad_line"),
        ("0 a 0.5 0.1 0.1", "not_a_number"),
        ("0 nan 0.5 0.1 0.1", "not_a_number"),
        ("0 1e999 0.5 0.1 0.1", "not_a_number"),
        ("0 320 240 100 100", "not_a_share"),
        ("7 0.5 0.5 0.1 0.1", "unknown_class_number"),
        ("-1 0.5 0.5 0.1 0.1", "unknown_class_number"),
        ("0.5 0.5 0.5 0.1 0.1", "unknown_class_number"),
        ("car 0.5 0.5 0.1 0.1", "not_a_number"),
    ],
)
def test_a_bad_line_is_named_and_the_other_images_are_read(line, code):
    content = yolo(f"{BOX}\n{line}\n", **{"labels/b.txt": BOX})
    bad, good = read("yolo", content, schema=SCHEMA)
    assert (bad.code, bad.row, bad.entry, bad.field) == (code, 2, "labels/a.txt", "line 3")
    assert pixels(good) == [CAR]


def test_what_rounding_put_outside_is_drawn_to_the_edge_and_no_more():
    assert pixels(one("0 0.4999 0.5 1 1"), 1000, 1000) == [
        {"label": "car", "box": [0, 0, 999.9, 1000]}
    ]
    assert pixels(one("0 0.49 0.5 1 1"), 1000, 1000)[0]["box"] == [-10, 0, 1000, 1000]


def test_an_image_of_unknown_size_and_too_many_objects_are_refused_with_a_sentence():
    [label] = one(BOX).labels
    for facts, row in ((ItemFacts("image"), label), (None, one(BOX * 5_001).labels[0])):
        with pytest.raises(RowRefused) as refusal:
            answer_of(row, facts or ItemFacts("image", 9, 9))
        assert refusal.value.problem.code == ("unknown_size" if facts else "too_many")


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.lists(st.floats(0, 200), min_size=4, max_size=4),
            st.sampled_from(["car", "bus"]),
            st.sampled_from([0, 30]),
        ),
        max_size=4,
    ),
    st.booleans(),
    st.sampled_from([None, "val"]),
)
def test_our_own_archive_gives_the_same_again(drawn, has_polygons, split):
    """Outlines give the same bytes; a box comes back as its corners where there are polygons, too.

    The middle of a box at the edge of the image may differ in the twelfth decimal.
    """
    context = image_context(*(["box", "polygon"] if has_polygons else ["box"]))
    shapes = [
        {
            "box": [x, y, wide + 0.25, high + 0.25],
            "label": label,
            "rotation": turn if x > 99 < y else 0,
        }
        for (x, y, wide, high), label, turn in drawn
    ]
    data = {"split": split} if split else {}
    content, _written = write("yolo", [image("deep/ä 1.jpg", shapes, data=data)], context)
    again = rewritten("yolo", content, context, data=data)
    assert again == content or not has_polygons
    numbers = entries_of(again)
    for name, entry in entries_of(content).items():
        assert getattr(numbers[name], "expected", numbers[name]) == entry


@pytest.mark.parametrize("name", ["deep/ä 1.jpg", "without suffix"])
@pytest.mark.parametrize("format_name", ["yolo", "voc"])
def test_our_own_archive_with_its_images_is_the_same_items(format_name, name):
    record = image(
        name,
        [{"box": [0, 0, 64, 48]}],
        data={"split": "val"},
        open_image=lambda: io.BytesIO(b"one"),
    )
    content, _written = write(format_name, [record], image_context("box"))
    [row] = read(format_name, content, schema=SCHEMA)
    assert (row.external_id, row.data, row.load()) == (name, {"split": "val"}, b"one")
    assert pixels(row) == [{"label": "car", "box": [0, 0, 64, 48]}]


def test_a_class_of_two_controls_goes_to_its_own():
    context = image_context("box")
    context.schemas[0]["controls"].append({**SCHEMA["controls"][0], "name": "others"})
    content = yolo("1 0.5 0.5 1 1", names="names: [objects.car, others.car]")
    [row] = read("yolo", content, schema=context.schemas[0])
    assert list(answers([row]).values()) == [
        {"others": [{"label": "car", "box": [0, 0, 640, 480]}]}
    ]


def test_each_value_may_be_anything():
    for labels in replaced(f"{BOX}1 0 0 0.5 0 0.5 0.25\n", r"(\S+)"):
        survives("yolo", yolo(labels), schema=SCHEMA)
    for names in replaced(DATA_YAML, r"(\S+)"):
        survives("yolo", yolo(BOX, names=names), schema=SCHEMA)


@pytest.mark.parametrize("name", ["data.yaml", "items.jsonl", "labels/a.txt"])
def test_damaged_files_end_the_reading_where_all_images_need_them(name):
    files = {"data.yaml": "names: [car]", "items.jsonl": "\n" * 9, "labels/a.txt": BOX}
    content = archive({**files, name: "damaged here"}, zipfile.ZIP_STORED)
    content = content.replace(b"damaged here", b"DAMAGED here")
    if name == "labels/a.txt":
        [row] = read("yolo", content, schema=SCHEMA)
        assert row.code == "bad_crc"
        return
    with pytest.raises(FileRefused) as refusal:
        read("yolo", content, schema=SCHEMA)
    assert refusal.value.problem.code == "bad_crc"


@pytest.mark.parametrize("seed", range(60))
def test_damage_never_makes_the_reader_fail_in_an_unknown_way(seed):
    labels = f"{BOX}1 0 0 0.5 0 0.5 0.25\n"
    survives("yolo", yolo(damaged(labels, seed)), schema=SCHEMA)
    survives("yolo", yolo(labels, names=damaged(DATA_YAML, seed)), schema=SCHEMA)
