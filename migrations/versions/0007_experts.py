"""experts, assessment team, recusals before the verdict

A review belongs to a version: the key of `expert_review` becomes case and number, a score sheet names the version
that it was asked for. New: written answers to units of the same name, urgings, the team of a round, the visits
planned by day, recusals as rows of their own.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant, Sealed

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_LIVE = {"sqlite_where": sa.text("status != 'void'"), "postgresql_where": sa.text("status != 'void'")}


def _person(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def _other(column: str, table: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def _where(condition: str) -> dict:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _review(by_number: bool) -> None:
    """Neither database changes a primary key in place on both alike: the few rows wait aside."""
    op.execute("CREATE TABLE expert_review_aside AS SELECT * FROM expert_review")
    op.drop_table("expert_review")
    key = ["case_id", "number"] if by_number else ["case_id"]
    more = [
        # with defaults, as the version before fills none of them
        sa.Column("number", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("version_no", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("sheets", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("left_out", sa.Integer(), nullable=False, server_default="0"),
        sa.CheckConstraint(
            "number >= 1 AND version_no >= 1 AND left_out >= 0 AND left_out < valid_count",
            name=op.f("ck_expert_review_numbers"),
        ),
    ]
    op.create_table(
        "expert_review",
        sa.Column("case_id", sa.Integer(), nullable=False),
        *(more if by_number else []),
        sa.Column("closed_at", Instant(), nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=False),
        sa.Column("valid_count", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("spread", sa.Numeric(precision=5, scale=1), nullable=False),
        sa.CheckConstraint("valid_count >= 1 AND mean >= 0 AND spread >= 0", name=op.f("ck_expert_review_figures")),
        _other("case_id", "expert_review", "case_"),
        _person("closed_by", "expert_review"),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_expert_review")),
    )


def _put_back_by_number() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT * FROM expert_review_aside")).mappings().all()
    for row in rows:
        given = connection.execute(sa.text(
            "SELECT id FROM score_sheet WHERE case_id = :case AND status = 'given' ORDER BY id"
        ), {"case": row["case_id"]}).scalars().all()
        version = connection.execute(sa.text(
            "SELECT max(version_no) FROM score_sheet WHERE case_id = :case AND status = 'given'"
        ), {"case": row["case_id"]}).scalar()
        connection.execute(sa.text(
            "INSERT INTO expert_review (case_id, number, version_no, sheets, left_out, closed_at, closed_by, valid_count,"
            " mean, spread) VALUES (:case_id, 1, :version, :sheets, 0, :closed_at, :closed_by, :valid_count, :mean, :spread)"
        ), {**row, "version": version or 1, "sheets": f"[{', '.join(str(i) for i in given)}]"})
    op.drop_table("expert_review_aside")


def _drop_guards(*names: str) -> None:
    """They are made anew after each run; while it lasts they would keep the columns from being filled or dropped."""
    table = "" if op.get_bind().dialect.name == "sqlite" else " ON score_sheet"
    for name in names:
        op.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def upgrade():
    op.add_column("expert_profile", sa.Column("posts", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("expert_profile", sa.Column("titles", sa.String(100), nullable=False, server_default=sa.text("''")))
    op.add_column("expert_profile", sa.Column("phone", Sealed(), nullable=True))

    op.add_column("score_sheet", sa.Column("asked_version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("score_sheet", sa.Column("due_on", sa.Date(), nullable=True))
    _drop_guards("guard_score_sheet_given")
    op.execute(
        "UPDATE score_sheet SET asked_version = coalesce(version_no, (SELECT max(s.version_no) FROM submission s"
        " WHERE s.case_id = score_sheet.case_id), 1)"
    )
    op.drop_index("uq_score_sheet_live", "score_sheet", **_LIVE)
    op.create_index("uq_score_sheet_asked", "score_sheet", ["case_id", "person_id", "asked_version"], unique=True, **_LIVE)
    op.create_index("ix_score_sheet_person", "score_sheet", ["person_id", "status"])
    _review(by_number=True)
    _put_back_by_number()

    op.create_table(
        "interest_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("unit_name", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(text) >= 10", name=op.f("ck_interest_answer_text")),
        _other("sheet_id", "interest_answer", "score_sheet"),
        _person("by_person_id", "interest_answer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_answer")),
        sa.UniqueConstraint("sheet_id", "unit_name", name=op.f("uq_interest_answer_sheet_id_unit_name")),
    )
    op.create_table(
        "score_urging",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(text) >= 10", name=op.f("ck_score_urging_text")),
        _other("sheet_id", "score_urging", "score_sheet"),
        _person("by_person_id", "score_urging"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_urging")),
    )
    op.create_index("ix_score_urging_sheet", "score_urging", ["sheet_id", "id"])
    op.create_table(
        "assessment_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("named_by", sa.Integer(), nullable=False),
        sa.Column("named_at", Instant(), nullable=False),
        sa.CheckConstraint("part IN ('lead', 'member')", name=op.f("ck_assessment_member_part")),
        sa.CheckConstraint("to_on IS NULL OR to_on >= from_on", name=op.f("ck_assessment_member_order")),
        _other("campaign_id", "assessment_member", "campaign"),
        _person("person_id", "assessment_member"),
        _person("named_by", "assessment_member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_member")),
    )
    op.create_index(
        "uq_assessment_member_named", "assessment_member", ["campaign_id", "person_id"], unique=True,
        **_where("to_on IS NULL"),
    )
    op.create_index(
        "uq_assessment_member_lead", "assessment_member", ["campaign_id"], unique=True,
        **_where("to_on IS NULL AND part = 'lead'"),
    )
    op.create_table(
        "visit_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        _other("campaign_id", "visit_plan", "campaign"),
        _person("leader_id", "visit_plan"),
        _person("created_by", "visit_plan"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_plan")),
    )
    op.create_index("ix_visit_plan_day", "visit_plan", ["day", "id"])
    op.create_table(
        "visit_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at_time", sa.String(5), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("dropped_reason", sa.Text(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("at_time LIKE '__:__'", name=op.f("ck_visit_stop_time")),
        sa.CheckConstraint(
            "(ended_at IS NULL AND visit_id IS NULL AND dropped_reason = '')"
            " OR (ended_at IS NOT NULL AND (visit_id IS NOT NULL) <> (length(dropped_reason) >= 10))",
            name=op.f("ck_visit_stop_ended"),
        ),
        _other("plan_id", "visit_stop", "visit_plan"),
        _other("case_id", "visit_stop", "case_"),
        _other("visit_id", "visit_stop", "site_visit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_stop")),
        sa.UniqueConstraint("plan_id", "case_id", name=op.f("uq_visit_stop_plan_id_case_id")),
    )
    op.create_index("uq_visit_stop_open", "visit_stop", ["case_id"], unique=True, **_where("ended_at IS NULL"))
    op.add_column("meeting_item", sa.Column("interest_note", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "meeting_recusal",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_person_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(reason) >= 4", name=op.f("ck_meeting_recusal_reason")),
        _other("item_id", "meeting_recusal", "meeting_item"),
        _person("by_person_id", "meeting_recusal"),
        sa.PrimaryKeyConstraint("item_id", "name", name=op.f("pk_meeting_recusal")),
    )


def downgrade():
    op.drop_table("meeting_recusal")
    op.drop_column("meeting_item", "interest_note")
    op.drop_table("visit_stop")
    op.drop_table("visit_plan")
    op.drop_table("assessment_member")
    op.drop_table("score_urging")
    op.drop_table("interest_answer")
    _review(by_number=False)
    # one review a case is all that the old key holds: the newest
    op.execute(
        "INSERT INTO expert_review (case_id, closed_at, closed_by, valid_count, mean, spread)"
        " SELECT case_id, closed_at, closed_by, valid_count, mean, spread FROM expert_review_aside a"
        " WHERE number = (SELECT max(number) FROM expert_review_aside b WHERE b.case_id = a.case_id)"
    )
    op.drop_table("expert_review_aside")
    _drop_guards("guard_score_sheet_given", "guard_score_sheet_version_insert", "guard_score_sheet_version_update")
    # an expert asked twice has two live sheets, of which the old index holds the newer
    op.execute(
        "UPDATE score_sheet SET status = 'void', void_reason = '改版前版本的评审', voided_at = given_at,"
        " voided_by = (SELECT a.by_person_id FROM assignment a WHERE a.id = score_sheet.assignment_id)"
        " WHERE status <> 'void' AND EXISTS (SELECT 1 FROM score_sheet n WHERE n.case_id = score_sheet.case_id"
        " AND n.person_id = score_sheet.person_id AND n.status <> 'void' AND n.asked_version > score_sheet.asked_version)"
    )
    op.drop_index("ix_score_sheet_person", "score_sheet")
    op.drop_index("uq_score_sheet_asked", "score_sheet", **_LIVE)
    op.create_index("uq_score_sheet_live", "score_sheet", ["case_id", "person_id"], unique=True, **_LIVE)
    op.drop_column("score_sheet", "due_on")
    op.drop_column("score_sheet", "asked_version")
    for column in ("phone", "titles", "posts"):
        op.drop_column("expert_profile", column)
