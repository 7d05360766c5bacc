"""What the people of an office do for themselves beside the cases: notes, marks, handover, views, settings."""

from urllib.parse import urlencode

from flask import flash, g, redirect, render_template, request, url_for

from incubator.cases import notes, personal, queries, saved_views, taking
from incubator.cases.views import bp, listed
from incubator.kernel import clock
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route


@route(bp, "/cases/<int:case_id>/notes", perm={"POST": "desk.use"})
def add_note(case_id: int):
    def go() -> str:
        notes.add(g.actor, case_id, request.form.get("note", ""))
        return url_for("cases.show", case_id=case_id, tab="notes", _anchor="tabs")

    place = sent_once(go)
    flash("记下了，本处的同事看得到。", "done")
    return redirect(place)


@route(bp, "/work/next", perm={"GET": "desk.use"})
def next_case():
    """The item that follows a case in the worklist that its link names."""
    filters = queries.Filters.of(request.args)
    row = queries.next_in_list(g.actor, request.args.get("case", type=int) or 0, filters)
    if row is None:
        flash("后面没有了，这是从头排的待办。", "done")
        return redirect(url_for("cases.worklist", **filters.params()))
    return redirect(url_for("cases.show", case_id=row.case_id, list=urlencode(filters.params()) or None))


# who works on what ----------------------------------------------------------------------------


@route(bp, "/cases/<int:case_id>/take", perm={"POST": "desk.use"})
def take(case_id: int):
    place = sent_once(lambda: _taken(case_id))
    flash("标上了，同事会看到你在办。件还在本处的待办里，谁都可以办。", "done")
    return redirect(place)


def _taken(case_id: int) -> str:
    taking.take(g.actor, case_id)
    return url_for("cases.show", case_id=case_id, list=listed() or None)


@route(bp, "/cases/<int:case_id>/put-back", perm={"POST": "desk.use"})
def put_back(case_id: int):
    def go() -> str:
        taking.put_back(g.actor, case_id)
        return url_for("cases.show", case_id=case_id, list=listed() or None)

    place = sent_once(go)
    flash("取消了“在办”标记。", "done")
    return redirect(place)


@route(bp, "/work/handover", perm={"GET": "desk.use", "POST": "desk.use"})
def handover():
    """All that one colleague has in hand, to be given to another; a lead may choose whose."""
    people = taking.colleagues(g.actor)
    lead = g.actor.can("desk.lead")
    if request.method == "POST":
        from_id, to_id = (request.form.get(name, type=int) or 0 for name in ("from", "to"))

        def go() -> str:
            handed = taking.hand_over(g.actor, from_id, to_id)
            return "\n".join((str(handed.moved), *handed.stays))[:400]

        number, *stays = sent_once(go).split("\n")
        name = next((p.name for p in people if p.id == to_id), "")
        flash(f"移交了 {number} 件，现在由{name}在办。", "done")
        for why in stays:
            flash(f"{why}。", "soon")
        return redirect(url_for("cases.handover", **({"from": from_id} if lead else {})))
    whose = request.args.get("from", type=int) if lead else g.actor.person_id
    holder = next((p for p in people if p.id == (whose or g.actor.person_id)), None)
    return render_template(
        "cases/handover.html", people=people, holder=holder, lead=lead, cases=taking.in_hand(g.actor, holder.id) if holder else [],
        named=taking.under_name(g.actor, holder.id) if holder else [],
        judged=taking.expert_of(g.actor, holder.id) if holder else [], today=clock.today(),
    )


# views and settings ---------------------------------------------------------------------------


@route(bp, "/work/views", perm={"GET": "desk.use", "POST": "desk.use"}, endpoint="views")
def view_list():
    """GET: one's own views and the shared ones. POST keeps the filters that came along under a name."""
    if request.method == "POST":
        filters = queries.Filters.of(request.form)

        def go() -> str:
            row = saved_views.save(g.actor, request.form.get("name", ""), filters, shared=request.form.get("shared") == "y")
            return url_for("cases.worklist", **saved_views.filters_of(row.query).params())

        place = sent_once(go)
        flash("存好了，在待办上面一排。", "done")
        return redirect(place)
    shown = []
    for row in saved_views.of_desk(g.actor):
        filters = saved_views.filters_of(row.query)
        shown.append((row, filters.params(), saved_views.words(filters), saved_views.may_change(g.actor, row)))
    return render_template("cases/views.html", rows=shown)


@route(bp, "/work/views/<int:view_id>", perm={"POST": "desk.use"})
def change_view(view_id: int):
    def go() -> str:
        saved_views.change(g.actor, view_id, request.form.get("do", ""), request.form.get("name", ""))
        return url_for("cases.views")

    return redirect(sent_once(go))


@route(bp, "/work/settings", perm={"GET": "desk.use", "POST": "desk.use"})
def comfort():
    """Columns, length and keys of one's own worklist."""
    if request.method == "POST":
        personal.keep(g.actor, request.form.getlist("column"), request.form.get("size", type=int) or 0,
                      request.form.get("keys") == "y")
        flash("按你选的显示了。", "done")
        return redirect(url_for("cases.worklist"))
    return render_template("cases/comfort.html", wants=personal.wants(g.actor), columns=personal.COLUMNS, sizes=personal.SIZES)
