"""one running case of each kind that a base may have only one of

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BEFORE = "ended_at IS NULL AND kind IN ('filing', 'recognition')"
NOW = (
    "ended_at IS NULL AND kind IN"
    " ('filing', 'recognition', 'promotion', 'renewal', 'change', 'rectification', 'revocation')"
)


def _put(where: str) -> None:
    op.drop_index("uq_case_running_application", "case_")
    op.create_index(
        "uq_case_running_application", "case_", ["base_id", "kind"], unique=True,
        sqlite_where=sa.text(where), postgresql_where=sa.text(where),
    )


def upgrade():
    _put(NOW)


def downgrade():
    _put(BEFORE)
