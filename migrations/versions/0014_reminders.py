"""reminders, leases of what time does, letters of legal weight

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("inbox", sa.Column("legal", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("outbox", sa.Column("first_at", Instant(), nullable=True))
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("became", sa.String(12), nullable=False),
        sa.Column("message", sa.String(160), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("became IN ('said', 'listed', 'superseded')", name=op.f("ck_reminder_became")),
        sa.CheckConstraint("(became = 'superseded') = (message = '')", name=op.f("ck_reminder_message")),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_reminder_obligation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("obligation_id", "due_on", "step", name=op.f("uq_reminder_obligation_id_due_on_step")),
    )
    op.create_index("ix_reminder_message", "reminder", ["message"])
    op.create_table(
        "job_run",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("slot", sa.String(24), nullable=False),
        sa.Column("lease_owner", sa.String(32), nullable=False),
        sa.Column("lease_until", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("attempts >= 1", name=op.f("ck_job_run_attempts")),
        sa.PrimaryKeyConstraint("name", "slot", name=op.f("pk_job_run")),
    )


def downgrade():
    op.drop_table("job_run")
    op.drop_table("reminder")
    op.drop_column("outbox", "first_at")
    op.drop_column("inbox", "legal")
