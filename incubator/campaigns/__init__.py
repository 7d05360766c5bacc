"""申报批次和申报指南（第三条、第七条（五））: when applications of a kind may be submitted, and with which materials.

Recognition is arranged once a year as a rule (A3-2); a second round needs a reason. A renewal round has a guide
and a material list but no closing (A7-7). Outside a round the submission is grey and says when the next begins.
"""

from incubator.campaigns import commands  # noqa: F401  registers evidence
