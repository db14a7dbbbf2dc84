"""Start of the app: its versions."""

from django.apps import AppConfig


class ZooConfig(AppConfig):
    name = "zoo"

    def ready(self):
        from . import versions

        versions.register()
