"""The HTTP middleware: one audit row per response."""

import json
import logging

from django.core.exceptions import RequestDataTooBig
from django.http.request import RawPostDataException, UnreadablePostError

from . import truth
from .models import AuditLog

logger = logging.getLogger("system_errors")


class AuditMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        try:
            self.write(request, response)
        except Exception:
            # An audit that fails must not take the answer with it.
            logger.exception("Error al registrar la auditoría de %s %s", request.method, request.path)
        return response

    def process_exception(self, request, exception):
        logger.error("Error no controlado en %s %s", request.method, request.path, exc_info=exception)

    def write(self, request, response):
        asked, status, answered = request_value(request), response.status_code, response_value(response)
        row = AuditLog.objects.create(
            action=f"{request.method} {request.path}",
            model="API Request",
            details=f"Request Body: {asked}, Response Code: {status}, Response Body: {answered}",
            user=request.user if request.user.is_authenticated else None,
        )
        truth.note(row.pk, request.method, request.path, asked, status, answered)


def request_value(request):
    """Reading the body after the view is what makes it None for a view that consumed the stream, as DRF's do."""
    try:
        return value(request.body)
    except (RawPostDataException, RequestDataTooBig, UnreadablePostError):
        return None


def response_value(response):
    return None if response.streaming else value(response.content)


def value(body):
    """What is printed with str(): the JSON value, else the text, or None for bytes that are no text."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
