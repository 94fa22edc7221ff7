r"""Whether predictive distributions keep what they promise.

If :math:`F` is the predictive distribution of what a customer will do and :math:`y` what the customer then
did, :math:`F(y)` is uniform between 0 and 1 over the customers, if the predictions are right [1]_. Counts
need one step more. An "80% interval" of a customer who most likely buys nothing reaches from 0 to 0 and
holds 95% of such customers, so that the plain coverage of many intervals says little. The *randomised*
probability integral transform [2]_ draws a number between :math:`P(Y < y)` and :math:`P(Y \le y)`, which is
uniform again: 80% of the customers belong between 0.1 and 0.9, and each tenth holds a tenth of them. Too
many near 1 are customers who did more than they were believed to; a hump in the middle are predictions too
unsure.

References
----------
.. [1] A. P. Dawid (1984). Statistical theory: the prequential approach. Journal of the Royal Statistical
   Society A 147(2), 278-292.
.. [2] C. Czado, T. Gneiting, L. Held (2009). Predictive model assessment for count data. Biometrics 65(4),
   1254-1261.
"""

import numpy as np
import numpy.typing as npt

from lgs_pipeline.arrays import FloatArray


def randomised_transform(
    less: npt.ArrayLike, less_or_equal: npt.ArrayLike, generator: np.random.Generator
) -> FloatArray:
    """The randomised probability integral transform of outcomes.

    Parameters
    ----------
    less, less_or_equal
        The predicted probabilities of less than what came, and of at most that, one for each customer.
    generator
        The source of randomness.
    """
    low, high = np.asarray(less, dtype=float), np.asarray(less_or_equal, dtype=float)
    return low + (high - low) * generator.random(low.shape)


def central_share(transforms: FloatArray, level: float) -> float:
    """The share of customers within the central interval of a level; nan without customers.

    >>> central_share(np.array([0.05, 0.3, 0.6, 0.95]), 0.8)
    0.5
    """
    inside = np.abs(transforms - 0.5) <= level / 2
    return float(inside.mean()) if inside.size else float("nan")


def shares_by_bin(transforms: FloatArray, bins: int) -> FloatArray:
    """The share of customers in each of some equal bins from 0 to 1: one in ``bins`` each, if all is well."""
    counts = np.histogram(transforms, bins, (0.0, 1.0))[0]
    return counts / max(transforms.size, 1)


def mean_absolute_error(predicted: FloatArray, actual: FloatArray) -> float:
    """Mean of the absolute errors: smallest for the predictive median."""
    return float(np.abs(predicted - actual).mean())


def root_mean_square_error(predicted: FloatArray, actual: FloatArray) -> float:
    """Root of the mean of the squared errors: smallest for the predictive mean."""
    return float(np.sqrt(np.square(predicted - actual).mean()))
