r"""What customers will buy next: products that are new to them, and products that they buy again.

Both questions look at the purchases of a customer :math:`c`, each of which fades by half in a half-life
:math:`h`: of product :math:`p`, bought :math:`a_1, a_2, \dots` days ago,

.. math:: w_{cp} = \sum_i 2^{-a_i / h}.

**New products** are told by the item model EASE [1]_, a linear autoencoder in closed form. With a row
:math:`x_c` per customer, it explains what a customer buys by what else the customer buys:

.. math:: \min_B \lVert X - XB \rVert^2 + \lambda \lVert B \rVert^2, \quad \operatorname{diag} B = 0
   \qquad \Rightarrow \qquad B = I - P \operatorname{diag}(P)^{-1}, \quad P = (X^\top X + \lambda I)^{-1}.

All it keeps is products x products, however many customers there are. Here :math:`x_{cp} = \sqrt{w_{cp}}`, so
that the tenth purchase of a product says less than the first, and in fitting each row is divided by the root
of its length, so that a wholesaler who buys everything does not drown the others. What goes together changes
faster than a customer's taste: the profile :math:`z_c` that products are scored by is as :math:`x_c`, but of
twice the half-life. The score of a product is :math:`z_c B / \lVert z_c \rVert`, of products that the
customer never bought.

**Repeat purchases** are told by what the customer bought, often and lately, and by the same item model: with
:math:`y_c = w_c / \lVert w_c \rVert`, of a longer half-life, the score is :math:`y_c + \beta \, y_c B`, of
products that the customer bought before.

**Trend.** Seasons begin and stocks run out faster than weights fade. Both scores are multiplied by

.. math:: \left( \frac{n_{14} + 1}{n_{90} \cdot 14 / 90 + 1} \right)^\gamma,

where :math:`n_d` customers bought the product in the last :math:`d` days.

Customers who bought nothing that can be scored are taken for the average customer.

Everything is done in one thread, so that sums are taken in the same order in every run.

References
----------
.. [1] H. Steck (2019). Embarrassingly shallow autoencoders for sparse data. The World Wide Web Conference
   (WWW '19), 3251-3257. arXiv:1905.03375.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits

from lgs_pipeline.arrays import IntArray

Floats = npt.NDArray[np.floating]

_TREND_DAYS = 14, 90  # lately, and as against when
_GROUPS = 10  # of products, for each place in a list
_BATCH = 2000  # customers with scores of all products at once

DIGITS = 6
"""Digits that scores are compared and saved by; products equal in them stand in order of their numbers."""


@dataclass(frozen=True)
class Purchases:
    """What customers bought, and how many days ago: an entry per customer, product and day.

    Parameters
    ----------
    customer, product
        Numbers from 0, of the same length as age.
    age
        Days since the purchase.
    customers, products
        How many of them there are, also without a purchase.
    """

    customer: IntArray
    product: IntArray
    age: IntArray
    customers: int
    products: int

    def weigh(self, half_life: float) -> sparse.csr_array:
        """Customers x products, each purchase with a weight that halves in so many days."""
        return self._sum(np.exp2(-self.age / half_life))

    def count(self) -> sparse.csr_array:
        """Customers x products: on how many days the customer bought the product."""
        return self._sum(np.ones(len(self.age)))

    def count_customers(self, days: int | None = None) -> IntArray:
        """How many customers bought each product, ever or in the last days."""
        recent = slice(None) if days is None else self.age <= days
        pairs = np.unique(self.customer[recent] * self.products + self.product[recent])
        return np.bincount(pairs % max(self.products, 1), minlength=self.products)

    def of(self, customers: IntArray) -> "Purchases":
        """The purchases of some customers, who are numbered from 0 in the order given."""
        number = np.full(self.customers, -1, dtype=np.int64)
        number[customers] = np.arange(len(customers))
        theirs = number[self.customer]
        inside = theirs >= 0
        return Purchases(theirs[inside], self.product[inside], self.age[inside], len(customers), self.products)

    def _sum(self, weights: Floats) -> sparse.csr_array:
        entries = (weights, (self.customer, self.product))
        return sparse.csr_array(entries, shape=(self.customers, self.products))


Scorer = Callable[[Purchases], Floats]
"""From the purchases of some customers to scores, customers x products."""


class ItemModel:
    """EASE: how much the purchase of one product speaks for that of another.

    Parameters
    ----------
    ridge
        The penalty on the weights; larger believes rare products less.

    Attributes
    ----------
    weights_
        Products x products, zero on the diagonal: the row's product speaks for the column's.
    """

    def __init__(self, ridge: float) -> None:
        self.ridge = ridge

    @threadpool_limits.wrap(limits=1)
    def fit(self, purchases: sparse.csr_array) -> Self:
        """Solve for the weights.

        Parameters
        ----------
        purchases
            Customers x products.
        """
        rows = purchases.astype(np.float32)
        self.weights_ = _solve((rows.T @ rows).toarray(), self.ridge)
        return self

    def score(self, purchases: sparse.csr_array) -> Floats:
        """How much the customers' purchases speak for each product, customers x products."""
        return purchases.astype(np.float32) @ self.weights_


def _solve(gram: Floats, ridge: float) -> Floats:
    """The closed form, in the memory of three matrices of products x products at most."""
    size = len(gram)
    if not size:
        return gram
    gram[np.diag_indices(size)] += ridge
    # A Cholesky factor and the inverse from it take a third of the time of a general inverse. The transposed
    # view of the symmetric matrix has LAPACK's order of columns, and is worked on in place.
    factor, problem = lapack.spotrf(gram.T, lower=1, overwrite_a=1)
    if problem:
        raise np.linalg.LinAlgError("The Gram matrix is not positive definite; a larger ridge makes it so")
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    lower = np.tril(inverse, -1)
    diagonal = inverse.diagonal().copy()
    weights = lower + lower.T
    weights /= -diagonal
    return weights


@dataclass(frozen=True)
class Recommender:
    """Scores for both questions.

    Parameters
    ----------
    half_life
        Days in which a purchase loses half its weight in the item model.
    ridge
        The penalty of the item model.
    repeat_half_life
        Days in which a purchase loses half its weight where repeat purchases are the question.
    blend
        The weight of the item model beside the customer's own purchases where these are the question.
    trend, repeat_trend
        How far products that sell better of late come first; the exponents where new products and where
        repeat purchases are the question.
    """

    half_life: float
    ridge: float
    repeat_half_life: float
    blend: float
    trend: float
    repeat_trend: float

    def fit(self, purchases: Purchases) -> "FittedRecommender":
        """Fit the item model, and learn how products sell and what the average customer buys."""
        damped = purchases.weigh(self.half_life).sqrt()
        model = ItemModel(self.ridge).fit(_scale(damped, power=0.5))
        average = _scale(sparse.csr_array(damped.sum(axis=0).reshape(1, -1)))
        return FittedRecommender(self, model, average, _rise(purchases))


def _rise(purchases: Purchases) -> Floats:
    """How much better than before each product sells of late; 1 as before."""
    few, many = _TREND_DAYS
    lately, before = purchases.count_customers(few), purchases.count_customers(many)
    return (lately + 1) / (before * few / many + 1)


@dataclass(frozen=True)
class FittedRecommender:
    """A recommender that has learned.

    Parameters
    ----------
    settings
        What it was fitted with.
    model
        The item model.
    average
        The profile of the average customer.
    rise
        How much better than before each product sells of late.
    """

    settings: Recommender
    model: ItemModel
    average: sparse.csr_array
    rise: Floats

    def with_repeats(self, repeat_half_life: float, blend: float) -> "FittedRecommender":
        """The same item model, and repeat purchases by other settings."""
        settings = replace(self.settings, repeat_half_life=repeat_half_life, blend=blend)
        return replace(self, settings=settings)

    def score_new(self, purchases: Purchases) -> Floats:
        """How likely each product comes next of those that a customer never bought."""
        scores = self.model.score(_scale(purchases.weigh(2 * self.settings.half_life).sqrt()))
        unknown = np.bincount(purchases.customer, minlength=purchases.customers) == 0
        scores[unknown] = self.model.score(self.average)
        return scores * (self.rise**self.settings.trend).astype(np.float32)

    def score_repeat(self, purchases: Purchases) -> Floats:
        """How likely each product comes next of those that a customer bought before."""
        profile = _scale(purchases.weigh(self.settings.repeat_half_life)).astype(np.float32)
        scores = self.settings.blend * self.model.score(profile) + profile.toarray()
        return scores * (self.rise**self.settings.repeat_trend).astype(np.float32)


def _scale(rows: sparse.csr_array, power: float = 1.0) -> sparse.csr_array:
    """Each row divided by its length, or a power of it; what is nothing stays so."""
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel())
    factor = np.divide(1.0, length**power, out=np.zeros_like(length), where=length > 0)
    scaled = rows.copy()
    scaled.data = rows.data * np.repeat(factor, np.diff(rows.indptr))
    return scaled


def only_new(scores: Floats, purchases: Purchases) -> Floats:
    """The scores with minus infinity for products that the customer bought, or that nothing speaks for."""
    scores = np.where(scores > 0, scores, -np.inf)
    scores[purchases.customer, purchases.product] = -np.inf
    return scores


def only_repeated(scores: Floats, purchases: Purchases) -> Floats:
    """The scores with minus infinity for products that the customer never bought."""
    kept = np.full_like(scores, -np.inf)
    bought = purchases.customer, purchases.product
    kept[bought] = scores[bought]
    return kept


QUESTIONS: dict[str, Callable[[Floats, Purchases], Floats]] = {"new": only_new, "repeat": only_repeated}
"""What a list is of."""


@dataclass(frozen=True)
class Ranking:
    """The best products of each customer: an entry per customer and rank, in this order."""

    customer: IntArray
    rank: IntArray
    product: IntArray
    score: Floats


def rank_products(purchases: Purchases, scorer: Scorer, question: str, most: int) -> Ranking:
    """The best products of each customer, some customers at a time.

    Parameters
    ----------
    purchases
        What the customers bought.
    scorer
        From purchases to scores, customers x products.
    question
        One of ``QUESTIONS``.
    most
        Products of a customer, at most.
    """
    rankings = []
    for start in range(0, max(purchases.customers, 1), _BATCH):
        batch = purchases.of(np.arange(start, min(start + _BATCH, purchases.customers)))
        ranking = rank_best(QUESTIONS[question](scorer(batch), batch), most)
        rankings.append(replace(ranking, customer=ranking.customer + start))
    return Ranking(*(np.concatenate(parts) for parts in zip(*map(astuple, rankings), strict=True)))


def rank_best(scores: Floats, most: int) -> Ranking:
    """The products with the highest scores of each row, at most so many.

    Of equal scores, to ``DIGITS`` digits, the product with the lower number comes first. What is minus
    infinity is not ranked.
    """
    # Everything that can be equal to the last one in the digits that count competes.
    candidates = (scores >= _lower_bound(scores, most) - 10.0**-DIGITS) & np.isfinite(scores)
    customer, product = np.nonzero(candidates)
    score = np.round(scores[customer, product].astype(np.float64), DIGITS) + 0.0
    order = np.lexsort((product, -score, customer))
    customer, product, score = customer[order], product[order], score[order]
    first = np.searchsorted(customer, np.arange(len(scores)))
    rank = np.arange(len(customer)) - first[customer] + 1
    kept = rank <= most
    return Ranking(customer[kept], rank[kept], product[kept], score[kept])


def _lower_bound(scores: Floats, most: int) -> Floats:
    """For each row a value that at least so many of its scores reach, and not many more.

    The highest scores of many groups of products are parted instead of all scores, in a tenth of the time.
    """
    products, groups = scores.shape[1], _GROUPS * most
    if products <= groups:
        return np.full((len(scores), 1), -np.inf)
    highest = np.maximum.reduceat(scores, np.arange(groups) * products // groups, axis=1)
    return np.partition(highest, groups - most, axis=1)[:, groups - most, None]
