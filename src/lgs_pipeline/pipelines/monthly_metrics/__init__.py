from lgs_pipeline.pipelines.monthly_metrics.pipeline import create_pipeline

__all__ = ["create_pipeline"]
