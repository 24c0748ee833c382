"""Agreement of free texts, by characters and by words."""

from collections import Counter

from tasks.kinds.text import levenshtein

ORDERS = 6


def chrf(hypothesis: str, reference: str, *, beta: float = 2.0) -> float:
    """(1 + b²) P R / (b² P + R), P and R the mean share of common character n-grams, n = 1 to 6.

    Popović 2015 (chrF), in [0, 1]; spaces do not count. An order for which either text is too
    short is left out. With beta 1 neither text is the reference. Two empty texts are the same.

    >>> round(chrf("the cat sat", "the cat sits"), 4), chrf("", ""), chrf("a", "")
    (0.6103, 1.0, 0.0)
    """
    first, second = ("".join(text.split()) for text in (hypothesis, reference))
    if not first or not second:
        return float(first == second)
    precisions, recalls = [], []
    for n in range(1, min(ORDERS, len(first), len(second)) + 1):
        mine, other = _ngrams(first, n), _ngrams(second, n)
        shared = (mine & other).total()
        precisions.append(shared / mine.total())
        recalls.append(shared / other.total())
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    if not precision + recall:
        return 0.0
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def word_agreement(first: str, second: str) -> float:
    """1 - the least number of words to insert, delete or replace, over the longer text's words.

    The word error rate is this number over the words of a reference; here neither is one.

    >>> word_agreement("the cat sat", "the cat sits"), word_agreement(" ", "")
    (0.6666666666666667, 1.0)
    """
    mine, other = first.split(), second.split()
    longest = max(len(mine), len(other))
    if not longest:
        return 1.0
    # Each different word as one character, so that the distance of texts is that of words.
    codes = {word: chr(number) for number, word in enumerate(dict.fromkeys([*mine, *other]))}
    coded = ("".join(codes[word] for word in words) for words in (mine, other))
    return 1 - levenshtein(*coded) / longest


def _ngrams(text: str, n: int) -> Counter[str]:
    return Counter(text[start : start + n] for start in range(len(text) - n + 1))
