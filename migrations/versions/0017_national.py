"""national titles of bases

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "national_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("document_no", sa.String(60), nullable=False),
        sa.Column("document_on", sa.Date(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("to_on > from_on", name=op.f("ck_national_record_order")),
        sa.ForeignKeyConstraint(["base_id"], ["base.id"], name=op.f("fk_national_record_base_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_national_record_entered_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_national_record")),
        sa.UniqueConstraint("base_id", "title", "from_on", name=op.f("uq_national_record_base_id_title_from_on")),
    )


def downgrade():
    op.drop_table("national_record")
