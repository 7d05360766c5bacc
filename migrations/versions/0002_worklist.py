"""worklist: counts kept beside the obligations, and its orders as indexes

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = {"sqlite_where": sa.text("fulfilled_at IS NULL"), "postgresql_where": sa.text("fulfilled_at IS NULL")}
_INDEXES = {
    "ix_obligation_office_kind": ["office_id", "tier", "case_kind", "due_on", "id"],
    "ix_obligation_office_state": ["office_id", "tier", "state", "due_on", "id"],
    "ix_obligation_office_arrived": ["office_id", "tier", "opened_at", "id"],
    "ix_obligation_office_kind_arrived": ["office_id", "tier", "case_kind", "opened_at", "id"],
    "ix_obligation_office_state_arrived": ["office_id", "tier", "state", "opened_at", "id"],
}
_DEBTOR = (
    "CASE WHEN office_id IS NOT NULL THEN 'office:' || CAST(office_id AS VARCHAR) || ':' || tier"
    " WHEN base_id IS NOT NULL THEN 'base:' || CAST(base_id AS VARCHAR)"
    " ELSE 'person:' || CAST(person_id AS VARCHAR) END"
)


def upgrade():
    op.create_table(
        "worklist_count",
        sa.Column("debtor", sa.String(length=32), nullable=False),
        sa.Column("slice", sa.String(length=72), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("debtor", "slice", name=op.f("pk_worklist_count")),
    )
    for part in ("'state:' || case_kind || ':' || state", "'due:' || CAST(due_on AS VARCHAR)"):
        op.execute(
            f"INSERT INTO worklist_count (debtor, slice, waiting) SELECT {_DEBTOR}, {part}, count(*)"
            f" FROM obligation WHERE fulfilled_at IS NULL GROUP BY {_DEBTOR}, {part}"
        )
    op.drop_index("ix_obligation_facet", "obligation", **_OPEN)
    for name, columns in _INDEXES.items():
        op.create_index(name, "obligation", columns, unique=False, **_OPEN)


def downgrade():
    for name in _INDEXES:
        op.drop_index(name, "obligation", **_OPEN)
    op.create_index("ix_obligation_facet", "obligation", ["office_id", "tier", "case_kind", "state"], unique=False, **_OPEN)
    op.drop_table("worklist_count")
