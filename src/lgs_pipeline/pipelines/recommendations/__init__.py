from lgs_pipeline.pipelines.recommendations.pipeline import create_pipeline

__all__ = ["create_pipeline"]
