"""What happened here and others act on, in the same transaction (design law 1)."""

_refused = []


def on_renewal_refused(fn):
    """Register ``fn(case, base, actor)``: a renewal was refused, direct revocation is to be opened (第十六条（二）3, T12)."""
    _refused.append(fn)
    return fn


def renewal_refused(case, base, actor) -> None:
    for fn in _refused:
        fn(case, base, actor)
