"""The pool of experts, one expert, and several dossiers given to experts at once (R-2.8)."""

from functools import partial

from flask import flash, g, render_template, request

from incubator.assessments import commands, queries, suggestions
from incubator.assessments.views import bp
from incubator.assessments.views.desk import typed_due
from incubator.kernel import access, clock, once
from incubator.kernel.errors import Conflict, Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.offices import sessions
from incubator.policy.fields import mask
from incubator.policy.fields.expert import current

MOST_EACH = 9
DOSSIERS = 60


@route(bp, "/experts", perm={"GET": "expert.assign"})
def pool():
    """All experts by name: where they work, what they know, how much is in hand, who may not be assigned and why."""
    query = request.args.get("q", "").strip()[:60]
    name, _, number = request.args.get("after", "")[:60].rpartition("_")
    after = (name, int(number)) if name and number.isdecimal() and number.isascii() and len(number) < 10 else None
    rows, more = suggestions.pool(query, after)
    return render_template("assessments/pool.html", rows=rows, more=f"{more[0]}_{more[1]}" if more else None, q=query)


@route(bp, "/experts/<int:person_id>", perm={"GET": "expert.assign"})
def person(person_id: int):
    """One expert: the profile as declared, and what is in hand; the telephone in full for who asks, and it is noted (P28)."""
    who, profile = queries.expert(g.actor, person_id)
    in_full = bool(profile.phone) and request.args.get("phone") == "1"
    if in_full:
        sessions.note("unmask", g.actor.person_id, f"expert {person_id} phone", g.request_id)
    return render_template(
        "assessments/person.html", who=who, profile=profile, rows=queries.sheets_of(person_id), in_full=in_full, mask=mask,
        now={row["uscc"] for row in current(profile.all_posts, clock.today())},
    )


@route(bp, "/experts/assign", perm={"GET": "expert.assign", "POST": "expert.assign"})
def assign():
    """Give these dossiers so many experts each: first a preview, then each assignment by itself."""
    if request.method == "GET":
        return _page()
    if request.form.get("do") != "assign":
        return _preview()
    done, trouble = _assign_all()
    if done:
        flash(f"指派了 {done} 人次。", "done")
    return _page(trouble), 422 if trouble else 200


def _preview():
    chosen, each = set(request.form.getlist("case", type=int)), request.form.get("each", type=int) or 0
    cases = [case for case in queries.waiting(g.actor) if case.id in chosen][:DOSSIERS]
    if not cases:
        return _page([("", Refused("8", "还没有选申请", "在左边勾选", "case"))]), 422
    if not 1 <= each <= MOST_EACH:
        return _page([("", Refused("8", f"每家请 1—{MOST_EACH} 位", "改人数", "each"))]), 422
    try:
        typed_due()
    except Refused as refused:
        return _page([("", refused)]), 422
    with once.page(), queries.at_hand(cases), queries.visits.at_hand(cases):
        found = suggestions.propose(cases, each)
    return render_template("assessments/preview.html", rows=found, each=each, due_on=request.form.get("due_on", ""),
                           total=sum(len(row.chosen) for row in found))


def _assign_all() -> tuple[int, list[tuple[str, Refused]]]:
    """Each pair of the preview in a transaction of its own; what was refused is listed, the rest stands."""
    done, trouble, version = 0, [], {}
    for pair in request.form.getlist("pair")[:DOSSIERS * MOST_EACH]:
        case_id, person_id, seen = (int(part) if part.isdecimal() else 0 for part in (*pair.split(":"), "", "")[:3])
        seen = version.get(case_id, seen)
        try:
            version[case_id] = int(sent_once(partial(_assign_one, case_id, person_id, seen), part=f"{case_id}:{person_id}"))
        except Refused as refused:
            trouble.append((_subject(case_id), refused))
        except Conflict as conflict:
            trouble.append((_subject(case_id), Refused("8", conflict.message.rstrip("。"), "重新预览后再指派")))
        else:
            done += 1
    return done, trouble


def _assign_one(case_id: int, person_id: int, seen: int) -> str:
    commands.assign_expert(g.actor, case_id, person_id, seen_version=seen, due_on=typed_due())
    return str(access.load(g.actor, Case, case_id, fresh=True).version)


def _subject(case_id: int) -> str:
    return access.load(g.actor, Case, case_id).subject


def _page(trouble=()):
    cases = queries.waiting(g.actor)
    with queries.at_hand(cases):
        rows = [(case, review) for case in cases if (review := queries.review(case.id)).closed is None]
    return render_template("assessments/assign.html", rows=rows, trouble=list(trouble), typed=request.form, most=MOST_EACH)
