"""What tests/pipelines/campaign_effect claims by hand holds on every engine."""

from tests.pipelines.campaign_effect.test_nodes import TestByHand, TestNothing  # noqa: F401
