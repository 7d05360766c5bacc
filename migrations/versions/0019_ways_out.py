"""where people are told outside the portal, the register of deliveries, calendar feeds

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant, Sealed

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def upgrade():
    op.create_table(
        "contact",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address", Sealed(), nullable=True),
        sa.Column("mail", sa.String(8), nullable=False),
        sa.Column("text", sa.String(8), nullable=False),
        sa.Column("digest_upto", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("mail IN ('each', 'daily', 'legal')", name=op.f("ck_contact_mail")),
        sa.CheckConstraint("text IN ('each', 'legal')", name=op.f("ck_contact_text")),
        _to("contact", "person_id", "person"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_contact")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(160), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("provider_id", sa.String(120), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        _to("delivery", "person_id", "person"), _to("delivery", "letter_id", "inbox"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("message", name=op.f("uq_delivery_message")),
    )
    undone = sa.text("sent_at IS NULL")
    op.create_index("ix_delivery_open", "delivery", ["id"], sqlite_where=undone, postgresql_where=undone)
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("result", sa.String(8), nullable=False),
        sa.Column("provider_id", sa.String(120), nullable=False),
        sa.Column("detail", sa.String(200), nullable=False),
        sa.CheckConstraint(
            "result IN ('', 'sent', 'known', 'refused', 'failed', 'unknown')", name=op.f("ck_delivery_attempt_result")
        ),
        sa.CheckConstraint("(result = '') = (ended_at IS NULL)", name=op.f("ck_delivery_attempt_ended")),
        _to("delivery_attempt", "delivery_id", "delivery"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_delivery_attempt_delivery_id_number")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        _to("calendar_feed", "membership_id", "membership"),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )


def downgrade():
    for table in ("calendar_feed", "delivery_attempt", "delivery", "contact"):
        op.drop_table(table)
