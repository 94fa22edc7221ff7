from lgs_pipeline.pipelines.rfm.pipeline import create_pipeline

__all__ = ["create_pipeline"]
