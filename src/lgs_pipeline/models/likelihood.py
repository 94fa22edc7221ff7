"""What the models of this package share: checked numbers, collapsed customers, a checked maximum.

Parameters are estimated by maximum likelihood on the logarithms of the parameters, which keeps them positive
and makes their intervals sensible. The models scale time and money before they come here, so that a parameter
of 1 is an ordinary one and bounds mean the same whatever the unit.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special

from lgs_pipeline.arrays import BoolArray, FloatArray, slices
from lgs_pipeline.errors import InputError

Name = TypeVar("Name", bound=Hashable)
LogLikelihood = Callable[[FloatArray], tuple[float, FloatArray]]
"""From the logarithms of the parameters to the log-likelihood and its gradient by these logarithms."""

_FAR = 1e5  # a scaled parameter beyond this, or below its inverse, is running away
_SUSPICIOUS = 1e3  # so is one beyond this where the likelihood is flat
_DIFFERENCE = 1e-4  # step of the central differences that make the Hessian from the gradient
_NEWTON_STEPS = 30
_NEAR_ENOUGH = 1e-10  # how far below the maximum the log-likelihood may still be
_BATCH = 2**20  # numbers in one temporary array


class ConvergenceError(InputError):
    """The likelihood has no maximum that the customers at hand determine; one line says why.

    Attributes
    ----------
    to_zero, to_infinity
        The names of the parameters that run away.
    flat_around
        Where none does: the scaled parameters around which the likelihood is flat, by name.
    """

    def __init__(
        self,
        message: str,
        to_zero: Collection[str] = (),
        to_infinity: Collection[str] = (),
        flat_around: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(message)
        self.to_zero, self.to_infinity = frozenset(to_zero), frozenset(to_infinity)
        self.flat_around = dict(flat_around or {})


class TooFewCustomersError(ConvergenceError):
    """Too few customers tell anything of what is to be fitted; one line says how many."""


@dataclass(frozen=True)
class Maximum:
    """Where the log-likelihood is largest, how large it is there, and how sharply it falls around it."""

    parameters: FloatArray
    log_likelihood: float
    log_covariance: FloatArray


def maximise(log_likelihood: LogLikelihood, limits: Mapping[str, tuple[str, str]], fit: str) -> Maximum:
    """The maximum of a log-likelihood: L-BFGS-B to its neighbourhood, Newton's method to the point.

    It has converged when the Hessian is negative definite and Newton's decrement, an estimate of how much
    log-likelihood is left to gain, is below 1e-10.

    Parameters
    ----------
    log_likelihood
        Value and gradient, by the logarithms of the scaled parameters.
    limits
        Each parameter's name, with what it means for the customers when it runs to zero, and to infinity.
    fit
        What is fitted on what, as errors name it.

    Raises
    ------
    ConvergenceError
        If a parameter runs away, or the customers at hand do not determine all of them.
    """
    point = _approach(log_likelihood, np.zeros(len(limits)))
    for _ in range(_NEWTON_STEPS):
        _refuse_runaways(point, _FAR, limits, fit)
        value, gradient = log_likelihood(point)
        information = -_hessian(log_likelihood, point)
        if np.linalg.eigvalsh(information)[0] <= 0:
            break
        step = np.linalg.solve(information, gradient)
        if step @ gradient / 2 < _NEAR_ENOUGH:
            covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
            return Maximum(np.exp(point), value, covariance)
        point = point + step / max(np.abs(step).max(), 1.0)
    _refuse_runaways(point, _SUSPICIOUS, limits, fit)
    around = dict(zip(limits, np.exp(point).tolist(), strict=True))
    found = ", ".join(f"{name} {value:.3g}" for name, value in around.items())
    message = f"{fit} did not converge: the likelihood is flat around scaled {found}. {_ADVICE}"
    raise ConvergenceError(message, flat_around=around)


def _approach(log_likelihood: LogLikelihood, start: FloatArray) -> FloatArray:
    """A point near the maximum, or on the bounds if the likelihood grows towards them."""
    scale = max(abs(log_likelihood(start)[0]), 1.0)

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = log_likelihood(point)
        return -value / scale, -gradient / scale

    bounds = [(-np.log(_FAR), np.log(_FAR))] * start.size
    options = {"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-9}
    return optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x


_ADVICE = "Fit on more customers or a longer period."


def _hessian(function: LogLikelihood, point: FloatArray) -> FloatArray:
    steps = _DIFFERENCE * np.eye(point.size)
    rows = [(function(point + step)[1] - function(point - step)[1]) / (2 * _DIFFERENCE) for step in steps]
    return (np.array(rows) + np.transpose(rows)) / 2


def _refuse_runaways(point: FloatArray, far: float, limits: Mapping[str, tuple[str, str]], fit: str) -> None:
    """Raise an error that names each parameter that is far out, and says what that means."""
    bound = np.log(far) * (1 - 1e-9)
    meanings: dict[str, list[str]] = {}
    to_zero, to_infinity = [], []
    for (name, (at_zero, at_infinity)), value in zip(limits.items(), point, strict=True):
        if value <= -bound:
            to_zero.append(name)
            meanings.setdefault(at_zero, []).append(f"{name} to 0")
        elif value >= bound:
            to_infinity.append(name)
            meanings.setdefault(at_infinity, []).append(f"{name} to infinity")
    if meanings:
        runaways = ", ".join(f"{' and '.join(names)} ({meaning})" for meaning, names in meanings.items())
        message = f"{fit} did not converge; parameters run away: {runaways}. {_ADVICE}"
        raise ConvergenceError(message, to_zero, to_infinity)


def interval_table(
    estimates: Mapping[Name, float], units: Mapping[Name, str], log_covariance: FloatArray, level: float
) -> pd.DataFrame:
    """Wald intervals on the logarithms of the parameters: a row per parameter.

    Columns: parameter, estimate, low, high, unit (empty where the parameter has none).
    """
    if not 0 < level < 1:
        raise ValueError(f"level: found {level}, expected a share between 0 and 1, such as 0.95")
    values = np.array(list(estimates.values()))
    with np.errstate(over="ignore"):  # an interval may have no end
        margin = np.exp(special.ndtri((1 + level) / 2) * np.sqrt(np.diag(log_covariance)))
    return pd.DataFrame(
        {
            "parameter": list(estimates),
            "estimate": values,
            "low": values / margin,
            "high": values * margin,
            "unit": [units.get(name, "") for name in estimates],
        }
    )


def collapse(*columns: FloatArray) -> tuple[list[FloatArray], FloatArray]:
    """The distinct rows of columns, in order, and how often each occurs."""
    order = np.lexsort(columns[::-1])
    rows = [column[order] for column in columns]
    is_first = np.ones(order.size, dtype=bool)
    is_first[1:] = np.any([row[1:] != row[:-1] for row in rows], axis=0)
    firsts = np.flatnonzero(is_first)
    return [row[firsts] for row in rows], np.diff(firsts, append=order.size).astype(float)


def read_numbers(values: npt.ArrayLike, name: str) -> FloatArray:
    """Values as an array of finite numbers that are not negative.

    Raises
    ------
    ValueError
        Naming the argument and the first value that is none.
    """
    numbers = as_floats(values, name)
    refuse(~(np.isfinite(numbers) & (numbers >= 0)), name, numbers, "a finite number, zero or more")
    return numbers


def read_counts(values: npt.ArrayLike, name: str) -> FloatArray:
    """Values as an array of whole numbers that are not negative.

    Raises
    ------
    ValueError
        Naming the argument and the first value that is none.
    """
    counts = read_numbers(values, name)
    refuse(counts != np.floor(counts), name, counts, "a whole number of orders")
    return counts


def read_parameters(**parameters: float) -> list[float]:
    """Parameters as floats.

    Raises
    ------
    ValueError
        Naming the first one that is not positive.
    """
    for name, value in parameters.items():
        if not 0 < value < np.inf:
            raise ValueError(f"{name}: found {value}, expected a positive number")
    return [float(value) for value in parameters.values()]


def as_floats(values: Any, name: str) -> FloatArray:
    """Values as an array of numbers; what is missing is nan.

    Raises
    ------
    ValueError
        Naming the argument.
    """
    if isinstance(values, pd.Series):
        values = values.to_numpy(dtype=float, na_value=np.nan)
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: found values that are not numbers ({error}), expected numbers") from error


def refuse(is_wrong: BoolArray, name: str, values: FloatArray, expected: str) -> None:
    """Raise a ValueError that names the first wrong value, and its position, if any value is wrong."""
    if np.any(is_wrong):
        position = int(np.argmax(is_wrong))
        value = float(np.ravel(values)[position])
        share = f"{np.count_nonzero(is_wrong):,} of {np.size(is_wrong):,} values are wrong"
        raise ValueError(f"{name}: found {value:g} at position {position}, expected {expected}; {share}")


def align(**columns: FloatArray) -> dict[str, FloatArray]:
    """Columns of one shape: one value per customer in each, where one for all is repeated.

    Raises
    ------
    ValueError
        Naming the shapes found, if they do not fit.
    """
    try:
        return dict(zip(columns, np.broadcast_arrays(*columns.values()), strict=True))
    except ValueError as error:
        found = ", ".join(f"{name} {column.shape}" for name, column in columns.items())
        raise ValueError(f"found shapes {found}, expected one value per customer, or one for all") from error


def refuse_tables(column: FloatArray) -> None:
    """Raise a ValueError if a column, to be fitted to, is no single column."""
    if column.ndim != 1:
        raise ValueError(f"found values of shape {column.shape}, expected one column: one value per customer")


def batches(rows: int, width: int) -> Iterator[slice]:
    """Slices of rows such that a temporary array of these rows and this width stays small."""
    return slices(rows, _BATCH // max(width, 1))


def total(weight: FloatArray, values: FloatArray) -> float:
    """The weighted sum of values; not by BLAS, whose sums depend on its number of threads."""
    return float((weight * values).sum())
