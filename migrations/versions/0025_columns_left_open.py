"""roster columns that the domain does not call compulsory may stay empty (domain.md §8.7, §8.9)

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OPEN = {
    "tenant": {"reg_on": (sa.Date(), "in_on"), "area": (sa.Numeric(12, 2), "0"), "legal_rep": (sa.String(20), "''")},
    "team_member": {"education": (sa.String(12), "''")},
}


def _nullable(table: str, nullable: bool) -> None:
    with op.batch_alter_table(table) as batch:
        for column, (kind, _) in OPEN[table].items():
            batch.alter_column(column, existing_type=kind, nullable=nullable)


def upgrade():
    for table in OPEN:
        _nullable(table, True)


def downgrade():
    """What was left open is filled with what says least."""
    for table, columns in OPEN.items():
        for column, (_, least) in columns.items():
            op.execute(f"UPDATE {table} SET {column} = {least} WHERE {column} IS NULL")
        _nullable(table, False)
