"""The pipelines by name, and what runs by default."""

from kedro.pipeline import Pipeline

from lgs_pipeline.pipelines import (
    campaign_effect,
    campaigns,
    cleaning,
    clustering,
    ingestion,
    launch_campaign,
    lifetime_value,
    load_warehouse,
    monthly_metrics,
    recommendations,
    reporting,
    rfm,
)


def register_pipelines() -> dict[str, Pipeline]:
    """Each pipeline by name; ``__default__`` is all of them but those that somebody has to decide on.

    These are ``launch_campaign``, and ``load_warehouse``, which is for warehouses only.
    """
    pipelines = {
        "ingestion": ingestion.create_pipeline(),
        "cleaning": cleaning.create_pipeline(),
        "monthly_metrics": monthly_metrics.create_pipeline(),
        "rfm": rfm.create_pipeline(),
        "clustering": clustering.create_pipeline(),
        "lifetime_value": lifetime_value.create_pipeline(),
        "campaigns": campaigns.create_pipeline(),
        "campaign_effect": campaign_effect.create_pipeline(),
        "recommendations": recommendations.create_pipeline(),
        "reporting": reporting.create_pipeline(),
    }
    return {
        **pipelines,
        "launch_campaign": launch_campaign.create_pipeline(),
        "load_warehouse": load_warehouse.create_pipeline(),
        "__default__": sum(pipelines.values(), start=Pipeline([])),
    }
