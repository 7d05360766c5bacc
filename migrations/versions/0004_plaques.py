"""plaques, the handling of objections, supplements of decisions

Widens what stands: the states 核查 and 部分成立, the verifier and the several files of an objection, the earlier
document that a decision supplements; new tables for plaques and for the files of objections.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant, Sealed

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OLD = {
    "answered": "(status = 'received' AND handled_by IS NULL AND handled_at IS NULL AND reply = '')"
                " OR (status <> 'received' AND handled_by IS NOT NULL AND handled_at IS NOT NULL AND reply <> '')",
    "status": "status IN ('received', 'upheld', 'rejected')",
}
_NEW = {
    "answered": "(status IN ('received', 'checking') AND handled_by IS NULL AND handled_at IS NULL AND reply = '')"
                " OR (status NOT IN ('received', 'checking') AND handled_by IS NOT NULL AND handled_at IS NOT NULL"
                " AND reply <> '')",
    "status": "status IN ('received', 'checking', 'upheld', 'partly', 'rejected')",
    "late": "kind = 'complaint' OR received_at <= notice_deadline",
    "sealed": "kind <> 'objection' OR objector <> 'unit' OR file_id IS NOT NULL",
    "verifier": "(verifier_id IS NULL) = (verifying_at IS NULL) AND (status <> 'checking' OR verifier_id IS NOT NULL)",
}
_VALID = {"sqlite_where": sa.text("returned_on IS NULL"), "postgresql_where": sa.text("returned_on IS NULL")}


_STAY = {
    "kind": "kind IN ('objection', 'tip', 'complaint')",
    "in_time": "kind <> 'objection' OR received_at <= notice_deadline",
    "named": "kind <> 'objection' OR (name IS NOT NULL AND phone IS NOT NULL)",
}
_KEPT = (
    "id, kind, notice_id, case_id, notice_deadline, received_at, objector, name, phone, facts, file_id, receipt_hash,"
    " status, reply, handled_by, handled_at"
)


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _added() -> list[sa.Column]:
    return [
        sa.Column("contact", Sealed(), nullable=True),
        sa.Column("verifier_id", sa.Integer(), nullable=True),
        sa.Column("verifying_at", Instant(), nullable=True),
    ]


def _rebuild(checks: dict[str, str], more=()) -> None:
    """SQLite alters no CHECK: the table is made anew, said whole, so that it reads the same after each run."""
    op.create_table(
        "objection_anew",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("notice_deadline", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("objector", sa.String(length=12), nullable=False),
        sa.Column("name", Sealed(), nullable=True),
        sa.Column("phone", Sealed(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("handled_by", sa.Integer(), nullable=True),
        sa.Column("handled_at", Instant(), nullable=True),
        *more,
        *(sa.CheckConstraint(rule, name=op.f(f"ck_objection_{name}")) for name, rule in {**_STAY, **checks}.items()),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_objection_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_objection_file_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["handled_by"], ["person.id"], name=op.f("fk_objection_handled_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["notice_id", "case_id"], ["notice_item.notice_id", "notice_item.case_id"], name="fk_objection_item",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_objection_notice_id"), ondelete="RESTRICT"),
        *([sa.ForeignKeyConstraint(
            ["verifier_id"], ["person.id"], name=op.f("fk_objection_verifier_id"), ondelete="RESTRICT"
        )] if more else []),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_objection_receipt_hash")),
    )
    op.execute(f"INSERT INTO objection_anew ({_KEPT}) SELECT {_KEPT} FROM objection")
    op.drop_table("objection")
    op.rename_table("objection_anew", "objection")
    op.create_index("ix_objection_case", "objection", ["case_id", "notice_id", "kind", "status"], unique=False)
    op.create_index("ix_objection_notice", "objection", ["notice_id", "id"], unique=False)


def _rebuild_decision(*, supplements: bool) -> None:
    """SQLite adds no named foreign key either."""
    kept = "id, kind, doc_word, doc_year, doc_n, document_on, title, file_id, late_reason, entered_at, entered_by"
    more = [
        sa.Column("supplements_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("supplements_id <> id", name=op.f("ck_decision_supplements")),
        sa.ForeignKeyConstraint(
            ["supplements_id"], ["decision.id"], name=op.f("fk_decision_supplements_id"), ondelete="RESTRICT"
        ),
    ]
    op.create_table(
        "decision_anew",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("doc_word", sa.String(length=30), nullable=False),
        sa.Column("doc_year", sa.Integer(), nullable=False),
        sa.Column("doc_n", sa.Integer(), nullable=False),
        sa.Column("document_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        *(more if supplements else []),
        sa.CheckConstraint("doc_n > 0", name=op.f("ck_decision_number")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_decision_entered_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_decision_file_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("doc_word", "doc_year", "doc_n", name=op.f("uq_decision_doc_word_doc_year_doc_n")),
    )
    op.execute(f"INSERT INTO decision_anew ({kept}) SELECT {kept} FROM decision")
    op.drop_table("decision")
    op.rename_table("decision_anew", "decision")
    op.create_index("ix_decision_on", "decision", ["document_on", "id"], unique=False)


def _say_checks(old: dict[str, str], new: dict[str, str]) -> None:
    for name in old:
        op.drop_constraint(op.f(f"ck_objection_{name}"), "objection", type_="check")
    for name, rule in new.items():
        op.create_check_constraint(op.f(f"ck_objection_{name}"), "objection", rule)


def upgrade():
    if _sqlite():
        _rebuild(_NEW, _added())
        _rebuild_decision(supplements=True)
    else:
        for column in _added():
            op.add_column("objection", column)
        op.create_foreign_key(
            op.f("fk_objection_verifier_id"), "objection", "person", ["verifier_id"], ["id"], ondelete="RESTRICT"
        )
        _say_checks(_OLD, _NEW)
        op.add_column("decision", sa.Column("supplements_id", sa.Integer(), nullable=True))
        op.create_foreign_key(
            op.f("fk_decision_supplements_id"), "decision", "decision", ["supplements_id"], ["id"], ondelete="RESTRICT"
        )
        op.create_check_constraint(op.f("ck_decision_supplements"), "decision", "supplements_id <> id")
    op.create_index("ix_decision_supplements", "decision", ["supplements_id"], unique=False)
    op.create_table(
        "objection_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("objection_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.CheckConstraint("what IN ('seal', 'proof')", name=op.f("ck_objection_file_what")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_objection_file_file_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objection.id"], name=op.f("fk_objection_file_objection_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection_file")),
        sa.UniqueConstraint("objection_id", "file_id", name=op.f("uq_objection_file_objection_id_file_id")),
    )
    op.execute(
        "INSERT INTO objection_file (objection_id, file_id, what) SELECT id, file_id,"
        " CASE WHEN objector = 'unit' THEN 'seal' ELSE 'proof' END FROM objection WHERE file_id IS NOT NULL"
    )
    op.create_table(
        "plaque",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("plaque_no", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("base_name", sa.String(length=60), nullable=False),
        sa.Column("wording", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("received_by", sa.String(length=40), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("registered_at", Instant(), nullable=False),
        sa.Column("registered_by", sa.Integer(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("returned_at", Instant(), nullable=True),
        sa.Column("returned_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("level IN ('base', 'demonstration')", name=op.f("ck_plaque_level")),
        sa.CheckConstraint("returned_on IS NULL OR returned_on >= issued_on", name=op.f("ck_plaque_order")),
        sa.CheckConstraint(
            "(returned_on IS NULL AND return_reason = '' AND returned_at IS NULL AND returned_by IS NULL)"
            " OR (returned_on IS NOT NULL AND return_reason <> '' AND returned_at IS NOT NULL AND returned_by IS NOT NULL)",
            name=op.f("ck_plaque_returned"),
        ),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_plaque_replaces")),
        sa.ForeignKeyConstraint(["base_id"], ["base.id"], name=op.f("fk_plaque_base_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_plaque_decision_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["registered_by"], ["person.id"], name=op.f("fk_plaque_registered_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["replaces_id"], ["plaque.id"], name=op.f("fk_plaque_replaces_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["returned_by"], ["person.id"], name=op.f("fk_plaque_returned_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plaque")),
        sa.UniqueConstraint("code", name=op.f("uq_plaque_code")),
        sa.UniqueConstraint("plaque_no", name=op.f("uq_plaque_plaque_no")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_plaque_replaces_id")),
    )
    op.create_index("uq_plaque_valid", "plaque", ["base_id"], unique=True, **_VALID)
    op.create_index("ix_plaque_base", "plaque", ["base_id", "id"], unique=False)


def downgrade():
    op.drop_index("ix_plaque_base", "plaque")
    op.drop_index("uq_plaque_valid", "plaque", **_VALID)
    op.drop_table("plaque")
    op.drop_index("ix_decision_supplements", "decision")
    op.drop_table("objection_file")
    # the old states know neither 核查 nor 部分成立
    op.execute("UPDATE objection SET status = 'upheld' WHERE status = 'partly'")
    op.execute("UPDATE objection SET status = 'received' WHERE status = 'checking'")
    if _sqlite():
        _rebuild_decision(supplements=False)
        _rebuild(_OLD)
        return
    op.drop_constraint(op.f("ck_decision_supplements"), "decision", type_="check")
    op.drop_column("decision", "supplements_id")
    _say_checks(_NEW, _OLD)
    for column in reversed(_added()):
        op.drop_column("objection", column.name)
