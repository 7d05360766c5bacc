"""Acts become letters in the portal: who is told what, once (design §2; reliability §3.5).

A message says what happened and what follows in two sentences; texts are made when it is delivered, from ids.
"""

from incubator.messages import batches, commands, foreseen, reminding, urged  # noqa: F401  register what is said after each act
