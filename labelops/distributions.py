"""Quantiles and masses of distributions, straight from `scipy.special`.

`scipy.stats` has them all, but takes some 0.4 s more to import, in each of our processes, and
80 microseconds for a quantile that takes 2 here: a page has hundreds.
"""

from math import sqrt
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray


def normal_quantile(p: float) -> float:
    """Of the standard normal distribution.

    >>> round(normal_quantile(0.975), 3)
    1.96
    """
    return float(scipy.special.ndtri(p))


def t_quantile(p: float, degrees: float) -> float:
    """Of Student's t with these degrees of freedom.

    >>> round(t_quantile(0.975, 10), 3)
    2.228
    """
    return float(scipy.special.stdtrit(degrees, p))


def beta_quantile(p: float, a: float, b: float) -> float:
    """Of Beta(a, b): the inverse of the regularised incomplete beta function.

    >>> beta_quantile(0.5, 1, 1)
    0.5
    """
    return float(scipy.special.betaincinv(a, b, p))


def binomial_masses(n: int, p: float) -> NDArray[np.float64]:
    """P(k of n) for k from 0 to n, each with chance p.

    >>> [float(mass) for mass in binomial_masses(2, 0.5).round(2)]
    [0.25, 0.5, 0.25]
    """
    k = np.arange(n + 1)
    return np.exp(_log_choose(n, k) + scipy.special.xlogy(k, p) + scipy.special.xlog1py(n - k, -p))


def beta_binomial_masses(n: int, a: float, b: float) -> NDArray[np.float64]:
    """P(k of n) for k from 0 to n, each with the same chance, which is itself Beta(a, b).

    >>> [float(mass) for mass in beta_binomial_masses(2, 1, 1).round(3)]
    [0.333, 0.333, 0.333]
    """
    k = np.arange(n + 1)
    return np.exp(
        _log_choose(n, k) + scipy.special.betaln(a + k, b + n - k) - scipy.special.betaln(a, b)
    )


def hypergeometric_mass(k: int, size: int, marked: int, n: int) -> float:
    """P(k marked ones among n) drawn without replacement from `size` with so many marked.

    >>> [round(hypergeometric_mass(k, 4, 2, 2), 4) for k in range(4)]
    [0.1667, 0.6667, 0.1667, 0.0]
    """
    rest = size - marked
    if not max(0, n - rest) <= k <= min(n, marked):
        return 0.0
    return float(np.exp(_log_choose(marked, k) + _log_choose(rest, n - k) - _log_choose(size, n)))


def hypergeometric_at_most(k: int, size: int, marked: int, n: int) -> float:
    """P(at most k marked ones among n), drawn likewise.

    One mass, and from it away from the mean, where each is a known part of the one before, until
    they are far below the rounding of the sum (Bernstein's inequality).

    >>> round(hypergeometric_at_most(3, 1000, 50, 128), 3)
    0.097
    """
    rest = size - marked
    least, most = max(0, n - rest), min(n, marked)
    if k < least or k >= most:
        return float(k >= most)
    share = marked / size
    reach = 100 + 12 * sqrt(n * share * (1 - share))
    if k < n * share:
        j = np.arange(k, max(least, k - reach), -1.0)
        parts = j * (rest - n + j) / ((marked - j + 1) * (n - j + 1))
        return hypergeometric_mass(k, size, marked, n) * (1 + float(parts.cumprod().sum()))
    j = np.arange(k + 1.0, min(most, k + 1 + reach))
    parts = (marked - j) * (n - j) / ((j + 1) * (rest - n + j + 1))
    return 1 - hypergeometric_mass(k + 1, size, marked, n) * (1 + float(parts.cumprod().sum()))


def _log_choose(n: int, k: ArrayLike) -> Any:
    """The logarithm of the binomial coefficient."""
    chosen = np.asarray(k)
    return -scipy.special.betaln(1 + n - chosen, 1 + chosen) - np.log1p(n)
