"""The project: top floor (urls, api, celery, demo) and foundation (kernel)."""

from hmis.celery import app as celery_app

__all__ = ["celery_app"]
