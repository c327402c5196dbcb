from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "hmis.ops"
    label = "ops"
    verbose_name = "Operations"

    def ready(self) -> None:
        from hmis import celery  # noqa: F401  # tasks are sent by our app and no other
        from hmis.ops import metrics, processes

        metrics.connect()
        processes.connect()
