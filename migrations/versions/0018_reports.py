"""reports: one a base and period, their typed figures, ticks of review, moved due days, outages, stamped scans

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KINDS = "kind IN ('quarterly_report', 'annual_report')"
TICKS = ("truth", "completeness", "accuracy")
WHOLE = (
    "t_begin", "t_new", "t_grad", "t_exit", "t_end", "t_count", "t_small", "grad_cum", "jobs_end", "jobs",
    "jobs_grad", "jobs_vet", "jobs_return", "jobs_start", "jobs_cum", "team_n", "mentor_n", "svc_ent_times",
    "train_n", "train_p", "match_n", "fin_n", "maker_visits", "safe_n", "haz_n", "haz_fixed", "staff_total",
    "staff_college", "staff_prof", "staff_trained", "fin_n_cum", "ip_total", "ip_invent", "n_tech", "n_high",
    "n_special", "n_above", "sat_n", "sat_rate",
)
DECIMAL = (
    "area_used", "occupancy", "t_revenue", "t_tax", "rent_relief", "fin_amt", "inc_total", "inc_service",
    "inc_property", "inc_invest", "inc_other", "profit", "tax", "subsidy", "asset_g", "asset_n", "fund",
    "area_total", "area_incub", "area_public", "area_maker", "area_office", "area_other", "t_rd", "t_subsidy",
    "fin_amt_cum",
)


def _id(name: str = "id", null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=null)


def _to(table: str, column: str, target: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.{key}"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _period(table: str) -> list:
    return [
        sa.Column("kind", sa.String(24), nullable=False), sa.Column("period_start", sa.Date(), nullable=False),
        _check(table, "kind", KINDS),
    ]


def _by(table: str, null: bool = False) -> list:
    return [
        _id("by_person_id", null), sa.Column("by_name", sa.String(40), nullable=False),
        sa.Column("at", Instant(), nullable=False), _to(table, "by_person_id", "person"),
    ]


def upgrade():
    op.create_table(
        "report", _id("case_id"), _id("base_id"), *_period("report"),
        sa.Column("first_submitted_at", Instant(), nullable=True),
        _to("report", "case_id", "case_"), _to("report", "base_id", "base"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_report")),
        sa.UniqueConstraint("base_id", "kind", "period_start", name=op.f("uq_report_base_id_kind_period_start")),
    )
    op.create_table(
        "report_figures", _id("case_id"), _id("base_id"), *_period("report_figures"), _id("version_no"), _id("warnings"),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in WHOLE),
        *(sa.Column(name, sa.Numeric(17, 2), nullable=True) for name in DECIMAL),
        _check("report_figures", "version", "version_no > 0 AND warnings >= 0"),
        _to("report_figures", "case_id", "report", "case_id"), _to("report_figures", "base_id", "base"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_report_figures")),
        sa.UniqueConstraint("base_id", "kind", "period_start", name=op.f("uq_report_figures_base_id_kind_period_start")),
    )
    op.create_index("ix_report_figures_period", "report_figures", ["kind", "period_start", "base_id"])
    op.create_table(
        "report_tick", _id("opinion_id"), _id("case_id"), _id("version_no"),
        *(c for name in TICKS for c in (sa.Column(name, sa.Boolean(), nullable=False), sa.Column(f"{name}_note", sa.Text(), nullable=False))),
        *(_check("report_tick", name, f"{name} OR length({name}_note) > 0") for name in TICKS),
        _to("report_tick", "opinion_id", "opinion"), _to("report_tick", "case_id", "case_"),
        sa.PrimaryKeyConstraint("opinion_id", name=op.f("pk_report_tick")),
    )
    op.create_index("ix_report_tick_case", "report_tick", ["case_id", "opinion_id"])
    op.create_table(
        "outage", _id(), sa.Column("from_at", Instant(), nullable=False), sa.Column("to_at", Instant(), nullable=False),
        sa.Column("what", sa.String(120), nullable=False), sa.Column("source", sa.String(12), nullable=False),
        sa.Column("note", sa.Text(), nullable=False), *_by("outage", null=True),
        _check("outage", "order", "to_at > from_at"), _check("outage", "source", "source IN ('measured', 'entered')"),
        _check("outage", "entered", "(source = 'entered') = (by_person_id IS NOT NULL)"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    op.create_table(
        "deadline_override", _id(), *_period("deadline_override"), _id("region_id", null=True),
        sa.Column("due_on", sa.Date(), nullable=False), sa.Column("reason", sa.Text(), nullable=False),
        _id("outage_id", null=True), *_by("deadline_override"),
        _check("deadline_override", "reason", "length(reason) >= 10"),
        _to("deadline_override", "region_id", "region"), _to("deadline_override", "outage_id", "outage"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_override")),
    )
    op.create_index("ix_deadline_override_period", "deadline_override", ["kind", "period_start", "id"])
    op.create_table(
        "report_scan", _id(), _id("case_id"), _id("submission_id"), sa.Column("hash", sa.String(64), nullable=False),
        _id("file_id"), *_by("report_scan"),
        _to("report_scan", "case_id", "report", "case_id"), _to("report_scan", "submission_id", "submission"),
        _to("report_scan", "file_id", "stored_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_scan")),
        sa.UniqueConstraint("submission_id", "file_id", name=op.f("uq_report_scan_submission_id_file_id")),
    )
    op.create_index("ix_report_scan_case", "report_scan", ["case_id", "id"])


def downgrade():
    for table in ("report_scan", "deadline_override", "outage", "report_tick", "report_figures", "report"):
        op.drop_table(table)
