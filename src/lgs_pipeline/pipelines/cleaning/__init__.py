from lgs_pipeline.pipelines.cleaning.pipeline import create_pipeline

__all__ = ["create_pipeline"]
