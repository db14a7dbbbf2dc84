"""Settings of the ticket shop whose database `auditctl demo` imitates.

DEMO_DATABASE is the file that auditctl made, REFERENCE_DATABASE one that Django makes to compare it with.
"""

import os

SECRET_KEY = "only for the tests of auditctl demo"
USE_TZ = True
TIME_ZONE = "America/Costa_Rica"
LANGUAGE_CODE = "es"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "reversion",
    "api",
]
SILENCED_SYSTEM_CHECKS = ["admin.E403", "admin.E408", "admin.E409", "admin.E410"]  # nothing is served here
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DEMO_DATABASE"]},
    "reference": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["REFERENCE_DATABASE"]},
}
