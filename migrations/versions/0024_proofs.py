"""proofs of what follows a revocation, no notice before its case, one running inspection outside the plan

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BEFORE = (
    "ended_at IS NULL AND kind IN"
    " ('filing', 'recognition', 'promotion', 'renewal', 'change', 'rectification', 'revocation')"
)
NOW = (
    "ended_at IS NULL AND kind IN"
    " ('filing', 'recognition', 'promotion', 'renewal', 'change', 'rectification', 'revocation', 'adhoc_inspection')"
)


def _running(where: str) -> None:
    op.drop_index("uq_case_running_application", "case_")
    op.create_index(
        "uq_case_running_application", "case_", ["base_id", "kind"], unique=True,
        sqlite_where=sa.text(where), postgresql_where=sa.text(where),
    )


def upgrade():
    _running(NOW)
    with op.batch_alter_table("follow_up") as batch:
        batch.create_check_constraint(op.f("ck_follow_up_proof"), "done_on IS NULL OR file_id IS NOT NULL")
    with op.batch_alter_table("prior_notice") as batch:
        batch.add_column(sa.Column("began_on", sa.Date(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_prior_notice_begun"), "notified_on IS NULL OR began_on IS NULL OR notified_on >= began_on")


def downgrade():
    with op.batch_alter_table("prior_notice") as batch:
        batch.drop_constraint(op.f("ck_prior_notice_begun"), type_="check")
        batch.drop_column("began_on")
    with op.batch_alter_table("follow_up") as batch:
        batch.drop_constraint(op.f("ck_follow_up_proof"), type_="check")
    _running(BEFORE)
