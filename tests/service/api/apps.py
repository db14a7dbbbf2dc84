"""Start of the app: log files, signals, versions."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self):
        from . import logging_config, signals, versions

        logging_config.setup_logging()
        signals.connect(self)
        versions.register()
