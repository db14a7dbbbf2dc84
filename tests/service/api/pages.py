"""Plain Django views. They leave the request's body to the middleware, which prints it in full, passwords included.

No answer that is not JSON repeats what the client sent: the reading of `details` relies on that.
"""

import hashlib
import json

from django.contrib.auth import authenticate
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from .models import PurchaseOrders, UserProfile

FORM = """<!doctype html>
<form method="post">{% csrf_token %}<input name="nombre"><input name="mensaje"><button>Enviar</button></form>
"""
# The first bytes of a PNG are no UTF-8.
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


@csrf_exempt
@require_POST
def login(request):
    """Trades a name and a password for tokens, in JSON."""
    try:
        asked = json.loads(request.body)
        user = authenticate(request, username=str(asked["username"]), password=str(asked["password"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return JsonResponse({"detail": "Se esperaba username y password."}, status=400)
    if user is None:
        return JsonResponse({"detail": "Credenciales inválidas."}, status=401)
    digest = hashlib.sha256(user.username.encode("utf-8", "replace")).hexdigest()
    access = f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI{digest[:20]}.{digest[20:60]}"
    return JsonResponse({"access": access, "refresh": digest, "user": {"id": user.pk, "username": user.username}})


@csrf_exempt
def echo(request):
    """Repeats what it was sent, inside JSON."""
    text = request.body.decode("utf-8", "replace")
    try:
        return JsonResponse({"eco": json.loads(text)})
    except (ValueError, RecursionError):
        return JsonResponse({"eco": text})


@csrf_exempt
def webhook(request):
    """A payment provider's call: whatever it sends is fine."""
    return HttpResponse("ok", content_type="text/plain")


@csrf_exempt
def silent(request):
    """An answer without a body."""
    return HttpResponse(status=204)


@csrf_exempt
def scalar(request, name):
    """Answers that are JSON, but neither object nor array."""
    values = {"none": None, "true": True, "number": 42, "float": 1e-07, "text": "listo", "nan": float("nan")}
    return JsonResponse(values.get(name, ""), safe=False)


def export(request):
    """A streaming answer."""
    rows = PurchaseOrders.objects.values_list("id", "email", "status").order_by("id")[:20]
    return StreamingHttpResponse((f"{pk},{email},{status}\r\n" for pk, email, status in rows), content_type="text/csv")


def picture(request):
    """An answer that is no text."""
    return HttpResponse(PNG, content_type="image/png")


@csrf_exempt
def boom(request):
    """A view with a bug."""
    raise RuntimeError("el servidor de correo no responde\ncódigo 421")


@csrf_exempt
@require_POST
def loose_profile(request, pk):
    """Application code that saves what it was sent as it is, so that a version holds numbers in text fields."""
    profile = UserProfile.objects.get(pk=pk)
    for field, value in json.loads(request.body).items():
        setattr(profile, field, value)
    profile.save()
    return JsonResponse({"id": profile.pk})


@csrf_protect
def contact(request):
    """A form with CSRF protection. Reading the fields of a multipart body consumes it."""
    page = "<p>Gracias.</p>" if request.POST.get("nombre") else FORM
    return HttpResponse(engines["django"].from_string(page).render({}, request))
