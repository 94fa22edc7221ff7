r"""What recommendations have to be better than: popular products, customers' own habits, and BM25 neighbours.

Each function learns from purchases and returns a scorer, as a recommender has one.

References
----------
.. [1] S. Robertson, H. Zaragoza (2009). The probabilistic relevance framework: BM25 and beyond. Foundations
   and Trends in Information Retrieval 3(4), 333-389.
"""

from typing import Self

import numpy as np
from scipy import sparse

from lgs_pipeline.models.recommender import Floats, Purchases, Scorer


def popularity(purchases: Purchases, within_days: int | None = None) -> Scorer:
    """For everybody the products that most customers bought, ever or in the last days."""
    customers = purchases.count_customers(within_days).astype(float)
    return lambda batch: np.tile(customers, (batch.customers, 1))


def own_most_frequent(purchases: Purchases) -> Scorer:
    """What the customer bought on most days; of products bought equally often, the one bought latest."""

    def score(batch: Purchases) -> Floats:
        scores = batch.count().toarray()
        latest = np.zeros_like(scores)
        np.maximum.at(latest, (batch.customer, batch.product), 1 / (2 + batch.age))
        return scores + latest

    return score


def bm25_neighbours(purchases: Purchases) -> Scorer:
    """Products that were bought by the customers who bought what the customer bought."""
    model = Bm25Neighbours().fit(purchases.count())
    return lambda batch: model.score(batch.count())


class Bm25Neighbours:
    r"""The usual benchmark: products that were bought by the same customers, weighted by BM25 [1]_.

    A product is a document, its customers are the words. With :math:`n_{cp}` purchases of product :math:`p`
    by customer :math:`c`, :math:`n_p` of the product, :math:`\bar n` of products on average, and :math:`N`
    products of which :math:`N_c` were bought by :math:`c`,

    .. math:: v_{pc} = \frac{n_{cp} (k + 1)}{n_{cp} + k (1 - b + b \, n_p / \bar n)}
       \, \bigl(\ln N - \ln (1 + N_c)\bigr).

    Products are alike by :math:`V V^\top`, of which each keeps its nearest neighbours. These are the formulas
    and the defaults of the library ``implicit``.

    Parameters
    ----------
    neighbours
        Products that each product keeps, itself included.
    saturation, length
        k and b.

    Attributes
    ----------
    similarity_
        Products x products, sparse.
    """

    def __init__(self, neighbours: int = 20, saturation: float = 1.2, length: float = 0.75) -> None:
        self.neighbours = neighbours
        self.saturation = saturation
        self.length = length

    def fit(self, counts: sparse.csr_array) -> Self:
        """Find the neighbours of each product, from purchases, customers x products."""
        documents = sparse.coo_array(counts.T)
        number, words = documents.shape
        total = np.asarray(documents.sum(axis=1)).ravel()
        rarity = np.log(max(number, 1)) - np.log1p(np.bincount(documents.col, minlength=words))
        mean = total.mean() if total.any() else 1.0
        damping = self.saturation * (1 - self.length + self.length * total[documents.row] / mean)
        weights = documents.data * (self.saturation + 1) / (damping + documents.data) * rarity[documents.col]
        vectors = sparse.csr_array((weights, (documents.row, documents.col)), shape=documents.shape)
        self.similarity_ = self._keep_nearest((vectors @ vectors.T).tocsr())
        return self

    def score(self, counts: sparse.csr_array) -> Floats:
        """How near each product is to what the customers bought, customers x products."""
        return (counts @ self.similarity_).toarray()

    def _keep_nearest(self, similarity: sparse.csr_array) -> sparse.csr_array:
        for start, stop in zip(similarity.indptr[:-1], similarity.indptr[1:], strict=True):
            row = similarity.data[start:stop]
            if len(row) > self.neighbours:
                row[row < np.partition(row, -self.neighbours)[-self.neighbours]] = 0
        similarity.eliminate_zeros()
        return similarity
