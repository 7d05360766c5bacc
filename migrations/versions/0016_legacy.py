"""older bases with their documents, and the bases of a city's own level

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('recognition', 'promotion', 'renewal', 'change', 'downgrade', 'rectification', 'revocation')"
NOW = "kind IN ('recognition', 'promotion', 'renewal', 'change', 'downgrade', 'rectification', 'revocation', 'legacy')"
LISTED = "struck_on IS NULL"


def _known(condition: str) -> None:
    with op.batch_alter_table("decision") as batch:
        batch.drop_constraint(op.f("ck_decision_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_decision_kind"), condition)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def _id(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def upgrade():
    _known(NOW)
    with op.batch_alter_table("validity_period") as batch:
        batch.add_column(sa.Column("legacy", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.alter_column("to_on", existing_type=sa.Date(), nullable=True)
        batch.create_check_constraint(op.f("ck_validity_period_end"), "to_on IS NOT NULL OR legacy IS TRUE")
    op.create_table(
        "legacy_base",
        _id("base_id"),
        sa.Column("row_key", sa.String(90), nullable=False),
        sa.Column("row_hash", sa.String(64), nullable=False),
        _id("decision_id"),
        sa.Column("name_fits", sa.Boolean(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("name_reason", sa.Text(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        _id("imported_by"), _id("person_id", nullable=True),
        _to("legacy_base", "base_id", "base"), _to("legacy_base", "decision_id", "decision"),
        _to("legacy_base", "imported_by", "person"), _to("legacy_base", "person_id", "person"),
        sa.PrimaryKeyConstraint("base_id", name=op.f("pk_legacy_base")),
        sa.UniqueConstraint("row_key", name=op.f("uq_legacy_base_row_key")),
    )
    op.create_index("ix_legacy_base_person", "legacy_base", ["person_id", "base_id"])
    op.create_table(
        "city_base",
        _id("id"), _id("office_id"), _id("region_id"),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("name_key", sa.String(60), nullable=False),
        sa.Column("operator_name", sa.String(80), nullable=False),
        sa.Column("address", sa.String(100), nullable=False),
        sa.Column("document_no", sa.String(60), nullable=False),
        sa.Column("document_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        _id("file_id"),
        sa.Column("struck_on", sa.Date(), nullable=True),
        sa.Column("strike_reason", sa.Text(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        _id("entered_by"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > document_on", name=op.f("ck_city_base_order")),
        sa.CheckConstraint("document_no <> ''", name=op.f("ck_city_base_document")),
        sa.CheckConstraint(
            "(struck_on IS NULL AND strike_reason = '') OR (struck_on IS NOT NULL AND length(strike_reason) >= 10)",
            name=op.f("ck_city_base_struck"),
        ),
        _to("city_base", "office_id", "office"), _to("city_base", "region_id", "region"),
        _to("city_base", "file_id", "stored_file"), _to("city_base", "entered_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city_base")),
    )
    op.create_index("uq_city_base_listed", "city_base", ["office_id", "name_key"], unique=True,
                    sqlite_where=sa.text(LISTED), postgresql_where=sa.text(LISTED))


def downgrade():
    """What is told apart only here goes; an older base keeps its level and its typed end."""
    op.drop_table("city_base")
    op.drop_table("legacy_base")
    op.execute("UPDATE validity_period SET to_on = '9999-12-31' WHERE to_on IS NULL")
    with op.batch_alter_table("validity_period") as batch:
        batch.drop_constraint(op.f("ck_validity_period_end"), type_="check")
        batch.alter_column("to_on", existing_type=sa.Date(), nullable=False)
        batch.drop_column("legacy")
    op.execute("UPDATE decision SET kind = 'recognition' WHERE kind = 'legacy'")
    _known(BEFORE)
