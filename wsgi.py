"""The production edition for a WSGI server: ``gunicorn wsgi:app``.

Forwarded headers are believed from exactly as many proxies as stand in front, no more:
with none in front, none is believed.
"""

from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from incubator import create_app
from tasks.app import attach

config = Config.from_env()
app = create_app(config)
attach(app, config)
if config.PROXY_HOPS:
    hops = config.PROXY_HOPS
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
