"""What tests/pipelines/monthly_metrics claims holds on every engine."""

from tests.pipelines.monthly_metrics.test_nodes import *  # noqa: F403
