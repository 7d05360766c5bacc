"""major events: what was reported, verified, and what follows

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLE = "major_event"


def _to(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{TABLE}_{column}"), ondelete="RESTRICT")


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("case_id", sa.Integer(), nullable=False), sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False), sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False), sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False), sa.Column("verified", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False), sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("visit_id", sa.Integer(), nullable=True), sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("follow_up", sa.String(20), nullable=False), sa.Column("checked_at", Instant(), nullable=True),
        sa.Column("checked_by", sa.Integer(), nullable=True), sa.Column("checked_name", sa.String(60), nullable=False),
        _check("kind", "kind IN ('area','address','use','accident','litigation','stop','other')"),
        _check("follow_up", "follow_up IN ('','none','next_inspection','special_inspection','revocation')"),
        _check("checked", "(checked_at IS NULL) = (follow_up = '') AND (checked_at IS NULL) = (checked_by IS NULL)"),
        _check("order", "checked_at IS NULL OR valid_from >= happened_on"),
        _to("case_id", "case_"), _to("base_id", "base"), _to("visit_id", "site_visit"), _to("checked_by", "person"),
        sa.PrimaryKeyConstraint("case_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index("ix_major_event_base", TABLE, ["base_id", "follow_up", "case_id"])


def downgrade():
    op.drop_table(TABLE)
