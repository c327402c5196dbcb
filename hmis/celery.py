"""The worker. It hears of work through Delivery rows; the broker only rings the bell."""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery, signals
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hmis.settings")

app = Celery("hmis")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def log_as_the_web_does(**_: Any) -> None:
    """Celery leaves its own log formats out: they show what tasks were given and what exceptions said."""
    dictConfig(settings.LOGGING)
