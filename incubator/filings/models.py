"""The account request: an application made without an account, followed by its receipt code."""

from datetime import date

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.kernel import access
from incubator.kernel.database import Base, Instant, Sealed
from incubator.kernel.workflow import Case

_RUNNING = text("running IS TRUE")


class AccountRequest(Base):
    """§8.16. Only the hash of the receipt code is kept. `running` until it is dispatched or rejected."""

    __tablename__ = "account_request"
    case_id: Mapped[int] = mapped_column(ForeignKey("case_.id", ondelete="RESTRICT"), primary_key=True)
    receipt_hash: Mapped[str] = mapped_column(String(64), unique=True)
    operator_name: Mapped[str] = mapped_column(String(80))
    operator_uscc: Mapped[str] = mapped_column(String(18))
    base_name: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(100))
    site_key: Mapped[str] = mapped_column(String(120))
    contact_name: Mapped[str] = mapped_column(String(20))
    contact_phone: Mapped[str] = mapped_column(Sealed)
    licence_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("base.id", ondelete="RESTRICT"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    slip_until: Mapped[date | None] = mapped_column(Date)
    dispatched_at: Mapped[object | None] = mapped_column(Instant)
    running: Mapped[bool] = mapped_column(Boolean, default=True)

    case: Mapped[Case] = relationship()

    __table_args__ = (
        Index("ix_account_request_operator", "operator_uscc", "site_key"),
        Index(
            "uq_account_request_running", "operator_uscc", "site_key", unique=True,
            sqlite_where=_RUNNING, postgresql_where=_RUNNING,
        ),
    )


@access.scope(AccountRequest)
def _request_sight(actor):
    return AccountRequest.case_id.in_(access.visible(actor, Case, Case.id))
