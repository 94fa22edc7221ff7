"""What tests/pipelines/cleaning claims holds on every engine."""

from tests.pipelines.cleaning.test_nodes import *  # noqa: F403
from tests.pipelines.cleaning.test_repeats import *  # noqa: F403
