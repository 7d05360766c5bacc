"""第八条: the assessment team and the experts of a case, conflicts of interest, score sheets and their closing.

A sheet is its expert's own until the review is closed: no page, wording, order or count tells a score before
(A8-2). Closing makes the mean and the spread, which the meeting sees; it never decides by them (A8-3).
"""

from incubator.assessments import commands, handing  # noqa: F401  registers evidence, and what a handover moves
