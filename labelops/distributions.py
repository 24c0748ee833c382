"""Quantiles and masses of distributions, straight from `scipy.special`.

`scipy.stats` has them all, but takes most of a second to import, in each of our processes, and a
hundred times as long for one quantile of a page.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


def normal_quantile(p: float) -> float:
    """Of the standard normal distribution.

    >>> round(normal_quantile(0.975), 3)
    1.96
    """
    return float(special.ndtri(p))


def t_quantile(p: float, degrees: float) -> float:
    """Of Student's t with these degrees of freedom.

    >>> round(t_quantile(0.975, 10), 3)
    2.228
    """
    return float(special.stdtrit(degrees, p))


def beta_quantile(p: float, a: float, b: float) -> float:
    """Of Beta(a, b): the inverse of the regularised incomplete beta function.

    >>> beta_quantile(0.5, 1, 1)
    0.5
    """
    return float(special.betaincinv(a, b, p))


def binomial_masses(n: int, p: float) -> NDArray[np.float64]:
    """P(k of n) for k from 0 to n, each with chance p.

    >>> [float(mass) for mass in binomial_masses(2, 0.5).round(2)]
    [0.25, 0.5, 0.25]
    """
    k = np.arange(n + 1)
    chosen = -special.betaln(1 + n - k, 1 + k) - np.log1p(n)
    return np.exp(chosen + special.xlogy(k, p) + special.xlog1py(n - k, -p))


def hypergeometric_masses(k: ArrayLike, size: int, marked: int, n: int) -> NDArray[np.float64]:
    """P(k marked ones among n) drawn without replacement from `size` with so many marked.

    >>> [float(mass) for mass in hypergeometric_masses([0, 1, 2], 4, 2, 2).round(4)]
    [0.1667, 0.6667, 0.1667]
    """
    drawn = np.asarray(k, dtype=np.float64)
    rest = size - marked
    is_possible = (drawn >= max(0, n - rest)) & (drawn <= min(n, marked))
    drawn = np.where(is_possible, drawn, max(0, n - rest))
    found = _log_choose(marked, drawn) + _log_choose(rest, n - drawn)
    return np.where(is_possible, np.exp(found - _log_choose(size, n)), 0.0)


def hypergeometric_at_most(k: int, size: int, marked: int, n: int) -> float:
    """P(at most k marked ones among n), drawn likewise.

    >>> round(hypergeometric_at_most(3, 1000, 50, 128), 3)
    0.097
    """
    if k >= min(n, marked):
        return 1.0
    return float(hypergeometric_masses(np.arange(k + 1), size, marked, n).sum())


def _log_choose(n: int, k: ArrayLike) -> NDArray[np.float64]:
    """The logarithm of the binomial coefficient."""
    chosen = np.asarray(k)
    return -special.betaln(1 + n - chosen, 1 + chosen) - np.log1p(n)
