"""second factor, editions

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant, Sealed

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "second_factor",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("secret", Sealed(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_second_factor_person_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("person_id", "code_hash", name=op.f("uq_recovery_code_person_id_code_hash")),
    )
    op.create_table(
        "holiday_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_holiday_change_decided_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_change")),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_holiday_change_order")),
    )
    op.add_column("session", sa.Column("factor_at", Instant(), nullable=True))
    op.add_column("session", sa.Column("pending", Sealed(), nullable=True))
    with op.batch_alter_table("parameter") as parameter:
        parameter.add_column(sa.Column("document_no", sa.String(length=40), nullable=True))
        parameter.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        parameter.create_foreign_key(
            op.f("fk_parameter_replaces_id"), "parameter", ["replaces_id"], ["id"], ondelete="RESTRICT"
        )
        parameter.create_unique_constraint(op.f("uq_parameter_replaces_id"), ["replaces_id"])


def downgrade():
    with op.batch_alter_table("parameter") as parameter:
        parameter.drop_constraint(op.f("uq_parameter_replaces_id"), type_="unique")
        parameter.drop_constraint(op.f("fk_parameter_replaces_id"), type_="foreignkey")
        parameter.drop_column("replaces_id")
        parameter.drop_column("document_no")
    op.drop_column("session", "pending")
    op.drop_column("session", "factor_at")
    op.drop_table("holiday_change")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
