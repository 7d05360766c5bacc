"""review in depth: relaxations, acts on behalf, answers to remarks

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BEHALF = ("opinion", "site_visit")


def upgrade():
    op.create_table(
        "relaxation_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("standard", sa.String(24), nullable=False),
        sa.Column("threshold", sa.Numeric(12, 2), nullable=False),
        sa.Column("actual", sa.Numeric(12, 2), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("office_name", sa.String(60), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.CheckConstraint("status IN ('open', 'granted', 'refused', 'withdrawn')", name=op.f("ck_relaxation_proposal_status")),
        sa.CheckConstraint("(status = 'open') = (answered_at IS NULL)", name=op.f("ck_relaxation_proposal_answered")),
        sa.CheckConstraint("length(reason) >= 10", name=op.f("ck_relaxation_proposal_reason")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_relaxation_proposal_answered_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_relaxation_proposal_by_person_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_relaxation_proposal_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_relaxation_proposal_office_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relaxation_proposal")),
    )
    op.create_index("ix_relaxation_proposal_case", "relaxation_proposal", ["case_id", "id"])
    op.create_index(
        "uq_relaxation_proposal_open", "relaxation_proposal", ["case_id", "standard"], unique=True,
        sqlite_where=sa.text("status = 'open'"), postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "relaxation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("standard", sa.String(24), nullable=False),
        sa.Column("minimum", sa.Numeric(12, 2), nullable=False),
        sa.Column("threshold", sa.Numeric(12, 2), nullable=False),
        sa.Column("actual", sa.Numeric(12, 2), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.String(60), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=False),
        sa.Column("granted_name", sa.String(40), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("in_force_on", sa.Date(), nullable=True),
        sa.CheckConstraint("threshold < minimum AND threshold >= 0", name=op.f("ck_relaxation_lower")),
        sa.CheckConstraint("length(reason) >= 10 AND document_no <> ''", name=op.f("ck_relaxation_paper")),
        sa.ForeignKeyConstraint(["base_id"], ["base.id"], name=op.f("fk_relaxation_base_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_relaxation_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_relaxation_file_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["granted_by"], ["person.id"], name=op.f("fk_relaxation_granted_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relaxation")),
    )
    op.create_index("ix_relaxation_base", "relaxation", ["base_id", "id"])
    op.create_index("ix_relaxation_case", "relaxation", ["case_id", "id"])


    op.create_table(
        "correction_answer",
        sa.Column("opinion_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["by_person_id"], ["person.id"], name=op.f("fk_correction_answer_by_person_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"], name=op.f("fk_correction_answer_opinion_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("opinion_id", "number", name=op.f("pk_correction_answer")),
    )
    for table in BEHALF:
        op.add_column(table, sa.Column("behalf_reason", sa.Text(), nullable=False, server_default=""))


def downgrade():
    for table in reversed(BEHALF):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("behalf_reason")
    op.drop_table("correction_answer")
    op.drop_table("relaxation")
    op.drop_table("relaxation_proposal")
