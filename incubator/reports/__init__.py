"""第十三条: quarterly and annual reports: owed from the day after the period, prefilled from rosters and ledger, checked,
reviewed in three ticks by county and city, archived, unlocked by the province alone.

Lateness belongs to the obligation, judged on the first submission; what the figures must satisfy stands in
`policy.indicators`.
"""
