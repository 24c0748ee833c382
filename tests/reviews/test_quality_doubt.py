from reviews.quality.consensus import vote
from reviews.quality.doubt import doubt
from reviews.quality.item_agreement import item_agreement

SCHEMA = {
    "controls": [{"name": "x", "type": "choice", "options": [{"value": value} for value in "abc"]}]
}


def doubt_of(values, **over):
    answers = [{"x": value} for value in values]
    return doubt(vote(SCHEMA, answers), item_agreement(SCHEMA, answers), **over)


def test_the_less_people_agree_the_greater_the_doubt():
    scores = [doubt_of(values).score for values in ("aaaaa", "aaaab", "aaabb", "aabbc", "abc")]
    assert scores == sorted(scores)
    assert len(set(scores)) == len(scores)


def test_few_who_agree_leave_more_doubt_than_many():
    assert doubt_of("a").score > doubt_of("aa").score > doubt_of("a" * 10).score > 0


def test_a_tie_is_more_doubtful_than_a_single_label():
    assert doubt_of("ab").score > doubt_of("a").score


def test_the_reasons_say_why_with_their_figures():
    tie = doubt_of("ab")
    assert tie.codes == ("tie", "low_agreement")
    assert tie.reasons[0].params == {"control": "x", "votes": {"a": 1, "b": 1}}
    assert tie.reasons[1].params == {"agreement": 0}
    assert doubt_of("aabc").codes == ("low_agreement",)
    assert doubt_of("aaabbcc").codes == ("minority_vote", "low_agreement")
    assert doubt_of("aaa").codes == ()


def test_undecidable_answers_are_named():
    answers = [{"_undecidable": "dark"}, {"x": "a"}]
    made = doubt(vote(SCHEMA, answers), item_agreement(SCHEMA, answers))
    assert made.codes == ("tie", "low_agreement", "undecidable")
    assert made.reasons[2].params == {"count": 1, "n": 2}
