"""Triggers that keep the record append-only, made anew after every migration (reliability F15, §3.2).

Alembic's batch mode drops triggers silently on SQLite; `install` is idempotent and runs after up and down.
"""

from sqlalchemy import inspect, text

APPEND_ONLY = (
    "event", "submission", "opinion", "site_visit", "access_log", "case_note",
    "notice", "notice_item", "objection_file", "decision_item", "relaxation",
    "validity_period", "level_span", "name_span", "investor_span", "operator_span", "region_span", "sanction_span",
    "renewal", "national_record",
    "tenant_change", "team_change", "tenant_override", "campaign_guide", "campaign_extension",
    "expert_review", "interest_answer", "score_urging", "meeting_recusal", "parameter", "holiday_change",
    "inspection_draw", "inspection_sheet", "inspection_conclusion", "adhoc_inspection",
    "rectification", "rectification_check", "prior_notice", "served_paper", "follow_up", "tax_stop_override", "fund_list",
    "graduate_change", "service_record_change", "activity_change", "tax_relief_change",
    "report_tick", "outage", "deadline_override", "report_scan",
    "base_change", "profile_check",
    "urging", "reminder",
)
NO_DELETE = (
    "case_", "base", "decision", "stored_file", "person", "objection", "plaque", "relaxation_proposal",
    "tenant", "team_member", "campaign", "assessment_member", "visit_plan", "visit_stop", "score_sheet", "meeting", "change_request", "legacy_base", "city_base",
    "work_batch", "work_batch_item",
    "report", "report_figures",
    "inspection_plan", "inspection_batch", "inspection_item", "inspection_finding", "revocation", "defence",
    "graduate", "service_record", "activity", "tax_relief", "major_event",
)
# columns that may still be set later on rows that are otherwise append-only (ends of spans)
CLOSABLE = {
    "notice_item": "closed_at", "relaxation": "in_force_on",
    "level_span": "to_on", "name_span": "to_on", "investor_span": "to_on", "operator_span": "to_on",
    "region_span": "to_on", "validity_period": "to_on", "sanction_span": "to_on", "renewal": "ended_on",
}


def _rules(tables: set[str], columns: dict[str, list[str]]):
    for table in APPEND_ONLY:
        if table not in tables:
            continue
        closable = CLOSABLE.get(table)
        frozen = [c for c in columns[table] if c != closable]
        yield (f"guard_{table}_no_delete", table, "DELETE", None, f"{table} is append-only")
        if closable:
            changed = " OR ".join(_differs(c) for c in frozen) + f" OR OLD.{closable} IS NOT NULL"
            yield (f"guard_{table}_no_update", table, "UPDATE", changed, f"{table} is append-only")
        else:
            yield (f"guard_{table}_no_update", table, "UPDATE", None, f"{table} is append-only")
    for table in NO_DELETE:
        if table in tables:
            yield (f"guard_{table}_no_delete", table, "DELETE", None, f"{table} rows are never deleted")
    if "case_" in tables:
        yield ("guard_case_seq", "case_", "UPDATE", "NEW.seq < OLD.seq OR NEW.kind <> OLD.kind", "seq of a case never falls")
    if "score_sheet" in tables:
        frozen = [c for c in columns["score_sheet"] if c not in ("status", "void_reason", "voided_at", "voided_by")]
        changed = " OR ".join(_differs(c) for c in frozen)
        yield (
            "guard_score_sheet_given", "score_sheet", "UPDATE",
            f"OLD.status = 'void' OR (OLD.status = 'given' AND (NEW.status = 'open' OR {changed}))",
            "a score sheet that was given stays as it is",
        )
        if "asked_version" in columns["score_sheet"]:
            for verb in ("INSERT", "UPDATE"):
                yield (
                    f"guard_score_sheet_version_{verb.lower()}", "score_sheet", verb,
                    "NEW.status = 'given' AND (NEW.version_no IS NULL OR NEW.version_no < NEW.asked_version)",
                    "a sheet judges no version before the one that it was asked for",
                )
    if "visit_stop" in tables:
        yield ("guard_visit_stop_ended", "visit_stop", "UPDATE", "OLD.ended_at IS NOT NULL", "an ended stop stays as it is")
    if "meeting_recusal" in tables:
        yield (
            "guard_meeting_recusal_before", "meeting_recusal", "INSERT",
            "EXISTS (SELECT 1 FROM meeting_item i WHERE i.id = NEW.item_id AND i.verdict <> '')",
            "a recusal comes before the verdict",
        )
    if "plaque" in tables:
        frozen = [c for c in columns["plaque"] if c not in ("returned_on", "return_reason", "returned_at", "returned_by")]
        changed = " OR ".join(_differs(c) for c in frozen)
        yield ("guard_plaque_kept", "plaque", "UPDATE", f"OLD.returned_on IS NOT NULL OR {changed}",
               "what a plaque says stays as it is")
    if "work_batch" in tables:
        ends = ("cancelled_at", "cancelled_by", "finished_at")
        changed = " OR ".join(_differs(c) for c in columns["work_batch"] if c not in ends)
        yield ("guard_work_batch_kept", "work_batch", "UPDATE",
               f"OLD.cancelled_at IS NOT NULL OR OLD.finished_at IS NOT NULL OR {changed}", "what was ordered stays as it is")
    if "work_batch_item" in tables:
        changed = " OR ".join(_differs(c) for c in ("batch_id", "case_id", "seen_version"))
        yield ("guard_work_batch_item_kept", "work_batch_item", "UPDATE", f"OLD.result <> '' OR {changed}",
               "what became of an item stays as it is")
    if "defence" in tables:
        changed = " OR ".join(_differs(c) for c in columns["defence"] if c not in ("answer", "answered_by", "answered_at"))
        yield ("guard_defence_kept", "defence", "UPDATE", f"OLD.answered_at IS NOT NULL OR {changed}", "what was said stays as it is")
    if "inspection_finding" in tables:
        ends = ("explanation", "explained_at", "explained_by", "withdrawn_at", "withdrawn_by")
        changed = " OR ".join(_differs(c) for c in columns["inspection_finding"] if c not in ends)
        yield ("guard_inspection_finding_kept", "inspection_finding", "UPDATE",
               f"OLD.withdrawn_at IS NOT NULL OR {changed} OR (OLD.explained_at IS NOT NULL AND ({_differs('explanation')}))",
               "what was found and said stays as it is")
    if "meeting" in tables:
        yield ("guard_meeting_closed", "meeting", "UPDATE", "OLD.closed_at IS NOT NULL", "a closed meeting stays as it is")
    if "meeting_item" in tables:
        for verb in ("UPDATE", "DELETE"):
            yield (f"guard_meeting_item_{verb.lower()}", "meeting_item", verb, "OLD.verdict <> ''",
                   "what a meeting decided stays as it is")
    if "membership" in tables and "role_exclusion" in tables:
        clash = (
            "NEW.to_on IS NULL AND EXISTS (SELECT 1 FROM membership m JOIN role_exclusion x ON x.role_a = m.role"
            " AND x.role_b = NEW.role WHERE m.person_id = NEW.person_id AND m.to_on IS NULL{})"
        )
        words = "these two roles exclude one another"
        yield ("guard_membership_exclusion", "membership", "INSERT", clash.format(""), words)
        yield ("guard_membership_exclusion_kept", "membership", "UPDATE", clash.format(" AND m.id <> NEW.id"), words)


def _differs(column: str) -> str:
    return f"OLD.{column} IS DISTINCT FROM NEW.{column}"


def install(connection) -> None:
    """Create all triggers of the tables that exist now."""
    found = inspect(connection)
    tables = set(found.get_table_names())
    columns = {t: [c["name"] for c in found.get_columns(t)] for t in tables}
    make = _postgres if connection.dialect.name == "postgresql" else _sqlite
    for rule in _rules(tables, columns):
        for statement in make(*rule):
            connection.execute(text(statement))
    if connection.dialect.name == "postgresql":
        _drop_orphans(connection)


def _drop_orphans(connection) -> None:
    """Functions outlive the tables whose triggers called them (a migration going down)."""
    orphans = connection.execute(text(
        "SELECT p.proname FROM pg_proc p LEFT JOIN pg_trigger t ON t.tgfoid = p.oid"
        " WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'guard\\_%' AND t.oid IS NULL"
    )).scalars().all()
    for name in orphans:
        connection.execute(text(f"DROP FUNCTION {name}()"))


def _postgres(name, table, verb, condition, message):
    body = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';"
    if condition:
        body = f"IF {condition} THEN {body} END IF;"
    result = "OLD" if verb == "DELETE" else "NEW"
    yield f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN {result}; END $$"
    yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    yield f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"


def _sqlite(name, table, verb, condition, message):
    condition = (condition or "1").replace("IS DISTINCT FROM", "IS NOT")
    yield f"DROP TRIGGER IF EXISTS {name}"
    yield (
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )
