from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KernelConfig(AppConfig):
    name = "hmis.kernel"
    label = "kernel"
    verbose_name = "Kernel"

    def ready(self) -> None:
        from hmis.kernel import checks, grants, prepared, tasks  # noqa: F401

        prepared.write_keys()

        post_migrate.connect(grants.after_migration, dispatch_uid="kernel.grants")
