"""The production worker and scheduler, as processes of their own::

    celery -A tasks.worker worker
    celery -A tasks.worker beat        (exactly one)
"""

from wsgi import app

celery = app.extensions["celery"]
