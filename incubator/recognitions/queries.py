"""Words about the round that the pages of an application share."""

from incubator.campaigns.queries import closed_words, open_campaign
from incubator.kernel import clock
from incubator.policy.calendar import chinese_date

_words: dict = {}


def words_of(kind: str):
    """Register ``fn(case) -> str`` for a kind whose time is no round: until when it may be submitted."""

    def put(fn):
        _words[kind] = fn
        return fn

    return put


def round_words(kind: str = "recognition", case=None) -> str:
    """Until when an application may be submitted now, or when the next round opens (A3-2)."""
    if kind in _words and case is not None:
        return _words[kind](case)
    campaign = open_campaign(kind, clock.now())
    if campaign is None:
        return closed_words(kind, clock.now())
    return f"{campaign.title}，{chinese_date(campaign.closes_on)} 24:00 截止"
