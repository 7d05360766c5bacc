"""第八条: the public notice of one week and the objections to it (A8-4, AMB-20, AMB-21).

Seven days, the first not counted, the last rolled to a working day and running to 24:00. A named objection in time
blocks the one applicant whom it names and nobody else; an anonymous one is a tip, a late one a complaint.
"""

from incubator.notices import handing  # noqa: F401  registers what a handover moves
