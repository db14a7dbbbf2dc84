"""Those who use the service: users with awkward names, and clients that send exactly the bytes they are given."""

from django.contrib.auth import get_user_model
from django.test import Client

# The ids are these positions, from 1: tests rely on some of them.
NAMES = [
    "admin",  # 1: the administrator
    "ana",  # 2
    "12345",  # 3: a name that looks like an id
    "José Ñandú",  # 4
    "user5",  # 5
    "con espacios",  # 6
    "user7",  # 7
    "ops@ex.com",  # 8
    "5",  # 9: a name that is another user's id
    "Ana",  # 10: differs from 2 by case only
    "eve\u202egnp.exe\x1b[31m",  # 11: turns a terminal around
    "inactiva",  # 12
    "se fue",  # 13: deleted at the end
    "=cmd()",  # 14: a formula to a spreadsheet
]
ADMIN, ANA, DIGITS, JOSE, USER5, GONE = 1, 2, 3, 4, 5, 13


def create_users():
    users = get_user_model().objects
    for number, name in enumerate(NAMES, 1):
        user = users.create_user(name, f"u{number}@ex.com", f"clave-{number}")
        if number == ADMIN:
            user.is_staff = user.is_superuser = True
        user.is_active = name != "inactiva"
        user.save()


class Visitor:
    """A client, signed in as a user or not."""

    def __init__(self, user=None, strict=False):
        self.client = Client(enforce_csrf_checks=strict, raise_request_exception=False)
        if user:
            # Without the login signal: it would stamp `last_login`, and that is all it would do.
            self.client.force_login(get_user_model().objects.get(pk=user))

    def send(self, method, path, body=b"", kind="application/json", **headers):
        if isinstance(body, str):
            body = body.encode("utf-8")
        return self.client.generic(method, path, body, content_type=kind, headers=headers)

    def get(self, path, **query):
        return self.client.get(path, query)

    def form(self, path, **fields):
        return self.client.post(path, fields)
