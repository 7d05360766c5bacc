"""documents of every kind, and the sanctions that they impose

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KNOWN = "kind IN ('recognition', 'promotion', 'renewal', 'change', 'downgrade', 'rectification', 'revocation')"
REVOCATION = (
    "kind <> 'revocation'"
    " OR (voluntary IS TRUE AND investor_consent_id IS NOT NULL AND operator_consent_id IS NOT NULL)"
    " OR (voluntary IS FALSE AND prior_notice_on IS NOT NULL AND defence_until IS NOT NULL"
    " AND defence_until >= prior_notice_on AND coalesce(effective_on, document_on) > defence_until)"
    " OR (voluntary IS FALSE AND prior_notice_waived_reason IS NOT NULL AND length(prior_notice_waived_reason) >= 10)"
)
ITEM_NEW = (
    ("validity", "(valid_from IS NULL) = (valid_to IS NULL)"),
    ("validity_kind", "(kind IN ('recognition', 'renewal')) = (valid_from IS NOT NULL)"),
    ("effective", "effective_on >= document_on"),
    ("voluntary", "(kind = 'revocation') = (voluntary IS NOT NULL)"),
    ("revocation", REVOCATION),
)
DOCUMENT_NEW = (("kind", KNOWN),)
CONSENTS = ("investor_consent_id", "operator_consent_id")


def _check(batch, table, checks):
    for key, condition in checks:
        batch.create_check_constraint(op.f(f"ck_{table}_{key}"), condition)


def _uncheck(batch, table, checks):
    for key, _ in checks:
        batch.drop_constraint(op.f(f"ck_{table}_{key}"), type_="check")


def upgrade():
    with op.batch_alter_table("decision") as batch:
        batch.create_unique_constraint(op.f("uq_decision_id_kind_document_on"), ["id", "kind", "document_on"])
        _check(batch, "decision", DOCUMENT_NEW)
    with op.batch_alter_table("decision_item") as batch:
        batch.add_column(sa.Column("effective_on", sa.Date(), nullable=True))
        batch.alter_column("valid_from", existing_type=sa.Date(), nullable=True)
        batch.alter_column("valid_to", existing_type=sa.Date(), nullable=True)
        batch.add_column(sa.Column("voluntary", sa.Boolean(), nullable=True))
        for name in CONSENTS:
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch.add_column(sa.Column("prior_notice_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("defence_until", sa.Date(), nullable=True))
        batch.add_column(sa.Column("prior_notice_waived_reason", sa.Text(), nullable=True))
        batch.drop_constraint(op.f("fk_decision_item_decision_id"), type_="foreignkey")
        batch.create_foreign_key(
            "fk_decision_item_document", "decision", ["decision_id", "kind", "document_on"],
            ["id", "kind", "document_on"], ondelete="RESTRICT",
        )
        for name in CONSENTS:
            batch.create_foreign_key(op.f(f"fk_decision_item_{name}"), "stored_file", [name], ["id"], ondelete="RESTRICT")
        _check(batch, "decision_item", ITEM_NEW)
    op.create_table(
        "sanction_span",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('rectification', 'revocation')", name=op.f("ck_sanction_span_kind")),
        sa.CheckConstraint("decision_id IS NOT NULL", name=op.f("ck_sanction_span_decided")),
        sa.CheckConstraint("(kind = 'rectification') = (due_on IS NOT NULL)", name=op.f("ck_sanction_span_due")),
        sa.CheckConstraint("due_on > from_on", name=op.f("ck_sanction_span_order")),
        sa.CheckConstraint(
            "to_on IS NULL OR (to_on >= from_on AND kind <> 'revocation')", name=op.f("ck_sanction_span_end")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_sanction_span_{column}"), ondelete="RESTRICT")
            for column, target in (("base_id", "base"), ("decision_id", "decision"), ("case_id", "case_"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanction_span")),
    )
    op.create_index(
        "uq_sanction_span_open", "sanction_span", ["base_id", "kind"], unique=True,
        sqlite_where=sa.text("to_on IS NULL"), postgresql_where=sa.text("to_on IS NULL"),
    )


def downgrade():
    op.drop_table("sanction_span")
    with op.batch_alter_table("decision_item") as batch:
        _uncheck(batch, "decision_item", ITEM_NEW)
        for name in CONSENTS:
            batch.drop_constraint(op.f(f"fk_decision_item_{name}"), type_="foreignkey")
        batch.drop_constraint("fk_decision_item_document", type_="foreignkey")
        batch.create_foreign_key(op.f("fk_decision_item_decision_id"), "decision", ["decision_id"], ["id"], ondelete="RESTRICT")
        for name in ("prior_notice_waived_reason", "defence_until", "prior_notice_on", *CONSENTS, "voluntary", "effective_on"):
            batch.drop_column(name)
        batch.alter_column("valid_to", existing_type=sa.Date(), nullable=False)
        batch.alter_column("valid_from", existing_type=sa.Date(), nullable=False)
    with op.batch_alter_table("decision") as batch:
        _uncheck(batch, "decision", DOCUMENT_NEW)
        batch.drop_constraint(op.f("uq_decision_id_kind_document_on"), type_="unique")
