"""changes of name, investor and operator; since when an operator that replaced another runs a base

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = "change_request"
COUNTS = "counted IS TRUE AND annulled_on IS NULL"
CHECKS = {
    "main_type": "main_type IN ('operator', 'investor', 'base_name', 'entity_rename')",
    "applicant": "applicant IN ('investor', 'operator')",
    "who_asks": "main_type <> 'operator' OR applicant = 'investor'",
    "rides": "with_name IS FALSE OR main_type IN ('operator', 'investor')",
    "approval": (
        "(approved_on IS NULL AND approved_by IS NULL AND validity_period_id IS NULL AND counted IS NULL"
        " AND notice_no = '' AND notice_file_id IS NULL AND implement_due IS NULL AND implemented_on IS NULL"
        " AND annulled_on IS NULL)"
        " OR (approved_on IS NOT NULL AND approved_by IS NOT NULL AND validity_period_id IS NOT NULL"
        " AND counted IS NOT NULL AND notice_no <> '' AND notice_file_id IS NOT NULL AND implement_due IS NOT NULL)"
    ),
    "second_person": "approved_by IS NULL OR (examined_by IS NOT NULL AND approved_by <> examined_by)",
    "carried_out": "implemented_on IS NULL OR (implemented_on >= approved_on AND annulled_on IS NULL)",
    "annulled": "annulled_on IS NULL OR annulled_on > implement_due",
    "comment": "(comment = '') = (commented_at IS NULL) AND (commented_at IS NULL) = (commented_by IS NULL)",
}


def _to(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{TABLE}_{column}"), ondelete="RESTRICT")


def _maybe(name: str, kind=None) -> sa.Column:
    return sa.Column(name, kind or sa.Integer(), nullable=True)


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("main_type", sa.String(16), nullable=False),
        sa.Column("with_name", sa.Boolean(), nullable=False),
        sa.Column("applicant", sa.String(12), nullable=False),
        sa.Column("for_investor", sa.Boolean(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        _maybe("commented_at", Instant()), _maybe("commented_by"), _maybe("examined_by"),
        _maybe("approved_on", sa.Date()), _maybe("approved_by"), _maybe("validity_period_id"),
        _maybe("counted", sa.Boolean()),
        sa.Column("notice_no", sa.String(60), nullable=False),
        _maybe("notice_file_id"),
        sa.Column("investor_told", sa.String(100), nullable=False),
        _maybe("implement_due", sa.Date()), _maybe("implemented_on", sa.Date()), _maybe("annulled_on", sa.Date()),
        _maybe("account_person_id"),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}")) for name, rule in CHECKS.items()),
        _to("case_id", "case_.id"), _to("base_id", "base.id"), _to("validity_period_id", "validity_period.id"),
        _to("notice_file_id", "stored_file.id"),
        *(_to(column, "person.id") for column in ("commented_by", "examined_by", "approved_by", "account_person_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index("uq_change_request_period", TABLE, ["validity_period_id"], unique=True,
                    sqlite_where=sa.text(COUNTS), postgresql_where=sa.text(COUNTS))
    op.create_index("ix_change_request_base", TABLE, ["base_id", "approved_on"])
    op.add_column("base", sa.Column("operator_since", Instant(), nullable=True))


def downgrade():
    op.drop_column("base", "operator_since")
    op.drop_table(TABLE)
