"""Home, register, notices and objections, the procedure, and the two probes."""

import csv
import io

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from sqlalchemy import text

from incubator.bases import queries as bases
from incubator.campaigns import queries as campaigns
from incubator.decisions import queries as decisions
from incubator.kernel import clock, outbox
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, sent_key
from incubator.kernel.routing import route
from incubator.notices import commands as notice_commands
from incubator.notices import queries as notices
from incubator.offices import commands as offices
from incubator.policy.fields.objection import OBJECTION, OBJECTION_KINDS, OBJECTION_RESULTS
from incubator.policy.fields.plaque import WORDINGS
from incubator.policy.standing import LEVEL_LABELS
from incubator.public import picture, queries
from incubator.public.caching import shared

bp = Blueprint("public", __name__)
LATEST = 7
# what a spreadsheet takes for the start of a formula, full width too (reliability §3.8)
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


@route(bp, "/", perm={"GET": "public.read"})
@shared
def home():
    """One question with one search, three doors with a live fact each, what is new beside what is ahead."""
    today = clock.today()
    places = queries.places()
    published, _ = notices.page()
    running = [row for row in published if row[0].starts_on <= today <= row[0].ends_on]
    running.sort(key=lambda row: row[0].ends_on)
    rounds = campaigns.current_guides(g.actor)
    numbers = {place.code: place.bases for place in places}
    return render_template(
        "public/home.html", places=places, running=running, news=_news(published, rounds),
        agenda=picture.agenda(today, running, rounds), numbers=numbers, shades=picture.shades(numbers),
        parts=picture.procedure_parts(), total=sum(numbers.values()),
        demonstrations=sum(place.demonstrations for place in places),
    )


def _news(published, rounds) -> list[dict]:
    """Notices, documents and rounds in one list, the newest first."""
    news = [
        {"on": clock.day_of(notice.published_at), "kind": "公示", "title": notice.title,
         "url": url_for("public.notice", notice_id=notice.id), "size": size, "ends_on": notice.ends_on}
        for notice, size in published[:LATEST]
    ]
    news += [
        {"on": decision.document_on, "kind": "决定", "title": decision.title,
         "url": url_for("public.decision", decision_id=decision.id), "size": size, "number": decision.document_no}
        for decision, size in decisions.latest(LATEST)
    ]
    news += [
        {"on": round_.opens_on, "kind": "申报", "title": round_.title, "url": url_for("campaigns.guides"),
         "closes_on": round_.closes_on}
        for round_ in rounds if round_.is_open(clock.now())
    ]
    return sorted(news, key=lambda row: row["on"], reverse=True)[:LATEST]


@route(bp, "/register", perm={"GET": "public.read"})
@shared
def register():
    """Bases in force, by name, place and level; everything asked stands in the address. A code leads to its plaque."""
    search = queries.Search.of(request.args)
    if bases.is_code(search.q):
        return redirect(url_for("public.plaque", code=search.q))
    entries, total, after = queries.register_of(search) if search.on else queries.register(search)
    return render_template(
        "public/register.html", search=search, entries=entries, total=total, after=after, places=queries.places(),
        levels=LEVEL_LABELS,
    )


@route(bp, "/register/download", perm={"GET": "public.read"})
@shared
def download():
    """The whole register as CSV that spreadsheets open with the right letters."""
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(["序号", "基地名称", "级别", "运营机构", "投资主体", "所在地", "地址", "状态", "有效期自", "有效期至"])
    for number, entry in enumerate(queries.everything(), 1):
        base, now = entry.base, entry.standing
        table.writerow([number, *map(_cell, (
            base.name, LEVEL_LABELS[now.level or "base"], base.operator_name, notices.investor_as_published(base),
            base.region.full_name, base.address, now.text, now.valid_from, now.valid_to,
        ))])
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename=register-{clock.today():%Y%m%d}.csv"
    return response


def _cell(value) -> str:
    """Text that no spreadsheet takes for a formula."""
    written = "" if value is None else str(value)
    return f"'{written}" if written.lstrip(" \u3000\xa0")[:1] in FORMULA or written[:1] in FORMULA else written


@route(bp, "/register/<int:base_id>", perm={"GET": "public.read"})
@shared
def base(base_id: int):
    """One base: its standing today with both dates, what was decided and published, nothing of persons."""
    entry = queries.recognised(base_id)
    now = entry.standing
    bar = picture.validity_bar(now.valid_from, now.valid_to, clock.today()) if now.valid_to else None
    title = WORDINGS[now.level or "base"]
    return render_template(
        "public/base.html", base=entry.base, standing=now, life=queries.life(entry.base), title=title,
        investor=notices.investor_as_published(entry.base), bar=bar, told=finding.of_base(entry.base, now, title),
    )


# notices ------------------------------------------------------------------------------------


@route(bp, "/public/notices", perm={"GET": "public.read"}, endpoint="notices")
@shared
def notice_list():
    """Running notices first, then the archive, then the documents that followed."""
    before = request.args.get("before", type=int)
    rows, more = notices.page(before)
    return render_template(
        "public/notices.html", rows=rows, more=more, before=before,
        decisions=decisions.latest(20) if not before else [],
    )


@route(bp, "/public/notices/<int:notice_id>", perm={"GET": "public.read", "POST": "public.ask"})
def notice(notice_id: int):
    """A notice with its list and, at the end, the form of objections; a POST keeps one (AMB-21)."""
    form = form_for(OBJECTION)
    if request.method == "GET":
        return _notice_page(notice_id, form)
    offices.throttle_public(request.remote_addr or "", "objection", 20)
    seal = next(iter(form.seal.uploads), None)
    try:
        code = notice_commands.submit_once(sent_key(), notice_id, form.raw(), form.proof.uploads, seal=seal)
    except Invalid as invalid:
        return _notice_page(notice_id, form, form.show(invalid.problems)), 422
    except Refused as refused:
        return _notice_page(notice_id, form, form.show([refused.as_problem()])), 422
    row = notices.follow(code)
    return render_template(
        "public/objection_received.html", code=code, row=row, name=notices.name_in(row.notice_id, row.case_id),
        kinds=OBJECTION_KINDS,
    )


def _notice_page(notice_id: int, form, homeless=()):
    row = notices.in_full(notice_id, g.actor)
    chosen = request.form.get("case_id", request.args.get("case", ""))
    return render_template(
        "public/notice.html", notice=row, form=form, homeless=list(homeless), chosen=chosen,
        late=clock.now() > row.deadline, levels=LEVEL_LABELS,
    )


@route(bp, "/public/objections", perm={"GET": "public.read", "POST": "public.ask"})
def objection_progress():
    """What came of an objection, by its receipt code, which never stands in an address."""
    code = request.form.get("code", "").strip()[:60]
    row = None
    if code:
        offices.throttle_public(request.remote_addr or "", "progress", 60)
        row = notices.follow(code)
    return render_template(
        "public/objection_progress.html", code=code, row=row, kinds=OBJECTION_KINDS, results=OBJECTION_RESULTS,
        name=notices.name_in(row.notice_id, row.case_id) if row else "",
    )


@route(bp, "/public/decisions/<int:decision_id>", perm={"GET": "public.read"})
@shared
def decision(decision_id: int):
    row = decisions.in_full(decision_id, g.actor)
    supplemented, later = decisions.related(row)
    return render_template(
        "public/decision.html", decision=row, supplemented=supplemented, later=later,
        entered_on=clock.day_of(row.entered_at),
    )


# how it works ---------------------------------------------------------------------------------


@route(bp, "/procedure", perm={"GET": "public.read"})
@shared
def procedure():
    """Who does what under which article, until when; and the rounds that are open or ahead."""
    return render_template(
        "public/procedure.html", parts=picture.procedure_parts(clock.today()),
        rounds=campaigns.current_guides(g.actor), now=clock.now(),
    )


@route(bp, "/accessibility", perm={"GET": "public.read"})
@shared
def accessibility():
    return render_template("public/accessibility.html")


@route(bp, "/privacy", perm={"GET": "public.read"})
@shared
def privacy():
    return render_template("public/privacy.html")


# probes -----------------------------------------------------------------------------------------


@route(bp, "/healthz", perm={"GET": "probe"})
def healthz():
    """The process lives; asks nothing else."""
    return jsonify({"status": "ok"})


@route(bp, "/readyz", perm={"GET": "probe"})
def readyz():
    """The portal can serve: the database answers and its tables stand; and how its messages fare (§3.5.4)."""
    db.session.execute(text("SELECT count(*) FROM allowed_transition"))
    waits = outbox.oldest_undone()
    return jsonify({"status": "ready", "messages": "late" if waits is not None and waits > outbox.ALARM else "ok"})


@route(bp, "/components", perm={"GET": "components.read"})
def components():
    return render_template("components/index.html")


@route(bp, "/favicon.ico", perm={"GET": "public.read"})
def favicon():
    return redirect(url_for("static", filename="favicon.svg"))


from incubator.public import checks, finding  # noqa: E402, F401  they need the blueprint
