from lgs_pipeline.pipelines.lifetime_value.pipeline import create_pipeline

__all__ = ["create_pipeline"]
