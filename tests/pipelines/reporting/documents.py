"""Reports and workbooks of small tables; what a test does not name is ordinary."""

from typing import Any

import pandas as pd

from lgs_pipeline.pipeline_registry import register_pipelines
from lgs_pipeline.pipelines.rfm.nodes import place_segments
from tests import tables
from tests.building import data_period, settings_of
from tests.tables import CAMPAIGN_PLAN, campaign_effects, campaign_targets

SETTINGS = settings_of("base")

QUALITY = pd.DataFrame(
    {
        "rule": ["transactions", "repeated_invoice", "zero_price", "total"],
        "lines": [970, 25, 5, 1000],
        "amount": [9000.0, 300.0, 0.0, 9300.0],
        "share_of_lines": [0.97, 0.025, 0.005, 1.0],
    }
)

PROFILES = pd.DataFrame(
    [
        ("Champions", "typical_products", 1, "22423", "REGENCY CAKESTAND", "lines", 20.0, 0.1),
        ("Champions", "top_products", 1, "85123A", "HEART T-LIGHT HOLDER", "lines", 50.0, 0.2),
        ("Champions", "monetary_score", 1, "1", None, "customers", 1.0, 0.02),
        ("Champions", "monetary_score", 5, "5", None, "customers", 49.0, 0.7),
        ("Champions", "cancelled", 1, "sales cancelled", None, "pounds", 12.0, 0.012),
        ("Champions", "weekday", 4, "Thursday", None, "orders", 9.0, 0.9),
        ("Champions", "basket", 1, "lines per order", None, "lines", 19.0, None),
        ("Champions", "basket", 2, "units per order", None, "units", 190.0, None),
        ("Champions", "basket", 3, "pounds per order", None, "pounds", 322.4, None),
    ],
    columns=["segment", "aspect", "rank", "item", "description", "unit", "value", "share"],
).assign(share_of_all=0.1, lift=1.0)


def ordinary_tables() -> dict[str, Any]:
    """Every table that findings, report and workbook are made from."""
    scored = tables.rfm(
        (5, 5, 800.0, "Champions"), (5, 4, 100.0, "Champions"), (1, 3, 90.0, "At Risk"),
        (5, 2, 50.0, "Potential Loyalists"),
    ).assign(recency=[10, 10, 300, 10], frequency=[1, 1, 3, 1])  # fmt: skip
    counts = tables.amounts((10.0, 5), (20.0, 3))
    components, meanings = tables.components((0, 1, 2), (1, 3, 4))
    return {
        "data_period": data_period("2010-01-01 08:00", "2011-02-10 16:00"),
        "data_quality": QUALITY,
        "data_doubts": pd.DataFrame({"doubt": [], "statement": [], "setting": []}, dtype="str"),
        "monthly_metrics": tables.months(*[1000] * 12, 1100, 400, partial=(13,)),
        "cohort_retention": tables.cohorts((10, [3, 2]), (5, [1])),
        "invoice_amount_counts": counts,
        "invoice_amount_distribution": tables.distribution(counts),
        "rfm": scored,
        "rfm_segments": tables.segments(
            Champions=(2, 900), At_Risk=(1, 90), Potential_Loyalists=(1, 50), Hibernating=(0, 0)
        ),
        "rfm_thresholds": pd.DataFrame(
            {"measure": ["recency"] * 2, "score": [1, 2], "lower": [409.0, None], "upper": [738.0, 409.0],
             "customers": [3, 4]}
        ),
        "segment_migration": tables.migration(
            ("Champions", "Champions", 1), ("At Risk", "Champions", 1), ("Champions", "At Risk", 1),
            ("(new)", "Potential Loyalists", 1),
        ),
        "segment_profiles": PROFILES,
        "kmeans_selection": tables.selection(0.4, 0.3, 0.2),
        "kmeans_profile": tables.clusters(Frequent_spenders=(2, 900), Rare_spenders=(2, 140)),
        "kmeans_clusters": pd.DataFrame(
            {"customer_id": scored.customer_id, "cluster": [0, 0, 1, 1],
             "cluster_name": ["Frequent spenders"] * 2 + ["Rare spenders"] * 2}
        ),
        "segment_cluster_crosstab": tables.crosstab(Champions=[2, 0], At_Risk=[0, 1]),
        "cluster_components": components,
        "component_meanings": meanings,
        "segmentation_comparison": tables.comparison(none=(0.0, 0.0, 0.0), rfm=(0.3, 0.2, 0.4)),
        "customer_lifetime_value": tables.lifetime_values(
            (700.0, "Gold"), (90.0, "Bronze"), (10.0, "Bronze"), (40.0, "Bronze")
        ),
        "clv_tiers": tables.tiers(Gold=(1, 700.0), Bronze=(3, 140.0)),
        "clv_validation": tables.validation(),
        "clv_parameters": pd.DataFrame({"reason": [""]}),
        "campaign_plan": CAMPAIGN_PLAN,
        "campaign_targets": campaign_targets(scored.customer_id),
        "campaign_effect": campaign_effects().head(0),
        "recommendation_evaluation": pd.DataFrame(
            [("new", "ndcg_at_10", "recommender", 0.1), ("new", "ndcg_at_10", "bm25_neighbours", 0.05),
             ("repeat", "ndcg_at_10", "recommender", 0.5),
             ("repeat", "ndcg_at_10", "own_most_frequent", 0.4)],
            columns=["question", "measure", "model", "value"],
        ),
        "extracts": pd.DataFrame(
            {"extract": ["retail.csv"], "lines": [1000], "first_line": pd.Timestamp("2010-01-01 08:00"),
             "last_line": pd.Timestamp("2011-02-10 16:00")}
        ),
    }  # fmt: skip


def made(document: str, settings=SETTINGS, **changes: Any) -> Any:
    """A document of the ordinary tables with some changed, by the nodes of the pipelines that make it."""
    found = {**ordinary_tables(), **changes, "segment_places": place_segments(settings.rfm)}
    found["parameters"] = settings.model_dump(mode="json")
    found |= {f"params:{name}": getattr(settings, name) for name in type(settings).model_fields}
    for node in register_pipelines()["__default__"].to_outputs(document).nodes:
        is_of_chapter = node.outputs[0].endswith(("_chapter", "_chart"))
        if (is_of_chapter or node.namespace == "reporting") and not found.keys() >= set(node.outputs):
            found |= node.run({name: found[name] for name in node.inputs})
    return found[document]


def findings(settings=SETTINGS, **changes: Any) -> pd.DataFrame:
    """What is found in the ordinary tables with some changed."""
    return made("findings", settings, **changes)


def report(settings=SETTINGS, **changes: Any) -> str:
    """The page of the ordinary tables with some changed."""
    return made("report", settings, **changes)


def workbook(settings=SETTINGS, **changes: Any) -> bytes:
    """The workbook of the ordinary tables with some changed."""
    return made("workbook", settings, **changes)


def emptied(*names: str) -> dict[str, pd.DataFrame]:
    """Ordinary tables without rows, as they are when they were read from a file: columns have no types."""
    found = ordinary_tables()
    return {name: found[name].head(0).astype(object) for name in names}
