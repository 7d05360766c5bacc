"""The walk for tests: the same steps by which the training province is made."""

from incubator.simulation.applications import *  # noqa: F403
from incubator.simulation.reviews import *  # noqa: F403
from incubator.simulation.steps import *  # noqa: F403
