"""What tests/pipelines/recommendations claims of tables of the engine holds on every engine."""

from tests.pipelines.recommendations.test_evaluation import TestHeldOut
from tests.pipelines.recommendations.test_nodes import TestKnownCustomers, TestProductsSold

__all__ = ["TestHeldOut", "TestKnownCustomers", "TestProductsSold"]
