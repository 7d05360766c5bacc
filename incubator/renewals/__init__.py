"""第十条: the renewal of the validity. Filed by the base within three months before the end, reviewed upwards, decided by document.

While it is undecided the base stands provisionally (AMB-26). What a refusal opens is said by `events`: the direct
revocation belongs to a later module.
"""

from incubator.renewals import commands, deciding  # noqa: F401  register evidence, effects and the kind of decision
