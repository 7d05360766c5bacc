"""What the guide of the year asks for, item by item (第七条（五）, A7-7): a compulsory material that is missing keeps from submitting."""

from collections.abc import Iterable, Mapping

from incubator.campaigns.models import Campaign
from incubator.campaigns.queries import open_campaign
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.workflow import Case
from incubator.policy.fields import FieldTable, Problem
from incubator.policy.fields.campaign import lacking

_guides: dict = {}


def guide_of(kind: str):
    """Register ``fn(case) -> Campaign | None`` for a kind that does not follow the round that is open now."""

    def put(fn):
        _guides[kind] = fn
        return fn

    return put


def guide(case: Case) -> Campaign | None:
    """The round whose guide holds for a case: the one that it entered, before that the one that it would enter."""
    if case.campaign_id is not None:
        return db.session.get(Campaign, case.campaign_id)
    return _guides[case.kind](case) if case.kind in _guides else open_campaign(case.kind, clock.now())


def problems(case: Case, table: FieldTable, values: Mapping) -> Iterable[Problem]:
    """The compulsory items of the guide that the form does not hold."""
    campaign = guide(case)
    return lacking(campaign.material_items, campaign.title, table, values, case.kind) if campaign is not None else ()
