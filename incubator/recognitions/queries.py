"""Words about the round that the pages of an application share."""

from incubator.campaigns.queries import closed_words, open_campaign
from incubator.kernel import clock
from incubator.policy.calendar import chinese_date


def round_words() -> str:
    """Until when an application may be submitted now, or when the next round opens (A3-2)."""
    campaign = open_campaign("recognition", clock.now())
    if campaign is None:
        return closed_words("recognition", clock.now())
    return f"{campaign.title}，{chinese_date(campaign.closes_on)} 24:00 截止"
