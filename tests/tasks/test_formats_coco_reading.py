"""COCO files, those of others and ours, as images with labels."""

import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats import WRITERS, bundle, detect
from tasks.formats.items import Content, ItemRecord, Working
from tasks.formats.outlines import with_slits
from tasks.formats.problems import FileRefused, Problem
from tasks.kinds.rle import decode, encode
from tests.factories import make_zip_bytes
from tests.tasks.formats import image, image_context, mutations, read, shapes_schema, write

ATTRIBUTES = [{"name": "far", "type": "boolean"}, {"name": "rotation", "type": "number"}]
SCHEMA = shapes_schema(attributes=[{"name": "far", "type": "boolean"}])
SHARES = st.floats(0, 1, allow_subnormal=False)


@st.composite
def shapes(draw):
    x, y, wide, high = (100 * draw(SHARES) for _ in range(4))
    box = {"box": [x, y, 1 + wide, 1 + high], "rotation": draw(st.sampled_from([0, 30, 90, 200]))}
    ring = [[0, 0], [640, 0], [640, 480 * draw(SHARES)], [0, 480]]
    hole = [[1, 1], [2, 1], [2, 2]]
    points = [[x, y, draw(st.integers(1, 2))], [0, 0, 0]]
    picture = np.zeros((4, 5), np.uint8)
    picture[draw(st.integers(0, 3)), draw(st.integers(0, 4)) :] = 1
    shape = draw(
        st.sampled_from(
            [
                box,
                {"polygon": ring},
                {"polygon": ring, "holes": [hole]},
                {"keypoints": draw(st.permutations(points))},
                {"mask": encode(picture)},
            ]
        )
    )
    return {**shape, **draw(st.sampled_from([{}, {"attributes": {"far": True}}]))}


def expected_of(shape):
    """What comes back of a shape: a hole is joined to its ring by a slit, a turn of 0 is none."""
    kept = {key: value for key, value in shape.items() if key not in ("id", "holes")}
    if "holes" in shape:
        kept["polygon"] = with_slits(shape["polygon"], shape["holes"])
    if not kept.get("rotation"):
        kept.pop("rotation", None)
    return kept


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [rounded(entry) for entry in value]
    return round(value, 6) + 0 if isinstance(value, float) else value


@settings(max_examples=50)
@given(st.lists(shapes(), max_size=4))
def test_our_own_file_comes_back(drawn):
    """Shapes are equal to a millionth of a pixel: of turned boxes only the hull is written."""
    size = (5, 4) if any("mask" in shape for shape in drawn) else (640, 480)
    made = [image("birds/a.jpg", drawn, *size), image("b.jpg", [{"box": [0, 0, 1, 1]}])]
    content, _written = write("coco", made, image_context())
    first, second = read("coco", content, schema=SCHEMA)
    assert (first.external_id, first.content) == ("birds/a.jpg", Content.ABSENT)
    found = first.labels[0].answer["objects"]
    assert rounded(found) == rounded([expected_of(shape) for shape in made[0].answer["objects"]])
    assert read("coco", content, schema=SCHEMA, after=1) == [second]


def test_controls_come_back_by_their_name():
    birds = shapes_schema("box", labels=["red"], name="birds")["controls"]
    schema = {"controls": [*shapes_schema("box", labels=["red"])["controls"], *birds]}
    made = image("a.jpg", [])._replace(answer={"birds": [{"label": "red", "box": [1, 2, 3, 4]}]})
    context = image_context()
    context.schemas[0] = schema
    [item] = read("coco", write("coco", [made], context)[0], schema=schema)
    assert item.labels[0].answer == made.answer


def test_a_box_turned_by_half_a_quarter_has_its_area():
    made = image("a.jpg", [{"box": [10, 10, 40, 20], "rotation": 45.0}])
    [item] = read("coco", write("coco", [made], image_context())[0], schema=SCHEMA)
    [found] = item.labels[0].answer["objects"]
    assert found["box"] == pytest.approx([10, 10, 40, 20])


CATEGORIES = [{"id": 1, "name": "car"}, {"id": "2", "name": "bus", "supercategory": "vehicle"}]
FIRST = {"id": 7, "file_name": "train2017\\a.jpg", "width": 100, "height": 50}
BOX = {"id": 31, "image_id": 7, "category_id": 1, "bbox": [1.5, 2, 30, 40], "iscrowd": 0}


def coco(*annotations, images=(FIRST,), **over):
    return {
        "info": {"year": 2026},
        "annotations": list(annotations),
        "images": list(images),
        "categories": CATEGORIES,
    } | over


def rows_of(document, schema=SCHEMA, **context):
    return read("coco", json.dumps(document, indent=1).encode(), schema=schema, **context)


def objects_of(*annotations, schema=SCHEMA, **over):
    [item] = rows_of(coco(*annotations, **over), schema)
    return item.labels[0].answer["objects"]


def test_images_are_known_by_their_name_and_ids_may_be_texts():
    annotation = {**BOX, "image_id": "7", "category_id": 2.0}
    [item] = rows_of(coco(annotation))
    assert (item.external_id, item.aliases) == ("train2017\\a.jpg", ("a.jpg",))
    assert item.labels[0].answer == {"objects": [{"label": "bus", "box": [1.5, 2, 30, 40]}]}


def test_each_ring_of_an_object_is_an_object():
    rings = [[0, 0, 9, 0, 9, 9], [20, 20, 30, 20, 30, 30, 20, 30]]
    attributes = {"far": True, "occluded": False, "rotation": 0.0}
    found = objects_of({**BOX, "segmentation": rings, "attributes": attributes})
    assert [len(shape["polygon"]) for shape in found] == [3, 4]
    assert {shape["attributes"]["far"] for shape in found} == {True}
    assert objects_of({**BOX, "segmentation": rings[0]})[0]["polygon"] == [[0, 0], [9, 0], [9, 9]]


def test_an_annotation_is_what_the_control_can_draw():
    both = {**BOX, "segmentation": [[0, 0, 9, 0, 9, 9]], "keypoints": [], "num_keypoints": 0}
    assert "polygon" in objects_of(both)[0]
    assert objects_of(both, schema=shapes_schema("box"))[0]["box"] == [1.5, 2, 30, 40]


def test_masks_are_read_compressed_or_not():
    picture = np.zeros((50, 100), np.uint8)
    picture[3:9, 4:8] = 1
    runs = np.diff([0, *(np.flatnonzero(np.diff(picture.ravel(order="F"))) + 1), 5000]).tolist()
    for counts in (encode(picture)["counts"], runs):
        [found] = objects_of({**BOX, "segmentation": {"size": [50, 100], "counts": counts}})
        assert (decode(found["mask"]) == picture).all()


def test_keypoints_go_by_the_names_of_their_category():
    person = {"id": 1, "name": "car", "keypoints": ["tail", "head"], "skeleton": [[1, 2]]}
    annotation = {**BOX, "keypoints": [5, 6, 1, 3, 4, 0], "num_keypoints": 1}
    [found] = objects_of(annotation, categories=[person])
    assert found["keypoints"] == [[0, 0, 0], [5, 6, 1]]


def test_boxes_of_others_are_turned_as_they_stand():
    [found] = objects_of({**BOX, "attributes": {"rotation": 30.0}})
    assert found == {"label": "car", "box": [1.5, 2, 30, 40], "rotation": 30.0}
    kept = shapes_schema(attributes=ATTRIBUTES)
    [found] = objects_of({**BOX, "attributes": {"rotation": 30.0}}, schema=kept)
    assert (found["attributes"], found.get("rotation")) == ({"rotation": 30.0}, None)


def test_crowds_are_objects_where_the_class_says_so():
    schema = shapes_schema(attributes=[{"name": "iscrowd", "type": "boolean"}])
    [found] = objects_of({**BOX, "iscrowd": 1}, schema=schema)
    assert found["attributes"] == {"iscrowd": True}


def test_an_image_without_annotations_is_empty_only_where_others_have_some():
    second = {"id": 8, "file_name": "b.jpg"}
    _first, empty = rows_of(coco(BOX, images=[FIRST, second]))
    assert empty.labels[0].answer == {"objects": []}
    assert [item.labels for item in rows_of(coco(images=[FIRST, second]))] == [(), ()]
    [item] = rows_of(coco(BOX), schema=None)
    assert item.labels == ()


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"image_id": None}, "missing_image", "image_id"),
        ({"image_id": 9}, "unknown_image", "image_id"),
        ({"category_id": 9}, "unknown_category", "category_id"),
        ({"category_id": [1]}, "unknown_category", "category_id"),
        ({"iscrowd": 1}, "crowd", "iscrowd"),
        ({"bbox": [1, 2, 0, 4]}, "bad_box", "bbox"),
        ({"bbox": [1, 2, 3]}, "bad_box", "bbox"),
        ({"bbox": [1, 2, "3", 4]}, "not_a_number", "bbox[2]"),
        ({"segmentation": [[1, 2, 3, 4]]}, "bad_polygon", "segmentation[0]"),
        ({"segmentation": [[1, 2, 3, 4, 5, 6, 7]]}, "bad_polygon", "segmentation[0]"),
        ({"segmentation": {"size": [50, 99], "counts": [4950]}}, "mask_size", "segmentation.size"),
        ({"segmentation": {"size": [50, 100], "counts": [1]}}, "bad_mask", "segmentation.counts"),
        ({"segmentation": {"size": [50, 100], "counts": "!"}}, "bad_mask", "segmentation.counts"),
        ({"segmentation": {"counts": [1]}}, "bad_mask", "segmentation.size"),
        ({"keypoints": [1, 2]}, "bad_keypoints", "keypoints"),
        ({"attributes": [1]}, "not_an_object", "attributes"),
    ],
)
def test_a_bad_annotation_is_named_with_its_id(changed, code, field):
    second = {"id": 8, "file_name": "b.jpg"}
    rows = rows_of(coco(BOX, {**BOX, **changed}, images=[FIRST, second]))
    [problem] = [row for row in rows if isinstance(row, Problem)]
    assert (problem.code, problem.field) == (code, f"annotations[1].{field}")
    assert "31" in str(problem.hint) or code == "crowd"
    assert len(rows) == (3 if "image" in code else 2)
    assert [row.row for row in rows] == sorted({row.row for row in rows})
    for row in rows:
        rest = rows_of(coco(BOX, {**BOX, **changed}, images=[FIRST, second]), after=row.row)
        assert [later.row for later in rest] == [one.row for one in rows if one.row > row.row]


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        (coco(images=[{"file_name": "a"}]), "missing_id", "images[0].id"),
        (coco(images=[{"id": 1}]), "missing_id", "images[0].file_name"),
        (coco(images=[FIRST, FIRST]), "duplicate_id", "images[1].id"),
        (coco(images=[7]), "not_an_object", "images[0]"),
    ],
)
def test_a_bad_image_is_named(document, code, field):
    problem = rows_of(document)[-1]
    assert (problem.code, problem.field) == (code, field)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (json.dumps(coco(images=[])), "no_rows"),
        (json.dumps(coco(categories=[*CATEGORIES, {"id": 2, "name": "x"}])), "bad_categories"),
        (json.dumps(coco() | {"images": {}}), "not_a_list"),
        (json.dumps(coco(BOX))[:-5], "file_cut_short"),
        ('{"images": [{"id": 1, "file_name": "é"}]}', "encoding"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, code):
    with pytest.raises(FileRefused) as refusal:
        read("coco", content.encode("latin-1"), schema=SCHEMA)
    assert refusal.value.problem.code == code


def test_the_format_is_told_whatever_comes_first():
    for name in ("annotations", "images", "categories"):
        document = coco(BOX)
        first = {"licenses": [{"id": 1}], name: document.pop(name)}
        assert detect(io.BytesIO(json.dumps(first | document).encode())) == "coco"
    line = b'{"id": 1, "images": [{"id": 1}], "annotations": 2}\n'
    assert detect(io.BytesIO(line * 3)) == "jsonl"


def test_it_says_that_it_lives_while_it_groups(monkeypatch):
    monkeypatch.setattr("tasks.formats.pauses.SECONDS", 0)
    images = [{"id": n, "file_name": f"{n}.jpg"} for n in range(200)]
    rows = rows_of(coco(images=images), after=199)
    assert rows[:-1] == [Working(199)] * 3
    assert rows[-1].row == 200


def test_nothing_in_a_file_makes_the_reader_fail_in_an_unknown_way():
    annotations = [
        {**BOX, "attributes": {"far": True, "rotation": 30}, "area": 900},
        {**BOX, "segmentation": [[1, 2, 3, 4, 5, 7]]},
        {**BOX, "segmentation": {"size": [50, 100], "counts": [5000]}},
        {
            **BOX,
            "segmentation": {"size": [50, 100], "counts": encode(np.ones((50, 100)))["counts"]},
        },
        {**BOX, "keypoints": [1, 2, 2, 0, 0, 0], "num_keypoints": 1},
    ]
    categories = [
        {"id": 1, "name": "car", "supercategory": "objects", "keypoints": ["tail", "head"]}
    ]
    document = coco(*annotations, images=[FIRST], categories=categories)
    document["info"]["contributor"] = "LabelOps"
    assert isinstance(rows_of(document)[0], ItemRecord)
    for changed in mutations(document):
        try:
            rows = rows_of(changed)
        except FileRefused:
            continue
        assert all(isinstance(row, ItemRecord | Problem) for row in rows)


def archive(**files):
    """A ZIP; two underscores in a name stand for a slash, one for a dot."""
    names = {name.replace("__", "/").replace("_", "."): file for name, file in files.items()}
    return make_zip_bytes(
        {
            name: json.dumps(file).encode() if isinstance(file, dict) else file
            for name, file in names.items()
        }
    )


def test_an_archive_brings_the_images_that_its_files_name():
    there = {"id": 7, "file_name": "a.jpg"}
    absent = {"id": 8, "file_name": "b.jpg"}
    orphan = {**BOX, "image_id": 9}
    content = archive(
        annotations__train_json=coco(BOX, orphan, images=[there, absent]),
        annotations__val_json=coco(BOX, images=[{"id": 7, "file_name": "val/c.jpg"}]),
        annotations__notes_json={"notes": []},
        images__a_jpg=b"one",
        images__val__c_jpg=b"two",
        images__d_jpg=b"three",
    )
    stream = io.BytesIO(content)
    assert detect(stream) == "coco-zip"
    rows = [row for row in read("coco-zip", stream, schema=SCHEMA) if not isinstance(row, Working)]
    a, b, lost, c, d = rows
    assert (a.external_id, a.load(), a.content) == ("a.jpg", b"one", Content.GIVEN)
    assert a.labels[0].answer == {"objects": [{"label": "car", "box": [1.5, 2, 30, 40]}]}
    assert (b.external_id, b.load, b.content) == ("b.jpg", None, Content.ABSENT)
    assert (lost.code, lost.entry) == ("unknown_image", "annotations/train.json")
    assert (c.external_id, c.load(), len(c.labels)) == ("val/c.jpg", b"two", 1)
    assert (d.external_id, d.load(), d.labels) == ("images/d.jpg", b"three", ())
    for row in rows:
        rest = read("coco-zip", content, schema=SCHEMA, after=row.row)
        rest = [later.row for later in rest if not isinstance(later, Working)]
        assert rest == [later.row for later in rows if later.row > row.row]


def test_our_own_file_with_its_images_comes_back():
    drawn = image("birds/ä 1.png", [{"box": [1, 2, 3, 4]}], data={"split": "val"})
    made = drawn._replace(open_image=lambda: io.BytesIO(b"one"))
    stream = io.BytesIO()
    bundle.write(WRITERS["coco"], [made], stream, image_context())
    assert detect(stream) == "coco-zip"
    rows = read("coco-zip", stream, schema=SCHEMA)
    [item] = [row for row in rows if not isinstance(row, Working)]
    assert (item.external_id, item.data) == ("birds/ä 1.png", {"split": "val"})
    assert (item.load(), item.labels[0].answer["objects"][0]["box"]) == (b"one", [1, 2, 3, 4])


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (json.dumps(coco(BOX)).encode()[:-5], "file_cut_short"),
        (json.dumps(coco(BOX)).encode()[:-9] + b"\xff", "encoding"),
    ],
)
def test_a_broken_file_of_an_archive_is_named(broken, code):
    with pytest.raises(FileRefused) as refusal:
        read("coco-zip", archive(a_jpg=b"x", labels_json=broken), schema=SCHEMA)
    assert (refusal.value.problem.code, refusal.value.problem.entry) == (code, "labels.json")


def test_an_archive_of_two_formats_is_refused():
    content = archive(a_jpg=b"x", a_xml=b"<annotation/>", labels_json=coco(BOX))
    with pytest.raises(FileRefused) as refusal:
        detect(io.BytesIO(content))
    assert refusal.value.problem.params["formats"] == "COCO, Pascal VOC"
