"""what an office keeps for itself: batches, notes, marks, views, settings of a person

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIER = "tier IN ('county', 'city', 'province')"


def _id(name: str = "id") -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _desk(table: str) -> list:
    """Office, tier and person, and what they refer to."""
    return [
        _id("office_id"), sa.Column("tier", sa.String(12), nullable=False), _id("person_id"),
        _to(table, "office_id", "office"), _to(table, "person_id", "person"),
        sa.CheckConstraint(TIER, name=op.f(f"ck_{table}_tier")),
    ]


def upgrade():
    op.create_table(
        "work_batch",
        _id(), *_desk("work_batch"), _id("membership_id"),
        sa.Column("person_name", sa.String(40), nullable=False),
        sa.Column("case_kind", sa.String(24), nullable=False),
        sa.Column("from_state", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ordered_at", Instant(), nullable=False),
        sa.Column("release_at", Instant(), nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.CheckConstraint("release_at > ordered_at", name=op.f("ck_work_batch_held")),
        _check("work_batch", "cancelled", "(cancelled_at IS NULL) = (cancelled_by IS NULL)"),
        _check("work_batch", "one_end", "cancelled_at IS NULL OR finished_at IS NULL"),
        _to("work_batch", "membership_id", "membership"), _to("work_batch", "cancelled_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_batch")),
    )
    op.create_index("ix_work_batch_desk", "work_batch", ["office_id", "tier", "id"])
    op.create_table(
        "work_batch_item",
        _id("batch_id"), _id("case_id"), _id("seen_version"),
        sa.Column("result", sa.String(8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.CheckConstraint("result IN ('', 'done', 'skipped')", name=op.f("ck_work_batch_item_result")),
        sa.CheckConstraint("(result = '') = (settled_at IS NULL)", name=op.f("ck_work_batch_item_settled")),
        _check("work_batch_item", "reason", "(result = 'skipped') = (length(reason) > 0)"),
        _to("work_batch_item", "batch_id", "work_batch"), _to("work_batch_item", "case_id", "case_"),
        sa.PrimaryKeyConstraint("batch_id", "case_id", name=op.f("pk_work_batch_item")),
    )
    op.create_table(
        "case_note",
        _id(), _id("case_id"), *_desk("case_note"),
        sa.Column("person_name", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(text) >= 1", name=op.f("ck_case_note_text")),
        _to("case_note", "case_id", "case_"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
    )
    op.create_index("ix_case_note_desk", "case_note", ["case_id", "office_id", "tier", "id"])
    op.create_table(
        "seen",
        _id("person_id"), _id("case_id"), _id("seq"),
        sa.Column("at", Instant(), nullable=False),
        _to("seen", "person_id", "person"), _to("seen", "case_id", "case_"),
        sa.PrimaryKeyConstraint("person_id", "case_id", name=op.f("pk_seen")),
    )
    op.create_table(
        "taken_up",
        _id("case_id"), *_desk("taken_up"),
        sa.Column("at", Instant(), nullable=False),
        _to("taken_up", "case_id", "case_"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_taken_up")),
    )
    op.create_index("ix_taken_up_person", "taken_up", ["person_id", "office_id", "tier"])
    op.create_table(
        "saved_view",
        _id(), *_desk("saved_view"),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("query", sa.String(400), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(name) >= 1", name=op.f("ck_saved_view_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "person_id", "office_id", "tier", "name", name=op.f("uq_saved_view_person_id_office_id_tier_name")
        ),
    )
    op.create_index("ix_saved_view_desk", "saved_view", ["office_id", "tier", "position", "id"])
    op.create_table(
        "person_setting",
        _id("person_id"),
        sa.Column("key", sa.String(24), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        _to("person_setting", "person_id", "person"),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_person_setting")),
    )


def downgrade():
    beside = ("person_setting", "saved_view", "taken_up", "seen", "case_note")
    for table in (*beside, "work_batch_item", "work_batch"):
        op.drop_table(table)
