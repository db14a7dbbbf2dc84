"""Settings of the service. Three environment variables say where it works:

PARK_DATABASE  a path, or a URL such as sqlite:////srv/park/db.sqlite3
PARK_LOG_DIR   the folder of the log files
PARK_TRUTH     a file to which the middleware adds, for each audit row, the values that went into it (for the tests)
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def database(url):
    """The entry of DATABASES for a path or URL. Another engine is another branch here."""
    scheme, colon, rest = url.partition(":")
    if colon and scheme != "sqlite":
        raise ImproperlyConfigured(f"PARK_DATABASE: no engine for {scheme!r}")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": rest.removeprefix("///") if colon else url,
        # A test database may be lost with the power; waiting for the disk at every commit would cost most of the time.
        "OPTIONS": {"init_command": "PRAGMA synchronous = OFF"},
    }


DATABASES = {"default": database(os.environ.get("PARK_DATABASE", str(BASE_DIR / "db.sqlite3")))}
LOG_DIR = Path(os.environ.get("PARK_LOG_DIR", BASE_DIR / "logs"))
TRUTH_FILE = os.environ.get("PARK_TRUTH")

# Nothing here is secret: the service lives for the length of a test.
SECRET_KEY = "a key for tests only"
DEBUG = False
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "reversion",
    "api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "api.middleware.AuditMiddleware",
    "reversion.middleware.RevisionMiddleware",
]

TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
ROOT_URLCONF = "project.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["api.hashers.QuickPBKDF2"]

LANGUAGE_CODE = "es"
TIME_ZONE = "America/Costa_Rica"
USE_TZ = True

# The service configures its loggers itself (api.logging_config), and Django's own would only chatter.
LOGGING_CONFIG = None

REST_FRAMEWORK = {
    # Basic first, so that an anonymous request is answered with 401 instead of 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.BasicAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.Pages",
}
