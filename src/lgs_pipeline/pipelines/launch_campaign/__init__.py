from lgs_pipeline.pipelines.launch_campaign.pipeline import create_pipeline

__all__ = ["create_pipeline"]
