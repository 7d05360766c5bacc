"""第十八、十九条: changes of name, investor and operator; one approved change in each period of validity.

What is asked walks county, city and province; the register changes on the day on which the change is carried out.
"""

from incubator.changes import deciding, major_events, profiles, requests  # noqa: F401  registers evidence and effects
