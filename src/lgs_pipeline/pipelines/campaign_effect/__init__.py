from lgs_pipeline.pipelines.campaign_effect.pipeline import create_pipeline

__all__ = ["create_pipeline"]
