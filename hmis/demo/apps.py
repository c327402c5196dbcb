from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "hmis.demo"
    label = "demo"
    verbose_name = "Demo"
