"""All habits of a simulated province: whoever lets one live imports this, so that nobody's are left out."""

from incubator.simulation import founders, holders, reporters

__all__ = ["founders", "holders", "reporters"]
