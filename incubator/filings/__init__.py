"""第七条（一）: account requests, their confirmation and dispatch, and the filing of a new base.

The public asks, the county confirms, the province dispatches, the base files, the county reviews. An account
request and a filing pass one local station, the county's (A7-1, AMB-34).
"""

from incubator.filings import commands  # noqa: F401  registers evidence and effects
