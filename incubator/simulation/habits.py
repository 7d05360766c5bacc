"""All habits of a simulated province: whoever lets one live imports this, so that nobody's are left out."""

from incubator.simulation import (
    changers,
    founders,
    holders,
    inspectors,
    objectors,
    reporters,
    revokers,
    sanctioners,
    wanderers,
)

__all__ = ["changers", "founders", "holders", "inspectors", "objectors", "reporters", "revokers", "sanctioners", "wanderers"]
