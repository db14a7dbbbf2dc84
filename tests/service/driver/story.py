"""What always happens, in this order: every kind of row at least once, and the rows that service's contract quotes."""

import json

import reversion
from django.contrib.auth import get_user_model

from api.models import PurchaseOrders, Role, UserProfile

from . import awkward
from .visitors import ADMIN, ANA, DIGITS, JOSE, NAMES, USER5, Visitor


def tell():
    profiles()
    quoted()
    shop()
    refused()
    plain()
    awkward_bodies()


def profiles():
    roles = [Role.objects.create(name=name) for name in ("guía", "cajera", "guardaparques")]
    for user in get_user_model().objects.order_by("pk"):
        with reversion.create_revision():
            profile = UserProfile.objects.create(user=user)
            if user.pk <= len(roles):
                profile.roles.set(roles[: user.pk])
            reversion.set_comment("Alta de perfil")


def quoted():
    """The answers whose text is known to the letter; the first order is number 1, of user 5, for visit 1."""
    admin, buyer, anyone = Visitor(ADMIN), Visitor(USER5), Visitor()
    anyone.get("/api/payments/methods/")
    admin.send("POST", "/api/visits/", '{"day": "2026-12-24", "total_slots": 50}')
    buyer.send("POST", "/api/orders/", '{"email": "b0@ex.com", "visit": 1}')
    buyer.send("POST", "/api/orders/", "not json" + awkward.SEPARATOR + "x", kind="text/plain")
    admin.get("/api/audit_log/", user=USER5, page_size=3)


def shop():
    """Orders and payments with a life: paid, corrected, failed, deleted, several in one revision."""
    admin, ana = Visitor(ADMIN), Visitor(ANA)
    admin.send("POST", "/api/visits/", '{"day": "2026-12-25", "total_slots": 20}')
    for number, total in enumerate(["1000.00", "99.99", "0.10", "1500.50", "123456789.12"], 2):
        order = {"email": "ana.ñandú@ex.com", "visit": 1 + number % 2, "total_price": total}
        ana.send("POST", "/api/orders/", json.dumps(order, ensure_ascii=False))
        method = ["CARD", "PAYPAL", "CASH"][number % 3]
        payment = {"purchase_order": number, "payment_method": method, "transaction_id": f"TX-{number} \"q\" 'a'"}
        payment["status"] = "FAILED" if number == 4 else "SUCCESS"
        ana.send("POST", "/api/payments/", json.dumps(payment))
    ana.send("PATCH", "/api/orders/2/", '{"status": "PAID", "total_price": "1500.50"}')
    ana.send("PATCH", "/api/orders/2/", '{"email": "otra@ex.com"}')
    admin.send("PATCH", "/api/payments/2/", '{"payment_method": "CASH"}')
    admin.send("DELETE", "/api/payments/3/")
    admin.send("DELETE", "/api/orders/4/")
    admin.send("DELETE", "/api/orders/5/")
    with reversion.create_revision():
        for order in PurchaseOrders.objects.filter(pk__in=[1, 2, 3]):
            order.status = "CANCELLED"
            order.save()
        reversion.set_user(get_user_model().objects.get(pk=ADMIN))
        reversion.set_comment("Parque cerrado por lluvia\nsegún aviso")
    ana.send("POST", "/api/donations/", '{"amount": "25.00", "message": "¡Por los\\npájaros!"}')
    ana.send("PATCH", "/api/donations/1/", '{"message": "Por los tucanes"}')
    ana.send("PATCH", "/api/profiles/2/", '{"phone": "8888-7777", "province": "Limón", "roles": [2, 3]}')
    # Application code that leaves a number in a text field.
    ana.send("POST", "/api/profiles/2/loose/", '{"phone": 88887777}')


def refused():
    """401, 403, 404, 405, 415, 400, and 403 for want of a CSRF token."""
    anyone, jose = Visitor(), Visitor(JOSE)
    secret = '{"password": "hunter2", "email": "x@ex.com"}'
    anyone.send("POST", "/api/orders/", secret)
    anyone.send("GET", "/api/audit_log/", authorization="Basic YWRtaW46bWFs")
    jose.send("POST", "/api/audit_log/", secret)
    jose.get("/api/audit_log/")
    jose.send("DELETE", "/api/payments/methods/", secret)
    jose.send("GET", "/api/orders/999999/", secret)
    jose.send("POST", "/api/orders/", "<xml/>", kind="application/xml")
    jose.send("POST", "/api/orders/", '{"email": "no es correo"}')
    jose.send("POST", "/api/orders/", "{roto")
    jose.send("PROPFIND", "/api/orders/", secret)
    strict = Visitor(DIGITS, strict=True)
    strict.form("/contacto/", nombre="x", mensaje="sin token", password="hunter2")
    strict.send("POST", "/api/orders/", '{"email": "c@ex.com", "visit": 1}')
    strict.get("/contacto/")
    token = strict.client.cookies["csrftoken"].value
    fields = f"csrfmiddlewaretoken={token}&nombre=Ana+Mar%C3%ADa&password=p%40ss&mensaje=hola"
    strict.send("POST", "/contacto/", fields, kind="application/x-www-form-urlencoded")


def plain():
    """Views without DRF: tokens, streams, bytes, silence, bugs."""
    anyone = Visitor()
    for number, name in enumerate(NAMES[:4], 1):
        anyone.send("POST", "/api/login/", json.dumps({"username": name, "password": f"clave-{number}"}))
    anyone.send("POST", "/api/login/", '{"username": "user5", "password": "mal"}')
    anyone.send("POST", "/api/login/", "username=ana&password=clave-2")
    anyone.get("/api/export/")
    anyone.get("/api/qr.png")
    anyone.send("DELETE", "/api/silencio/")
    anyone.send("POST", "/api/silencio/", '{"a": 1}')
    anyone.send("POST", "/api/boom/", '{"token": "t0k3n"}')
    anyone.get("/api/system/status/")
    anyone.form("/contacto/", nombre="un multipart, leído por la vista")
    anyone.form("/api/nada/", nombre="un multipart, leído por nadie")
    for name in ("none", "true", "number", "float", "text", "nan"):
        anyone.get(f"/api/valor/{name}/")
    anyone.send("POST", "/api/webhook/", b"\x89PNG\r\n\xff")
    # A top-level string with a lone surrogate can't be stored: the audit fails and says so in errors.log.
    anyone.send("POST", "/api/webhook/", '"\\ud800"')


def awkward_bodies():
    anyone, user = Visitor(), Visitor(USER5)
    for body in awkward.LITERALS:
        anyone.send("POST", "/api/nada/", body)
        user.send("PUT", "/api/eco/", body)
        user.send("POST", "/api/webhook/", body, kind="text/plain")
    for path in awkward.PATHS:
        anyone.send("GET", path)
