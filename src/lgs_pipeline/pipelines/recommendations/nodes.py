"""From what customers bought to what they will buy next: products new to them, and those they buy again.

SciPy takes a while to import, so only the nodes that need it do so.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from lgs_pipeline.arrays import TextArray
from lgs_pipeline.models.sampling import draw_customers
from lgs_pipeline.pipelines.recommendations.settings import RecommendationsSettings

if TYPE_CHECKING:
    from lgs_pipeline.models.recommender import FittedRecommender, Purchases, Recommender

QUESTION_OF_KIND = {"new": "new", "usual": "repeat"}
"""The kinds of products in a list, and the question that each answers."""

COLUMNS = ["customer_id", "kind", "rank", "stock_code", "description", "score"]


def find_products_sold(
    purchase_days: ir.Table, moment: pd.Timestamp, settings: RecommendationsSettings
) -> pd.DataFrame:
    """The products that can be recommended at the moment, as they were sold in the days before it.

    Returns
    -------
    pandas.DataFrame
        A row per product: stock_code. If they are more than ``most_products``, those bought by most customers
        in these days.
    """
    since = moment - pd.Timedelta(days=settings.sold_within_days)
    lately = purchase_days.filter(purchase_days.day >= since, purchase_days.day < moment)
    sold = lately.group_by("stock_code").agg(customers=lately.customer_id.nunique()).to_pandas()
    most = sold.sort_values(["customers", "stock_code"], ascending=[False, True])
    most = most.head(settings.most_products)
    # By code as Python compares texts: engines differ, and products of equal score are in this order.
    return most[["stock_code"]].sort_values("stock_code", ignore_index=True)


def recommend_products(
    rfm: pd.DataFrame,
    purchase_days: ir.Table,
    products_sold: pd.DataFrame,
    product_names: pd.DataFrame,
    moment: pd.Timestamp,
    recommendation_selection: pd.DataFrame,
    settings: RecommendationsSettings,
) -> pd.DataFrame:
    """The products that each customer is most likely to buy next, of those that are still sold.

    Returns
    -------
    pandas.DataFrame
        A row per customer of ``rfm``, kind and rank, the public columns of ``product_recommendations``. A
        customer gets fewer products, or none, where fewer were bought, or no others have a score.
    """
    codes = products_sold.stock_code
    recommender = recommender_of(recommendation_selection, settings)
    sample = draw_known_customers(purchase_days, moment, settings)
    fitted = recommender.fit(read_purchases(purchase_days, products_sold, moment, sample))
    names = codes.map(product_names.set_index("stock_code").description).astype("str")
    rankings = [
        _rank(fitted, read_purchases(purchase_days, products_sold, moment, batch), batch, settings)
        for batch in _batches(rfm.customer_id.to_numpy(), settings.customers_at_once)
    ]
    table = pd.concat(rankings, ignore_index=True)
    product = table.pop("product").to_numpy()
    table["stock_code"], table["description"] = codes.array[product], names.array[product]
    return table[COLUMNS]


def recommender_of(recommendation_selection: pd.DataFrame, settings: RecommendationsSettings) -> "Recommender":
    """The recommender with the settings that were chosen."""
    from lgs_pipeline.models.recommender import Recommender

    chosen = recommendation_selection[recommendation_selection.chosen].set_index("question")
    new, repeat = chosen.loc["new"], chosen.loc["repeat"]
    return Recommender(
        new.half_life_days, new.ridge, repeat.half_life_days, repeat.blend, settings.trend, settings.repeat_trend
    )


def draw_known_customers(purchase_days: ir.Table, moment: pd.Timestamp, settings: RecommendationsSettings) -> TextArray:
    """The customers who bought something before the moment, or a random sample of them, in order."""
    known = purchase_days.filter(purchase_days.day < moment).group_by("customer_id").agg()
    customers = np.sort(known.to_pandas().customer_id.to_numpy())
    return customers[draw_customers(len(customers), settings.sample_customers, settings.seed)]


def read_purchases(
    purchase_days: ir.Table, products_sold: pd.DataFrame, moment: pd.Timestamp, customers: TextArray
) -> "Purchases":
    """What some customers bought before the moment of the products that are sold, both numbered in order."""
    from lgs_pipeline.models.recommender import Purchases

    days = purchase_days.filter(purchase_days.day < moment)
    if len(customers):
        days = days.filter(days.customer_id.between(customers[0], customers[-1]))
    entries = (
        days.inner_join(number_customers(customers), "customer_id")
        .inner_join(number_products(products_sold), "stock_code")
        .select("customer", "product", "day")
        .order_by("customer", "product", "day")
        .to_pandas()
    )
    age = (moment - entries.day).dt.days.to_numpy()
    shape = len(customers), len(products_sold)
    return Purchases(entries.customer.to_numpy(), entries["product"].to_numpy(), age, *shape)


def number_customers(customers: TextArray) -> ir.Table:
    """The customers, numbered from 0: customer_id, customer."""
    numbered = pd.DataFrame({"customer_id": customers, "customer": np.arange(len(customers))})
    return ibis.memtable(numbered, schema={"customer_id": "string", "customer": "int64"})


def number_products(products_sold: pd.DataFrame) -> ir.Table:
    """The products, numbered from 0: stock_code, product."""
    numbered = products_sold.assign(product=np.arange(len(products_sold)))
    return ibis.memtable(numbered, schema={"stock_code": "string", "product": "int64"})


def _batches(customers: TextArray, at_once: int) -> Iterator[TextArray]:
    """The customers in order, some at a time; one empty batch where there are none."""
    for start in range(0, max(len(customers), 1), at_once):
        yield customers[start : start + at_once]


def _rank(
    fitted: "FittedRecommender", purchases: "Purchases", customers: TextArray, settings: RecommendationsSettings
) -> pd.DataFrame:
    """The lists of some customers, with products by their numbers."""
    from lgs_pipeline.models.recommender import rank_products

    scorers = {"new": fitted.score_new, "repeat": fitted.score_repeat}
    lists = []
    for kind, question in QUESTION_OF_KIND.items():
        ranking = rank_products(purchases, scorers[question], question, settings.products)
        lists.append(
            pd.DataFrame(
                {
                    "customer_id": pd.array(customers[ranking.customer], dtype="str"),
                    "kind": pd.array([kind] * len(ranking.customer), dtype="str"),
                    "rank": ranking.rank,
                    "product": ranking.product,
                    "score": ranking.score,
                }
            )
        )
    table = pd.concat(lists, ignore_index=True)
    return table.sort_values(["customer_id", "kind", "rank"], ignore_index=True)
