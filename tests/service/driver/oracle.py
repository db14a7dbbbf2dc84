"""Asks the service's own REST endpoint."""

import json
from contextlib import ExitStack

from django.conf import settings
from django.test import override_settings

from .visitors import ADMIN, Visitor


def answer(queries, out):
    """One line of JSON for each line of `queries`, exactly as the endpoint printed it."""
    # The audit of these questions would add rows between them.
    quiet = [name for name in settings.MIDDLEWARE if not name.startswith("api.")]
    with ExitStack() as stack:
        stack.enter_context(override_settings(MIDDLEWARE=quiet))
        admin = Visitor(ADMIN)
        for line in queries:
            query = json.loads(line)
            path = f"/api/audit_log/{query['id']}/" if "id" in query else "/api/audit_log/"
            query.pop("id", None)
            asked = {key: value for key, value in query.items() if value is not None}
            out.write(admin.get(path, **asked).content.decode("utf-8") + "\n")
