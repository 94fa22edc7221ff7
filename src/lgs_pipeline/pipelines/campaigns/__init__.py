from lgs_pipeline.pipelines.campaigns.pipeline import create_pipeline

__all__ = ["create_pipeline"]
