"""Arranging the rounds of the year (第三条、第七条（五）), and the evidence that one is open."""

import json

from incubator.campaigns import queries
from incubator.campaigns.models import Campaign, CampaignExtension, CampaignGuide
from incubator.kernel import access, clock, files, ledger, registry, security
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.registry import Lack
from incubator.policy.calendar import chinese_date
from incubator.policy.fields import CannotRead, Problem, canonical, clean, parse, to_stored
from incubator.policy.fields.campaign import CAMPAIGN

GUIDE_KINDS = ("pdf", "docx", "jpg", "png")
REASON_AT_LEAST = 10


def create_campaign(actor, raw: dict, upload=None, *, file_id: int | None = None) -> Campaign:
    """A new round with its guide and material list; another one of the year needs a reason (A3-2)."""
    access.require(actor, "campaign.manage")
    with transaction():
        upload = upload if upload is not None else _kept_guide(actor, file_id)
        values = _judge(raw, upload, before=None)
        row = Campaign(
            year=values["year"], kind=values["kind"], round=queries.rounds_before(values["year"], values["kind"]) + 1,
            created_at=clock.now(), created_by=actor.person_id, version=1,
        )
        _fill(row, values)
        db.session.add(row)
        db.session.flush()
        if upload is not None:
            _keep_guide(actor, row, upload, "")
        _note(actor, "campaign_created", row)
        return row


def change_campaign(
    actor, campaign_id: int, raw: dict, upload=None, *, seen_version: int, file_id: int | None = None
) -> Campaign:
    """Everything but year and kind may be changed until the round opens; then only the closing, with a reason."""
    access.require(actor, "campaign.manage")
    with transaction():
        row = _seen(actor, campaign_id, seen_version)
        if not row.is_ahead(clock.now()):
            raise Refused("3", f"“{row.title}”已经开始，不能再改", "截止日可以写明理由后延长，指南可以更换")
        upload = upload if upload is not None else _kept_guide(actor, file_id)
        values = _judge({**raw, "year": row.year, "kind": row.kind}, upload, before=row)
        _fill(row, values)
        row.version += 1
        db.session.flush()
        if upload is not None:
            _keep_guide(actor, row, upload, "")
        _note(actor, "campaign_changed", row)
        return row


def lengthen(actor, campaign_id: int, closes_on: str, reason: str, *, seen_version: int) -> Campaign:
    """Put off the closing of a round that has begun, with a reason; it never becomes shorter."""
    access.require(actor, "campaign.manage")
    reason = " ".join(reason.split())
    with transaction():
        row = _seen(actor, campaign_id, seen_version)
        if row.closes_at is None:
            raise Refused("10", "续延批次不设截止日，没有可以延长的", "续延按各基地的有效期办理")
        until = clock.end_of(_day(closes_on))
        if until <= row.closes_at:
            raise Refused("3", f"只能延长，现在的截止日是{chinese_date(row.closes_on)}", "填一个更晚的日期", "closes_on")
        if until <= clock.now():
            raise Refused("3", "新的截止日已经过去", "填今天或以后的日期", "closes_on")
        if len(reason) < REASON_AT_LEAST:
            raise Refused("3", f"理由至少写 {REASON_AT_LEAST} 个字", "写明为什么延长", "reason")
        _refuse_overlap(row.kind, row.opens_at, until, row.id)
        db.session.add(
            CampaignExtension(
                campaign_id=row.id, old_closes_at=row.closes_at, new_closes_at=until, reason=reason[:500],
                at=clock.now(), by_person_id=actor.person_id, by_name=actor.name,
            )
        )
        row.closes_at, row.version = until, row.version + 1
        _note(actor, "campaign_lengthened", row)
        return row


def replace_guide(actor, campaign_id: int, upload, note: str) -> CampaignGuide:
    """Another guide for a round; the earlier one stays readable, and what changed is said."""
    access.require(actor, "campaign.manage")
    note = " ".join(note.split())
    with transaction():
        row = access.load(actor, Campaign, campaign_id, fresh=True)
        if upload is None:
            raise Refused("7(5)", "还没有选申报指南的文件", "选好文件再更换", "guide_file")
        if len(note) < REASON_AT_LEAST:
            raise Refused("7(5)", f"改了什么至少写 {REASON_AT_LEAST} 个字", "申报单位据此知道要不要重看", "note")
        guide = _keep_guide(actor, row, upload, note[:500])
        row.version += 1
        _note(actor, "campaign_guide_replaced", row)
        return guide


def _judge(raw: dict, upload, before: Campaign | None) -> dict:
    held = [0] if upload is not None else [before.guide.file_id] if before is not None and before.guide else []
    year, kind = (_read(name, raw) for name in ("year", "kind"))
    earlier = (before.round - 1) if before is not None else queries.rounds_before(year, kind) if year and kind else 0
    raw = {**raw, "materials": with_keys(raw.get("materials") or []), "guide_file": held}
    checked = clean(CAMPAIGN, raw, context={"today": clock.today(), "rounds_before": earlier})
    problems = list(checked.errors)
    closes = checked.values.get("closes_on") if kind != "renewal" else None
    if closes and closes < clock.today():
        problems.append(Problem("closes_on", "截止日已经过去", "3", "填今天或以后的日期"))
    if problems:
        raise Invalid(problems)
    values = {**checked.values, "closes_on": closes}
    opens_at, closes_at = _instants(values)
    _refuse_overlap(kind, opens_at, closes_at, before.id if before is not None else None)
    return values


def _read(name: str, raw: dict):
    try:
        return parse(CAMPAIGN.field(name), raw.get(name))
    except ValueError:
        return None


def _day(text: str):
    try:
        day = parse(CAMPAIGN.field("closes_on"), text)
    except CannotRead as wrong:
        raise Refused("3", wrong.problem.message, wrong.problem.way_out, "closes_on") from None
    if day is None:
        raise Refused("3", "还没有填新的截止日", "填一个更晚的日期", "closes_on")
    return day


def _instants(values: dict):
    """From 0:00 of the first day to 24:00 of the last, in Asia/Shanghai."""
    closes = values.get("closes_on")
    return clock.start_of(values["opens_on"]), clock.end_of(closes) if closes else None


def _refuse_overlap(kind: str, opens_at, closes_at, but: int | None) -> None:
    twin = queries.overlapping(kind, opens_at, closes_at, but)
    if twin is not None:
        raise Refused(
            "3", f"和“{twin.title}”（{chinese_date(twin.opens_on)}至{chinese_date(twin.closes_on)}）重叠",
            "同一类别同一时间只能有一个批次", "opens_on",
        )


def _fill(row: Campaign, values: dict) -> None:
    row.title = values["title"]
    row.opens_at, row.closes_at = _instants(values)
    row.second_reason = values.get("second_reason") or ""
    stored = to_stored(CAMPAIGN, values)
    row.materials = json.dumps(stored["materials"], ensure_ascii=False, sort_keys=True)


def with_keys(materials: list[dict]) -> list[dict]:
    """The list as typed, each item with a key: one that the application knows, or a new one nobody has to type."""
    taken, found = {row.get("key") for row in materials}, []
    for row in materials:
        key = row.get("key") or next(k for n in range(1, 1000) if (k := f"own_{n}") not in taken)
        taken.add(key)
        found.append({**row, "key": key})
    return found


def keep_guide_file(actor, upload) -> files.StoredFile:
    """Keep the guide of a round that was refused, so that it need not be chosen again; not public yet."""
    access.require(actor, "campaign.manage")
    with transaction():
        return files.accept(upload, actor, office_id=actor.office_id, kinds=GUIDE_KINDS)


def _kept_guide(actor, file_id: int | None) -> files.StoredFile | None:
    """The guide that came with an earlier attempt, of the same person."""
    if not file_id:
        return None
    row = access.load(actor, files.StoredFile, file_id)
    if row.by_person_id != actor.person_id or row.case_id is not None or row.base_id is not None:
        raise Refused("7(5)", "这个文件不是为这份指南上传的", "重新选择申报指南的文件", "guide_file")
    return row


def _keep_guide(actor, row: Campaign, upload, note: str) -> CampaignGuide:
    try:
        if isinstance(upload, files.StoredFile):
            upload.is_public, stored = True, upload
        else:
            stored = files.accept(upload, actor, office_id=actor.office_id, kinds=GUIDE_KINDS, public=True)
    except Refused as refused:
        refused.field = "guide_file"
        raise
    guide = CampaignGuide(file_id=stored.id, note=note, at=clock.now())
    row.guides.insert(0, guide)
    db.session.flush()
    return guide


def _seen(actor, campaign_id: int, seen_version: int) -> Campaign:
    row = access.load(actor, Campaign, campaign_id, fresh=True)
    if row.version != seen_version:
        raise Conflict(f"“{row.title}”刚刚被另一个人改过，这一次没有写入。看过现在的内容再改")
    return row


def _note(actor, kind: str, row: Campaign) -> None:
    guide = row.guide
    ledger.append(
        "system", kind, actor,
        {
            "campaign": row.id, "version": row.version, "opens_at": row.opens_at, "closes_at": row.closes_at,
            "materials_hash": _list_hash(row), "guide": guide.file_id if guide else None,
        },
    )


def _list_hash(row: Campaign) -> str:
    """Hash of the material list, so that the record holds which list was in force."""
    return security.digest(canonical(row.material_items))


@registry.evidence("campaign_open")
def _campaign_open(case):
    """A3-2, T51: something may be submitted only while a round of its kind is open."""
    words = queries.closed_words(case.kind)
    if words:
        yield Lack("3", words, "看申报指南", "/guides")
