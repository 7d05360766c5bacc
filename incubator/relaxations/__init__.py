"""第五条（二）（四）: relaxed standards outside urban Changchun.

County or city propose item by item, the province alone grants, with threshold, reason and document (AMB-02).
What is granted belongs to the base: it judges the application, and from the recognition on inspection and renewal.
"""

from incubator.relaxations import commands  # noqa: F401  registers evidence and panel data
