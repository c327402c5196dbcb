"""The worker. It hears of work through Delivery rows; the broker only rings the bell."""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery, Task, signals
from django.conf import settings

from hmis.kernel import garbage, scope

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hmis.settings")


class Round(Task):
    """The worker goes round the whole state; a listener is sent to the hospital of its fact."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with scope.within(scope.everywhere()):
            return super().__call__(*args, **kwargs)


app = Celery("hmis", task_cls=Round)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def log_as_the_web_does(**_: Any) -> None:
    """Celery leaves its own log formats out: they show what tasks were given and what exceptions said."""
    dictConfig(settings.LOGGING)


@signals.worker_init.connect
def lay_aside(**_: Any) -> None:
    """Before the worker forks: a paper took 20 ms more."""
    garbage.lay_aside()
