"""versions of the base information and its yearly check

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _id(name: str = "id", *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=null)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade():
    op.create_table(
        "base_change",
        _id(), _id("base_id"), _id("version"),
        sa.Column("kind", sa.String(12), nullable=False), sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False), _id("case_id", null=True),
        sa.Column("valid_from", sa.Date(), nullable=False), sa.Column("at", Instant(), nullable=False),
        _id("by_person_id", null=True), sa.Column("by_name", sa.String(40), nullable=False),
        _check("base_change", "kind", "kind IN ('filed', 'edited', 'verified')"),
        _check("base_change", "case", "(kind = 'verified') = (case_id IS NOT NULL)"),
        _to("base_change", "base_id", "base"), _to("base_change", "case_id", "case_"),
        _to("base_change", "by_person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_change")),
        sa.UniqueConstraint("base_id", "version", name=op.f("uq_base_change_base_id_version")),
    )
    op.create_table(
        "profile_check",
        _id(), _id("base_id"), _id("year"), sa.Column("part", sa.String(12), nullable=False),
        sa.Column("answer", sa.String(8), nullable=False), sa.Column("at", Instant(), nullable=False),
        _id("by_person_id"), sa.Column("by_name", sa.String(40), nullable=False),
        _check("profile_check", "part", "part IN ('profile', 'contact', 'premises', 'team')"),
        _check("profile_check", "answer", "answer IN ('same', 'changed')"),
        _to("profile_check", "base_id", "base"), _to("profile_check", "by_person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_check")),
    )
    op.create_index("ix_profile_check_base", "profile_check", ["base_id", "part", "id"])


def downgrade():
    op.drop_table("profile_check")
    op.drop_table("base_change")
