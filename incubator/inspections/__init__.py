"""第十四条: the year's plan, the draw for visits, the inspection of each base, findings and the conclusion.

The system computes, shows and suggests; people conclude (A14-1 to A14-4, AMB-18, AMB-19). What a conclusion sets
off stands with the sanctions.
"""
