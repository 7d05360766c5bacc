"""Two recognised bases with the people around them, walked once a run and copied for each test.

    fixture `recognised`   a portal on each database in which they stand, its context open, on 2025-03-03 09:00

长春知行 lies in 朝阳区, 延吉海兰 in 延吉市; document 2024-11-12, valid from 2025-01-01 to 2029-12-31.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.kernel.database import db
from tests import walk
from tests.conftest import Clock
from tests.notices import steps
from tests.stage import reached

NAMES = steps.NAMES[:2]
NOW = "2025-03-03 09:00"


@reached
def _found() -> None:
    _set("2024-11-04 09:30")
    cases = steps.proposed(2)
    steps.published(cases)
    _set("2024-11-12 09:30")
    walk.decide(cases)


def _set(moment: str) -> None:
    Clock().set(moment)


@pytest.fixture
def recognised(app, clock):
    with app.app_context():
        _found()
        clock.set(NOW)
        yield app
        db.session.remove()


def base(name: str = NAMES[0]) -> Base:
    return db.session.scalar(select(Base).where(Base.name == name).execution_options(populate_existing=True))


def admin(name: str = NAMES[0]):
    return walk.actor(base(name).code)
