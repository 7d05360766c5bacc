"""The production worker and scheduler, as processes of their own::

    celery -A tasks.worker worker
    celery -A tasks.worker beat        (exactly one)

They read the same settings as the web server.
"""

from config import Config
from incubator import create_app
from tasks.app import attach

config = Config.from_env()
celery = attach(create_app(config), config)
