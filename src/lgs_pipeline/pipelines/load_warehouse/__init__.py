from lgs_pipeline.pipelines.load_warehouse.pipeline import create_pipeline

__all__ = ["create_pipeline"]
