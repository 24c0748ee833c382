"""A bias that is looked at every hour is not called proved by mere patience."""

import random

import pytest

from reviews.quality.anchoring import Arm, is_proved

pytestmark = pytest.mark.once


def is_ever_proved(bias, chance, looks=50):
    """Whether any look proves it, while wrong suggestions come in: eight seen, two kept back."""
    seen = blind = seen_right = blind_right = 0
    for _look in range(looks):
        seen, blind = seen + 8, blind + 2
        seen_right += sum(chance.random() < 0.6 - bias for _answer in range(8))
        blind_right += sum(chance.random() < 0.6 for _answer in range(2))
        if is_proved(Arm(seen, 0, seen, seen_right), Arm(blind, 0, blind, blind_right)):
            return True
    return False


@pytest.mark.parametrize(("bias", "least", "most"), [(0.04, 0, 8), (0.4, 95, 100)])
def test_a_bias_at_the_limit_is_rarely_called_proved_and_a_grave_one_is(bias, least, most):
    chance = random.Random(7)
    assert least <= sum(is_ever_proved(bias, chance) for _run in range(100)) <= most
