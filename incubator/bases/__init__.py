"""The register of bases and their dated facts (第二、四、十、十八、十九条).

A base row is born at the dispatch of its account (A7-1b) and never deleted. Its standing is a pure function
of the facts and a day, `policy.standing.status`; `status_now` is a copy for lists, checked by recount.
"""
