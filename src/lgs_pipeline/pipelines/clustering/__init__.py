from lgs_pipeline.pipelines.clustering.pipeline import create_pipeline

__all__ = ["create_pipeline"]
