"""Settings of the service with its zoo, whose models have every kind of field.

ZOO_EDITION  the release of the zoo that runs, 1 or 2: the second migrates what the first left
"""

from .settings import *  # noqa: F403 (that is how Django's settings are extended)

ZOO_EDITION = int(os.environ.get("ZOO_EDITION", "2"))  # noqa: F405
INSTALLED_APPS = [*INSTALLED_APPS, "zoo"]  # noqa: F405
# Where the oracle sees what a column of a type makes of a value.
DATABASES["scratch"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}  # noqa: F405
# A naive date-time from application code is what some versions are about.
import warnings  # noqa: E402

warnings.filterwarnings("ignore", message=".*received a naive datetime")
