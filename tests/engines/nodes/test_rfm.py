"""What tests/pipelines/rfm claims holds on every engine."""

from tests.pipelines.rfm.test_nodes import *  # noqa: F403
