"""the year's inspections: plan, batches, draw, findings, conclusion

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def upgrade():
    op.create_table(
        "inspection_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.CheckConstraint("(confirmed_at IS NULL) = (confirmed_by IS NULL)", name=op.f("ck_inspection_plan_confirmed")),
        _to("inspection_plan", "confirmed_by", "person"),
        _to("inspection_plan", "made_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_plan")),
        sa.UniqueConstraint("year", name=op.f("uq_inspection_plan_year")),
    )
    op.create_table(
        "inspection_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(30), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_inspection_batch_order")),
        _to("inspection_batch", "plan_id", "inspection_plan"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_batch")),
        sa.UniqueConstraint("id", "plan_id", name=op.f("uq_inspection_batch_id_plan_id")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_inspection_batch_plan_id_number")),
    )
    op.create_table(
        "inspection_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(80), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("drawn_by", sa.Integer(), nullable=False),
        sa.Column("drawn_name", sa.String(40), nullable=False),
        sa.Column("drawn_at", Instant(), nullable=False),
        _to("inspection_draw", "drawn_by", "person"),
        _to("inspection_draw", "plan_id", "inspection_plan"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_draw")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_inspection_draw_plan_id")),
    )
    op.create_table(
        "adhoc_inspection",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint("cause IN ('accident', 'major_event', 'complaint', 'other')", name=op.f("ck_adhoc_inspection_cause")),
        sa.CheckConstraint("length(facts) >= 10", name=op.f("ck_adhoc_inspection_facts")),
        _to("adhoc_inspection", "case_id", "case_"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_adhoc_inspection")),
    )
    op.create_table(
        "inspection_conclusion",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("conclusion", sa.String(12), nullable=False),
        sa.Column("suggestion", sa.String(12), nullable=False),
        sa.Column("suggested", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("lead_name", sa.String(20), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint(
            "conclusion IN ('passed', 'downgrade', 'rectify', 'both', 'revoke') AND suggestion IN ('passed', "
            "'downgrade', 'rectify', 'both', 'revoke')",
            name=op.f("ck_inspection_conclusion_known"),
        ),
        sa.CheckConstraint("conclusion = suggestion OR length(reason) >= 10", name=op.f("ck_inspection_conclusion_reason")),
        _to("inspection_conclusion", "base_id", "base"),
        _to("inspection_conclusion", "by_person_id", "person"),
        _to("inspection_conclusion", "case_id", "case_"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_inspection_conclusion")),
    )
    op.create_index("ix_inspection_conclusion_base", "inspection_conclusion", ["base_id", "case_id"])
    op.create_table(
        "inspection_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("explained_at", Instant(), nullable=True),
        sa.Column("explained_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "code IN ('15(1)', '15(2)', '15(3)', '15(4)', '15(5)', '15(6)', '16(2)1', '16(2)2', '16(2)3', "
            "'16(2)4', '16(2)5', '16(2)6')",
            name=op.f("ck_inspection_finding_code"),
        ),
        sa.CheckConstraint(
            "(explanation = '') = (explained_at IS NULL) AND (explained_at IS NULL) = (explained_by IS NULL)",
            name=op.f("ck_inspection_finding_explained"),
        ),
        sa.CheckConstraint("length(fact) >= 10", name=op.f("ck_inspection_finding_fact")),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_inspection_finding_withdrawn")),
        _to("inspection_finding", "by_person_id", "person"),
        _to("inspection_finding", "case_id", "case_"),
        _to("inspection_finding", "explained_by", "person"),
        _to("inspection_finding", "withdrawn_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_finding")),
    )
    op.create_index("ix_inspection_finding_case", "inspection_finding", ["case_id", "id"])
    op.create_table(
        "inspection_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("skip_reason", sa.Text(), nullable=False),
        sa.Column("risk", sa.Integer(), nullable=False),
        sa.Column("risk_reasons", sa.Text(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("dropped_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(batch_id IS NOT NULL AND skip_reason = '') OR (batch_id IS NULL AND length(skip_reason) >= 10)",
            name=op.f("ck_inspection_item_arranged"),
        ),
        sa.CheckConstraint("case_id IS NULL OR (batch_id IS NOT NULL AND dropped_reason = '')", name=op.f("ck_inspection_item_begun")),
        _to("inspection_item", "base_id", "base"),
        sa.ForeignKeyConstraint(
            ["batch_id", "plan_id"], ["inspection_batch.id", "inspection_batch.plan_id"],
            name="fk_inspection_item_batch", ondelete="RESTRICT",
        ),
        _to("inspection_item", "case_id", "case_"),
        _to("inspection_item", "plan_id", "inspection_plan"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_item")),
        sa.UniqueConstraint("case_id", name=op.f("uq_inspection_item_case_id")),
        sa.UniqueConstraint("plan_id", "base_id", name=op.f("uq_inspection_item_plan_id_base_id")),
    )
    op.create_index("ix_inspection_item_base", "inspection_item", ["base_id"])
    op.create_index("ix_inspection_item_batch", "inspection_item", ["batch_id"])
    op.create_table(
        "inspection_sheet",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _to("inspection_sheet", "case_id", "case_"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_inspection_sheet")),
    )


def downgrade():
    op.drop_table("inspection_sheet")
    op.drop_table("inspection_item")
    op.drop_table("inspection_finding")
    op.drop_table("inspection_conclusion")
    op.drop_table("adhoc_inspection")
    op.drop_table("inspection_draw")
    op.drop_table("inspection_batch")
    op.drop_table("inspection_plan")
