"""The walk for tests: the same steps by which the training province is made; what many tests begin with is a copy."""

from incubator.simulation import applications as _applications
from incubator.simulation import reviews as _reviews
from incubator.simulation import steps as _steps
from incubator.simulation.applications import *  # noqa: F403
from incubator.simulation.reviews import *  # noqa: F403
from incubator.simulation.steps import *  # noqa: F403
from tests.stage import reached

open_round = reached(_applications.open_round)
open_account = reached(_steps.open_account)
filed_base = reached(_steps.filed_base)
submitted_case = reached(_applications.submitted_case)
recommended_case = reached(_applications.recommended_case)
accepted_case = reached(_applications.accepted_case)
proposed_case = reached(_reviews.proposed_case)
