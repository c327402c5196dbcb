from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "hmis.ops"
    label = "ops"
    verbose_name = "Operations"

    def ready(self) -> None:
        from hmis.ops import metrics, processes

        metrics.connect()
        processes.connect()
