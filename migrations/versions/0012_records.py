"""graduates, service ledger, activities and tax relief, each with the versions of its rows

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from incubator.kernel.database import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RECORDS = ("graduate", "service_record", "activity", "tax_relief")
HERE = sa.text("out_on IS NULL")
MONEY = sa.Numeric(17, 2)


def _text(name: str, length: int | None = None, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=null)


def _day(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=null)


def _money(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, MONEY, nullable=null)


def _yes(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=null)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _record(table: str, *own, day: str) -> None:
    """A record: what it says, whose it is, and whether it was struck out."""
    op.create_table(
        table,
        _number("id"), _number("base_id"), *own, _text("status", 12), _day("out_on", null=True),
        _text("out_kind", 100, null=True), _number("version"),
        _check(table, "status", "status IN ('active','left')"),
        _check(table, "struck", "(status = 'active') = (out_on IS NULL)"),
        _check(table, "reason", "out_on IS NULL OR out_kind IS NOT NULL"),
        _to(table, "base_id", "base"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_base", table, ["base_id", day, "id"])
    _versions(table)


def _versions(record: str) -> None:
    table = f"{record}_change"
    op.create_table(
        table,
        _number("row_id"), _number("id"), _number("base_id"), _number("version"), _text("kind", 12), _text("fields"),
        _text("content"), sa.Column("at", Instant(), nullable=False), _number("by_person_id", null=True),
        _text("by_name", 40),
        _check(table, "kind", "kind IN ('added','changed','left','back')"),
        _to(table, "row_id", record), _to(table, "base_id", "base"), _to(table, "by_person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("row_id", "version", name=op.f(f"uq_{table}_row_id_version")),
    )
    op.create_index(f"ix_{table}_base", table, ["base_id", "id"])


def upgrade():
    _record(
        "graduate",
        _text("name", 80), _text("uscc", 18), _day("in_on"), _day("grad_on"), _text("criterion"),
        _text("criterion_note", 200, null=True), _money("revenue"), _number("jobs"), _text("now_at", 100, null=True),
        _yes("in_province"), _number("proof", null=True), _check("graduate", "order", "grad_on > in_on"),
        _to("graduate", "proof", "stored_file"), day="grad_on",
    )
    op.create_index(
        "uq_graduate_active", "graduate", ["base_id", "uscc"], unique=True, sqlite_where=HERE, postgresql_where=HERE
    )
    _record(
        "service_record",
        _day("served_on"), _text("kind", 16), _text("content", 200), _text("targets", 500, null=True),
        _number("ent_n", null=True), _number("people", null=True), _text("server", 60), _yes("matching", null=True),
        _text("fee", 8, null=True), _money("amount", null=True), _number("satisfaction", null=True),
        _money("fin_amount", null=True), _text("fin_source", 60, null=True), _number("hazards", null=True),
        _number("fixed", null=True), _day("fixed_on", null=True), _number("proof", null=True),
        _check("service_record", "fixed", "fixed IS NULL OR hazards IS NULL OR fixed <= hazards"),
        _to("service_record", "proof", "stored_file"), day="served_on",
    )
    _record(
        "activity",
        _text("name", 100), _day("held_on"), _text("organiser", 100), _text("role", 12), _text("level", 12, null=True),
        _number("people", null=True), _text("result", 200, null=True), _number("proof", null=True),
        _to("activity", "proof", "stored_file"), day="held_on",
    )
    _record(
        "tax_relief",
        _text("tax", 12), _text("tax_note", 40, null=True), _text("basis", 100), _text("qualification", 20),
        _text("qualification_no", 60), _day("start_on"), _number("year"), _money("amount"), _text("kept"),
        _yes("separate"), _text("papers"), _check("tax_relief", "amount", "amount >= 0"), day="year",
    )


def downgrade():
    for table in reversed(RECORDS):
        op.drop_table(f"{table}_change")
        op.drop_table(table)
