"""第五至八条: the application for recognition, and the glue of its walk.

Prefilled from everything known, a live checklist beside it (A5-8), submission freezes an immutable version
with its rosters. Stations, evidence and outcomes stand in `policy.procedures.RECOGNITION`.
"""

from incubator.recognitions import commands, deciding  # noqa: F401  register evidence and the kind of decision
