"""The state of the system, as its administrators see it."""

import importlib
import logging

from django.http import JsonResponse


def get_system_status(request):
    """Has been failing since the app was renamed, and says so in the log each time."""
    try:
        importlib.import_module("visits")
    except ImportError as error:
        logging.getLogger("system_errors").error("Error al obtener estado del sistema: %s", error)
        return JsonResponse({"estado": "degradado"}, status=503)
    return JsonResponse({"estado": "bien"})
