"""第十五至十七条: downgrade, rectification and revocation, and what follows from them.

The document is entered with the decisions; here stands what must be there before it and what it sets off. Service
of a paper is an obligation with its own proof, never a condition of effect (A15-7).
"""
