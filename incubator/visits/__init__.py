"""第七条（三）、第八条: visits to the site, and the facts that a reviewer decides on.

A visit is a row that nobody changes; a mistake is mended by a later one. ``facts_of`` lays what was verified
over what was declared, and the evidence of the standards (A5-9) reads nothing else.
"""

from incubator.visits import commands  # noqa: F401  registers evidence
