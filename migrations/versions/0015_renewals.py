"""renewals from their first submission

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "renewal",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("window_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("filed_on >= window_from AND filed_on <= valid_to", name=op.f("ck_renewal_in_time")),
        sa.CheckConstraint("ended_on >= filed_on", name=op.f("ck_renewal_order")),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_renewal_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["base_id"], ["base.id"], name=op.f("fk_renewal_base_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_renewal")),
    )
    op.create_index("ix_renewal_base", "renewal", ["base_id", "valid_to"])
    op.create_index(
        "uq_renewal_running", "renewal", ["base_id"], unique=True,
        sqlite_where=sa.text("ended_on IS NULL"), postgresql_where=sa.text("ended_on IS NULL"),
    )


def downgrade():
    op.drop_table("renewal")
