import csv
import os
from pathlib import Path

import pytest

from reviews.quality.agreement import overall_agreement, percent_agreement
from reviews.quality.alpha import krippendorff_alpha
from reviews.quality.confusion import annotator_agreement
from reviews.quality.consensus import vote
from reviews.quality.kappas import fleiss_kappa

ROOT = Path(__file__).resolve().parents[2]
CROWDS = Path(os.environ.get("LABELOPS_CROWDS") or ROOT / "../shared/data")
REFERENCE = {
    "bluebirds": {"labels": 4212, "alpha": 0.1255, "fleiss": 0.1253, "pairwise": 0.5882},
    "rte": {"labels": 8000, "alpha": 0.2415, "fleiss": 0.2414, "pairwise": 0.6287},
}


@pytest.fixture(params=REFERENCE)
def crowd(request):
    return request.param, rows(request.param, "labels.csv")


def rows(crowd, name):
    path = CROWDS / crowd / name
    if not path.exists():
        pytest.skip(f"LABELOPS_CROWDS must name the folder with {crowd}/{name}; {CROWDS} has none")
    with path.open(newline="") as file:
        return [tuple(row.values()) for row in csv.DictReader(file)]


def test_figures_on_real_crowds_equal_the_reference(crowd):
    name, labels = crowd
    expected = REFERENCE[name]
    assert len(labels) == expected["labels"]
    assert krippendorff_alpha(labels) == pytest.approx(expected["alpha"], abs=1e-4)
    assert fleiss_kappa(labels) == pytest.approx(expected["fleiss"], abs=1e-4)
    assert percent_agreement(labels) == pytest.approx(expected["pairwise"], abs=1e-4)
    assert overall_agreement(labels) == pytest.approx(expected["pairwise"], abs=1e-4)


def test_everybody_is_measured_against_the_others(crowd):
    _, labels = crowd
    people = annotator_agreement(labels)
    assert sum(person.labels for person in people) == len(labels)
    assert all(
        person.interval.low <= person.share <= person.interval.high for person in people if person.n
    )


@pytest.mark.parametrize(
    ("name", "expected", "slack"), [("bluebirds", 0.7593, 1e-4), ("rte", 0.891, 0.03)]
)
def test_the_vote_is_as_right_as_the_reference(name, expected, slack):
    schema = {
        "controls": [
            {"name": "label", "type": "choice", "options": [{"value": "0"}, {"value": "1"}]}
        ]
    }
    answers: dict = {}
    for item, _, label in rows(name, "labels.csv"):
        answers.setdefault(item, []).append({"label": label})
    truth = dict(rows(name, "truth.csv"))
    right = sum(vote(schema, answers[item]).answer["label"] == truth[item] for item in truth)
    assert right / len(truth) == pytest.approx(expected, abs=slack)
