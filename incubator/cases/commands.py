"""The plain acts of a reviewer on a case; special acts have commands in their own modules."""

from incubator.kernel import access, files, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NotVisible, Refused
from incubator.kernel.workflow import Case, Given
from incubator.policy.identifiers import WrongIdentifier, document_number

SCANS = ("pdf", "jpg", "png")


def act(actor, case_id: int, outcome: str, *, seen_version: int, text="", remarks=(), doc_no="", upload=None, kept=None,
        lead_name="") -> Case:
    """Take one step that the case page offers, with the words and the formal document that it needs.

    `upload`: the scan that came now; `kept`: the id of one that `keep_scan` kept from an attempt before.
    """
    with transaction():
        case = access.load(actor, Case, case_id, fresh=True)
        step = case.procedure.step(case.state, outcome)
        if step is not None and not step.on_page:
            raise Refused(step.article, f"“{step.label}”有自己的页面", "从案卷打开那一页办理")
        given = Given(text=text.strip(), remarks=list(remarks), lead_name=lead_name.strip())
        if step is not None and step.document and actor.can(step.permission):
            given.doc_no, given.file_id = _document(actor, case, step, doc_no, upload or kept)
        elif step is not None and step.paper and actor.can(step.permission):
            given.file_id = _scan(actor, case, step, upload or kept, step.paper)
        return workflow.advance(case_id, outcome, actor, seen_version=seen_version, given=given)


def keep_scan(actor, case_id: int, upload) -> files.StoredFile:
    """Keep the scan of an act that was refused for something else, so that nobody chooses it again."""
    upload.stream.seek(0)
    with transaction():
        case = access.load(actor, Case, case_id)
        return files.accept(upload, actor, case_id=case.id, office_id=actor.office_id, kinds=SCANS, again=True)


def _kept_scan(actor, case, file_id: int) -> files.StoredFile:
    row = access.load(actor, files.StoredFile, file_id)
    if (row.case_id, row.by_person_id) != (case.id, actor.person_id):
        raise NotVisible("scan")
    return row


def _document(actor, case, step, doc_no: str, scan) -> tuple[str, int]:
    """The formal document of a step: its number after GB/T 9704 and its scan (第七条（四）)."""
    if not doc_no.strip():
        raise Refused(step.article, "还没有写正式文件的文号", "例如 长工信发〔2026〕15号", "doc_no")
    try:
        number = document_number(doc_no)
    except WrongIdentifier as wrong:
        raise Refused(step.article, wrong.reason, wrong.way_out, "doc_no") from None
    return str(number), _scan(actor, case, step, scan, "盖章的正式文件")


def _scan(actor, case, step, scan, what: str) -> int:
    """The scan that a step rests on: one that came now, or the id of one that was kept."""
    if scan is None:
        raise Refused(step.article, f"还没有上传{what}", "上传扫描件（pdf、jpg 或 png）", "document")
    if isinstance(scan, int):
        return _kept_scan(actor, case, scan).id
    try:
        return files.accept(scan, actor, case_id=case.id, office_id=actor.office_id, kinds=SCANS).id
    except Refused as unfit:
        unfit.field = "document"
        raise


def add_file(actor, case_id: int, upload, kinds) -> files.StoredFile:
    """A file for the draft of a case; it belongs to the base and to the case. Sent again it is the same file (P24)."""
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        if actor.tier == "base" and case.station.holder != "applicant":
            raise Refused("7(2)", "已经提交，不能再加附件", "被退回补正时可以改")
        row = files.accept(
            upload, actor, case_id=case.id, base_id=case.base_id if actor.tier == "base" else None,
            office_id=actor.office_id, kinds=kinds, again=True,
        )
        db.session.flush()
        return row
