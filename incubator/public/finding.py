"""How search engines find the public pages, and what they are told of them."""

from xml.sax.saxutils import escape

from flask import Response, current_app, request, url_for
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.decisions.models import Decision
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.routing import route
from incubator.notices.models import Notice
from incubator.policy.standing import IN_FORCE
from incubator.public.caching import shared
from incubator.public.views import bp

# everything else asks to sign in or is nobody's to index: a code, a receipt, a download
OPEN = ("/register", "/public/", "/procedure", "/questions", "/guides", "/complaint", "/plaque$", "/accounts/apply",
        "/accessibility", "/privacy", "/static/", "/sitemap.xml")
SHUT = ("/plaque/", "/public/objections", "/register/download")
PAGES = ("public.home", "public.register", "public.notices", "public.procedure", "public.questions", "campaigns.guides",
         "public.complaint", "public.plaque_check", "filings.apply", "public.accessibility", "public.privacy")
MOST = 10_000
ISSUER = {"@type": "GovernmentOrganization", "name": "吉林省工业和信息化厅"}


def public_url(path: str) -> str:
    """The one address of a page: from the settings, never from a request."""
    return current_app.config["PORTAL"].PUBLIC_BASE_URL + path


@bp.app_template_global("canonical")
def canonical() -> str:
    return public_url(request.path)


@route(bp, "/robots.txt", perm={"GET": "public.read"})
@shared
def robots():
    """Denied unless listed; the longest rule holds (RFC 9309)."""
    lines = ["User-agent: *", "Allow: /$", *(f"Allow: {path}" for path in OPEN), *(f"Disallow: {path}" for path in SHUT),
             "Disallow: /", "", f"Sitemap: {public_url(url_for('public.sitemap'))}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@route(bp, "/sitemap.xml", perm={"GET": "public.read"})
@shared
def sitemap():
    """Pages, bases in force, notices and documents, the newest first, in three queries."""
    rows: list[tuple[str, object]] = [(url_for(endpoint), None) for endpoint in PAGES]
    bases = db.session.scalars(select(Base.id).where(Base.status_now.in_(sorted(IN_FORCE))).order_by(Base.id).limit(MOST))
    rows += [(url_for("public.base", base_id=base_id), None) for base_id in bases]
    notices = db.session.execute(select(Notice.id, Notice.published_at).order_by(Notice.id.desc()).limit(MOST))
    rows += [(url_for("public.notice", notice_id=id_), clock.day_of(at)) for id_, at in notices]
    documents = db.session.execute(select(Decision.id, Decision.entered_at).order_by(Decision.id.desc()).limit(MOST))
    rows += [(url_for("public.decision", decision_id=id_), clock.day_of(at)) for id_, at in documents]
    body = "".join(
        f"<url><loc>{escape(public_url(path))}</loc>{f'<lastmod>{on.isoformat()}</lastmod>' if on else ''}</url>\n"
        for path, on in rows
    )
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{body}</urlset>\n", mimetype="application/xml",
    )


def of_site() -> dict:
    return {
        "@context": "https://schema.org", "@type": "WebSite", "name": "吉林省创业孵化基地服务和管理系统", "inLanguage": "zh-CN",
        "url": public_url("/"), "publisher": ISSUER,
        "potentialAction": {"@type": "SearchAction", "target": public_url("/register?q={q}"), "query-input": "required name=q"},
    }


def of_base(base, now, title: str) -> dict:
    """A base as an organisation with its certification: what its page says, and nothing else."""
    return {
        "@context": "https://schema.org", "@type": "Organization", "name": base.name, "legalName": base.operator_name,
        "url": public_url(url_for("public.base", base_id=base.id)),
        "address": {"@type": "PostalAddress", "addressCountry": "CN", "addressRegion": base.region.full_name,
                    "streetAddress": base.address},
        "hasCertification": {
            "@type": "Certification", "name": title, "issuedBy": ISSUER,
            "certificationStatus": f"https://schema.org/{'CertificationActive' if now.in_force else 'CertificationInactive'}",
            **({"validFrom": now.valid_from.isoformat()} if now.valid_from else {}),
            **({"expires": now.valid_to.isoformat()} if now.valid_to else {}),
        },
    }


def of_questions(rows) -> dict:
    return {
        "@context": "https://schema.org", "@type": "FAQPage", "inLanguage": "zh-CN",
        "mainEntity": [
            {"@type": "Question", "name": row.asked, "acceptedAnswer": {"@type": "Answer", "text": row.answer}} for row in rows
        ],
    }


@bp.app_template_global("told_of_site")
def told_of_site() -> dict:
    return of_site()
