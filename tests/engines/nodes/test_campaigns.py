"""What tests/pipelines/campaigns claims of order times holds on every engine."""

from tests.pipelines.campaigns.test_nodes import TestOrderTimes  # noqa: F401
