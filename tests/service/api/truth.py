"""For the tests: what the service had in its hands when it wrote a row, before str() made one text of it.

A line a row: `{"id", "method", "path", "request", "status", "response"}`, as Python's json prints it, so that NaN,
integers of any size and lone surrogates survive.
"""

import json

from django.conf import settings


def note(row, method, path, request, status, response):
    if settings.TRUTH_FILE:
        line = {"id": row, "method": method, "path": path, "request": request, "status": status, "response": response}
        with open(settings.TRUTH_FILE, "a", encoding="ascii") as file:
            file.write(json.dumps(line) + "\n")
