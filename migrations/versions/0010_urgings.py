"""urgings; what an obligation is called and how its day was counted; letters that lead elsewhere than to a case

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("obligation", sa.Column("title", sa.String(120), nullable=False, server_default=sa.text("''")))
    op.add_column("obligation", sa.Column("basis", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("inbox", sa.Column("path", sa.String(120), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "urging",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("means", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("office_name", sa.String(120), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(text) >= 10", name=op.f("ck_urging_text")),
        sa.CheckConstraint("means IN ('portal', 'phone', 'text', 'paper', 'visit')", name=op.f("ck_urging_means")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_urging_{column}"), ondelete="RESTRICT")
            for column, table in (("obligation_id", "obligation"), ("by_person_id", "person"), ("office_id", "office"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urging")),
    )
    op.create_index("ix_urging_obligation", "urging", ["obligation_id", "id"])


def downgrade():
    op.drop_table("urging")
    op.drop_column("inbox", "path")
    op.drop_column("obligation", "basis")
    op.drop_column("obligation", "title")
