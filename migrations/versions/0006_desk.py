"""desk: transfers of bases and routes, and where a base lay over time

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = {"sqlite_where": sa.text("to_on IS NULL"), "postgresql_where": sa.text("to_on IS NULL")}
_DUE = {"sqlite_where": sa.text("applied_at IS NULL"), "postgresql_where": sa.text("applied_at IS NULL")}


def _foreign(table: str, column: str, target: str):
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def upgrade():
    op.create_table(
        "region_span",
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        _foreign("region_span", "base_id", "base.id"), _foreign("region_span", "case_id", "case_.id"),
        _foreign("region_span", "decision_id", "decision.id"), _foreign("region_span", "region_id", "region.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_span")),
    )
    op.create_index("uq_region_span_open", "region_span", ["base_id"], unique=True, **_OPEN)
    op.create_index("ix_region_span_region", "region_span", ["region_id", "from_on"])
    day = (
        "date(created_at, '+8 hours')" if op.get_context().dialect.name == "sqlite"
        else "CAST(created_at AT TIME ZONE 'Asia/Shanghai' AS DATE)"
    )
    op.execute(f"INSERT INTO region_span (base_id, region_id, from_on) SELECT id, region_id, {day} FROM base ORDER BY id")
    op.create_table(
        "relocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("county_office_id", sa.Integer(), nullable=True),
        sa.Column("city_office_id", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=True),
        sa.Column("moved_cases", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(base_id IS NOT NULL AND county_office_id IS NULL AND city_office_id IS NULL)"
            " OR (base_id IS NULL AND county_office_id IS NOT NULL AND city_office_id IS NOT NULL)",
            name=op.f("ck_relocation_what"),
        ),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_relocation_reason")),
        _foreign("relocation", "base_id", "base.id"), _foreign("relocation", "by_person_id", "person.id"),
        _foreign("relocation", "city_office_id", "office.id"), _foreign("relocation", "county_office_id", "office.id"),
        _foreign("relocation", "region_id", "region.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relocation")),
    )
    op.create_index("ix_relocation_due", "relocation", ["from_on"], **_DUE)


def downgrade():
    op.drop_table("relocation")
    op.drop_table("region_span")
