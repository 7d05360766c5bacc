"""Home, register, the procedure, and the two probes."""

from flask import Blueprint, jsonify, redirect, render_template, url_for
from sqlalchemy import text

from incubator.kernel.database import db
from incubator.kernel.routing import route
from incubator.policy.procedures import RECOGNITION

bp = Blueprint("public", __name__)


@route(bp, "/", perm={"GET": "public.read"})
def home():
    return render_template("public/home.html", track=RECOGNITION.track)


@route(bp, "/healthz", perm={"GET": "probe"})
def healthz():
    """The process lives; asks nothing else."""
    return jsonify({"status": "ok"})


@route(bp, "/readyz", perm={"GET": "probe"})
def readyz():
    """The portal can serve: the database answers and its tables stand."""
    db.session.execute(text("SELECT count(*) FROM allowed_transition"))
    return jsonify({"status": "ready"})


@route(bp, "/components", perm={"GET": "components.read"})
def components():
    return render_template("components/index.html")


@route(bp, "/favicon.ico", perm={"GET": "public.read"})
def favicon():
    return redirect(url_for("static", filename="favicon.svg"))
