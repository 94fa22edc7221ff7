"""What tests/pipelines/customers claims holds on every engine."""

from tests.pipelines.customers.test_nodes import *  # noqa: F403
