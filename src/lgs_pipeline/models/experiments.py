"""What a campaign did: how its arms differ, how sure that is, and how many customers it takes to see it.

Conversion is a share of customers, sales a mean per customer. Intervals and p-values are two-sided.

Conversion: the interval is Newcombe's hybrid of two score intervals (1998, *Statistics in Medicine* 17, 873,
method 10), which stays within -1 and 1 and is right for few customers; the p-value is that of the pooled z
test, and of Fisher's exact test where an arm expects fewer than 5 customers on either side (Cochran 1954,
*Biometrics* 10, 417).

Sales: Welch's interval and test (1947, *Biometrika* 34, 28), since a campaign may change the spread as well.

Sample sizes: Fleiss, Levin and Paik, *Statistical Methods for Rates and Proportions* (2003), section 4.3,
without continuity correction. Detectable effects: Bloom (1995, *Evaluation Review* 19, 547).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

_FEWEST_EXPECTED = 5


class Difference(NamedTuple):
    """Treatment less control."""

    estimate: float
    low: float
    high: float
    p_value: float


def compare_conversions(
    converted_treatment: int, treatment: int, converted_control: int, control: int, level: float
) -> Difference:
    """How much larger the share of customers who converted is in the treatment arm.

    Empty where an arm is empty.
    """
    if not treatment or not control:
        return Difference(np.nan, np.nan, np.nan, np.nan)
    share_t, share_c = converted_treatment / treatment, converted_control / control
    low_t, high_t = score_interval(converted_treatment, treatment, level)
    low_c, high_c = score_interval(converted_control, control, level)
    difference = share_t - share_c
    return Difference(
        difference,
        difference - float(np.hypot(share_t - low_t, high_c - share_c)),
        difference + float(np.hypot(high_t - share_t, share_c - low_c)),
        _p_value_of_conversions(converted_treatment, treatment, converted_control, control),
    )


def score_interval(successes: int, trials: int, level: float) -> tuple[float, float]:
    """Wilson's interval of a share (1927, *Journal of the American Statistical Association* 22, 209)."""
    z = _quantile(level)
    centre = (successes + z**2 / 2) / (trials + z**2)
    half = z / (trials + z**2) * np.sqrt(successes * (trials - successes) / trials + z**2 / 4)
    return float(centre - half), float(centre + half)


def _p_value_of_conversions(converted_treatment: int, treatment: int, converted_control: int, control: int) -> float:
    pooled = (converted_treatment + converted_control) / (treatment + control)
    if min(treatment, control) * min(pooled, 1 - pooled) < _FEWEST_EXPECTED:
        from scipy.stats import fisher_exact

        others = [treatment - converted_treatment, control - converted_control]
        return float(fisher_exact([[converted_treatment, converted_control], others]).pvalue)
    error = np.sqrt(pooled * (1 - pooled) * (1 / treatment + 1 / control))
    difference = converted_treatment / treatment - converted_control / control
    return float(2 * special.ndtr(-abs(difference) / error))


def compare_means(treatment: npt.ArrayLike, control: npt.ArrayLike, level: float) -> Difference:
    """How much larger the mean is in the treatment arm.

    Only the difference where an arm has fewer than two customers or neither arm varies, and not even that
    where an arm is empty.
    """
    treated, held_back = np.asarray(treatment, dtype=float), np.asarray(control, dtype=float)
    if not len(treated) or not len(held_back):
        return Difference(np.nan, np.nan, np.nan, np.nan)
    difference = float(treated.mean() - held_back.mean())
    if min(len(treated), len(held_back)) < 2 or (np.ptp(treated) == 0 and np.ptp(held_back) == 0):
        return Difference(difference, np.nan, np.nan, np.nan)
    squares = np.array([treated.var(ddof=1) / len(treated), held_back.var(ddof=1) / len(held_back)])
    error = np.sqrt(squares.sum())
    freedom = squares.sum() ** 2 / (squares**2 / [len(treated) - 1, len(held_back) - 1]).sum()
    half = special.stdtrit(freedom, (1 + level) / 2) * error
    p_value = 2 * special.stdtr(freedom, -abs(difference) / error)
    return Difference(difference, float(difference - half), float(difference + half), float(p_value))


def customers_needed(share: float, uplift: float, control: float, level: float, power: float) -> float:
    """How many customers, in both arms together, a test needs to find an uplift with the chance given.

    Parameters
    ----------
    share
        Conversion without the campaign.
    uplift
        The change hoped for, of the share: 0.2 is a fifth more.
    control
        The share of the customers in the control arm.
    level
        1 less the significance level.
    power
        The chance to find what is there.

    Returns
    -------
    float
        A whole number; empty where the shares with and without are the same or not between 0 and 1.
    """
    with_campaign = share * (1 + uplift)
    if not (0 < share < 1 and 0 < with_campaign < 1 and uplift and 0 < control < 1):
        return np.nan
    pooled = (1 - control) * with_campaign + control * share
    spread_alike = np.sqrt(pooled * (1 - pooled) / (control * (1 - control)))
    spread_apart = np.sqrt(with_campaign * (1 - with_campaign) / (1 - control) + share * (1 - share) / control)
    needed = (_quantile(level) * spread_alike + special.ndtri(power) * spread_apart) / (with_campaign - share)
    return float(np.ceil(needed**2))


def detectable_effect(deviation: float, treatment: int, control: int, level: float, power: float) -> float:
    """The smallest difference that arms so large find with the chance given.

    Parameters
    ----------
    deviation
        The standard deviation between customers without the campaign; of a share p, the root of p(1 - p).
    treatment, control
        Customers in the arms.
    level, power
        As in :func:`customers_needed`.

    Returns
    -------
    float
        Empty where an arm is empty, or nothing varies.
    """
    if not (treatment and control and deviation):
        return np.nan
    return float((_quantile(level) + special.ndtri(power)) * deviation * np.sqrt(1 / treatment + 1 / control))


def standardised_difference(treatment: npt.ArrayLike, control: npt.ArrayLike) -> float:
    """The difference of the means in standard deviations of the arms' pooled variance.

    Austin (2009, *Statistics in Medicine* 28, 3083). 0 where nothing varies, empty where an arm has fewer
    than two customers.
    """
    treated, held_back = np.asarray(treatment, dtype=float), np.asarray(control, dtype=float)
    if min(len(treated), len(held_back)) < 2:
        return np.nan
    difference = treated.mean() - held_back.mean()
    deviation = np.sqrt((treated.var(ddof=1) + held_back.var(ddof=1)) / 2)
    return float(difference / deviation) if deviation > 0 else 0.0


def _quantile(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))
