"""rectification and revocation: contract, hearing, service, follow-ups, list of funds

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def upgrade():
    op.create_table(
        "fund_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("eligible >= 0 AND eligible <= total", name=op.f("ck_fund_list_numbers")),
        _to("fund_list", "by_person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_list")),
        sa.UniqueConstraint("code", name=op.f("uq_fund_list_code")),
    )
    op.create_index("ix_fund_list_day", "fund_list", ["day", "id"])
    op.create_table(
        "rectification",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint("due_on > from_on", name=op.f("ck_rectification_order")),
        _to("rectification", "base_id", "base"),
        _to("rectification", "case_id", "case_"),
        _to("rectification", "inspection_id", "case_"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_rectification")),
        sa.UniqueConstraint("inspection_id", name=op.f("uq_rectification_inspection_id")),
    )
    op.create_index("ix_rectification_base", "rectification", ["base_id"])
    op.create_table(
        "tax_stop_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("stop_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("document_no", sa.String(60), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(basis) >= 4 AND document_no <> ''", name=op.f("ck_tax_stop_override_basis")),
        _to("tax_stop_override", "by_person_id", "person"),
        _to("tax_stop_override", "case_id", "case_"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_stop_override")),
    )
    op.create_index("ix_tax_stop_override_case", "tax_stop_override", ["case_id", "id"])
    op.create_table(
        "defence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("by_base", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("(answer = '') = (answered_at IS NULL) AND (answer = '') = (answered_by IS NULL)", name=op.f("ck_defence_answered")),
        _to("defence", "answered_by", "person"),
        _to("defence", "by_person_id", "person"),
        _to("defence", "case_id", "case_"),
        _to("defence", "file_id", "stored_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defence")),
    )
    op.create_index("ix_defence_case", "defence", ["case_id", "id"])
    op.create_table(
        "follow_up",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("condition", sa.String(60), nullable=False),
        sa.Column("unable_reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.String(60), nullable=False),
        sa.Column("receiver", sa.String(60), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(done_on IS NOT NULL AND unable_reason = '') OR (kind = 'plaque_recovery' AND done_on IS NULL "
            "AND length(unable_reason) >= 10)",
            name=op.f("ck_follow_up_done_or_unable"),
        ),
        sa.CheckConstraint("kind IN ('plaque_recovery', 'tax_notice')", name=op.f("ck_follow_up_kind")),
        sa.CheckConstraint("kind <> 'tax_notice' OR (document_no <> '' AND receiver <> '')", name=op.f("ck_follow_up_notice")),
        _to("follow_up", "by_person_id", "person"),
        _to("follow_up", "case_id", "case_"),
        _to("follow_up", "file_id", "stored_file"),
        sa.PrimaryKeyConstraint("case_id", "kind", name=op.f("pk_follow_up")),
    )
    op.create_table(
        "prior_notice",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("receiver", sa.String(40), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("defence_until", sa.Date(), nullable=True),
        sa.Column("waived_reason", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(notified_on IS NOT NULL AND defence_until IS NOT NULL AND file_id IS NOT NULL AND "
            "waived_reason = '') OR (notified_on IS NULL AND defence_until IS NULL AND length(waived_reason) "
            ">= 10)",
            name=op.f("ck_prior_notice_told_or_waived"),
        ),
        sa.CheckConstraint("defence_until IS NULL OR defence_until > notified_on", name=op.f("ck_prior_notice_window")),
        _to("prior_notice", "by_person_id", "person"),
        _to("prior_notice", "case_id", "case_"),
        _to("prior_notice", "file_id", "stored_file"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_prior_notice")),
    )
    op.create_table(
        "rectification_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("required", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(required) >= 5 AND length(proof) >= 2", name=op.f("ck_rectification_item_written")),
        _to("rectification_item", "by_person_id", "person"),
        _to("rectification_item", "finding_id", "inspection_finding"),
        _to("rectification_item", "inspection_id", "case_"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_item")),
        sa.UniqueConstraint("finding_id", name=op.f("uq_rectification_item_finding_id")),
    )
    op.create_index("ix_rectification_item_inspection", "rectification_item", ["inspection_id"])
    op.create_table(
        "revocation",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(12), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("tenants_plan", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("investor_consent_id", sa.Integer(), nullable=True),
        sa.Column("operator_consent_id", sa.Integer(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("initiator_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("route <> 'direct' OR initiator_id IS NOT NULL", name=op.f("ck_revocation_initiator")),
        sa.CheckConstraint("route IN ('voluntary', 'proposed', 'direct')", name=op.f("ck_revocation_route")),
        _to("revocation", "base_id", "base"),
        _to("revocation", "case_id", "case_"),
        _to("revocation", "initiator_id", "person"),
        _to("revocation", "investor_consent_id", "stored_file"),
        _to("revocation", "operator_consent_id", "stored_file"),
        _to("revocation", "source_id", "case_"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_revocation")),
    )
    op.create_index("ix_revocation_base", "revocation", ["base_id"])
    op.create_table(
        "rectification_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(12), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("office_name", sa.String(60), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(remark) >= 2", name=op.f("ck_rectification_check_remark")),
        _to("rectification_check", "by_person_id", "person"),
        _to("rectification_check", "case_id", "case_"),
        _to("rectification_check", "item_id", "rectification_item"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_check")),
    )
    op.create_index("ix_rectification_check_case", "rectification_check", ["case_id", "id"])
    op.create_table(
        "served_paper",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("served_by", sa.String(60), nullable=False),
        sa.Column("receiver", sa.String(40), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("(receiver <> '') <> (length(refusal) >= 10)", name=op.f("ck_served_paper_received_or_refused")),
        _to("served_paper", "by_person_id", "person"),
        _to("served_paper", "case_id", "case_"),
        _to("served_paper", "file_id", "stored_file"),
        _to("served_paper", "item_id", "decision_item"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_served_paper")),
    )
    op.create_index("ix_served_paper_case", "served_paper", ["case_id"])


def downgrade():
    op.drop_table("served_paper")
    op.drop_table("rectification_check")
    op.drop_table("revocation")
    op.drop_table("rectification_item")
    op.drop_table("prior_notice")
    op.drop_table("follow_up")
    op.drop_table("defence")
    op.drop_table("tax_stop_override")
    op.drop_table("rectification")
    op.drop_table("fund_list")
