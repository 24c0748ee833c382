from collections import Counter, defaultdict
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.quality.confusion import annotator_agreement, label_confusion

LABELS = st.dictionaries(
    st.tuples(st.integers(0, 4), st.sampled_from("abcdef")), st.sampled_from("xyz"), max_size=25
).map(lambda found: [(item, who, label) for (item, who), label in found.items()])


@settings(max_examples=150, deadline=None)
@given(LABELS)
def test_confusion_counts_every_pair_once(labels):
    made = label_confusion(labels)
    expected = Counter()
    for (item, _, first), (other, _, second) in combinations(labels, 2):
        if item == other:
            expected[frozenset({first, second})] += 1
    for row, first in enumerate(made.classes):
        for column, second in enumerate(made.classes):
            assert made.pairs[row][column] == expected[frozenset({first, second})]
    met = {frozenset(entry[:2]): entry[2] for entry in made.most_confused()}
    assert met == {pair: n for pair, n in expected.items() if len(pair) == 2}


@settings(max_examples=150, deadline=None)
@given(LABELS)
def test_everybody_is_held_against_the_vote_of_the_others(labels):
    by_item = defaultdict(dict)
    for item, who, label in labels:
        by_item[item][who] = label
    clear, agreed = Counter(), Counter()
    for item, who, label in labels:
        ranked = Counter(x for other, x in by_item[item].items() if other != who).most_common()
        if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]):
            clear[who] += 1
            agreed[who] += ranked[0][0] == label
    people = annotator_agreement(labels)
    assert {person.annotator for person in people} == {who for _, who, _ in labels}
    for person in people:
        assert (person.n, person.agreed) == (clear[person.annotator], agreed[person.annotator])
        assert (person.share is None) == (person.n == 0)


def test_nothing_gives_nothing():
    assert label_confusion([]).pairs == []
    assert annotator_agreement([]) == []
