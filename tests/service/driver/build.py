"""Builds the database and the logs: a story that always happens, traffic at random, and what only SQL can do."""

import random

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from api.models import AuditLog

from . import noise, story
from .visitors import GONE, create_users


def build(seed, requests):
    rng = random.Random(seed)
    call_command("migrate", verbosity=0, interactive=False)
    create_users()
    story.tell()
    last = AuditLog.objects.latest("id").pk
    noise.Noise(rng).make(requests)
    with connection.cursor() as cursor:
        spread(cursor, rng, last)
        odd_times(cursor, last)
        only_sql(cursor)
    get_user_model().objects.get(pk=GONE).delete()
    print(f"{AuditLog.objects.count()} audit rows")


def spread(cursor, rng, after):
    """The noise happened within seconds; it is given a month, out of the order of ids, with ties of all sizes."""
    ids = [row.pk for row in AuditLog.objects.filter(pk__gt=after).order_by("id")]
    stamps = []
    for _ in ids:
        if stamps and rng.random() < 0.15:
            stamps.append(rng.choice(stamps))
            continue
        stamp = f"2026-{rng.choice([10, 11])}-{rng.randint(1, 20):02} {rng.randrange(24):02}:{rng.randrange(60):02}:"
        stamp += f"{rng.randrange(60):02}"
        stamps.append(stamp if rng.random() < 0.05 else f"{stamp}.{rng.choice([0, 1, 500000, 999999, 123456]):06}")
    # Django never writes a fraction of zeros.
    rows = [(stamp.removesuffix(".000000"), pk) for stamp, pk in zip(stamps, ids)]
    cursor.executemany("UPDATE api_auditlog SET timestamp = %s WHERE id = %s", rows)
    for pk in rng.sample(ids, len(ids) // 40):
        cursor.execute("DELETE FROM api_auditlog WHERE id = %s", [pk])


def odd_times(cursor, after):
    """Seconds without a fraction, a tie across the midnight of the zone, summer times of the past, the far future."""
    stamps = [
        "2026-11-23 09:09:54", "2026-11-23 09:09:54", "2026-11-23 05:59:59.999999", "2026-11-23 06:00:00",
        "2026-11-23 06:00:00", "2026-11-23 06:00:00.000001", "1979-03-01 12:00:00.5", "1991-01-20 05:59:59.999999",
        "1991-01-20 06:00:00", "1991-06-15 12:00:00.000010", "1991-07-01 05:00:00", "2000-02-29 23:59:59.999999",
        "9999-12-31 23:59:59.999999",
    ]  # fmt: skip
    # The first rows of the traffic: whatever the seed, they exist or nothing happens.
    ids = AuditLog.objects.filter(pk__gt=after).order_by("id").values_list("pk", flat=True)[: len(stamps)]
    rows = [(stamp + "00000" if stamp.endswith(".5") else stamp, pk) for stamp, pk in zip(stamps, ids)]
    cursor.executemany("UPDATE api_auditlog SET timestamp = %s WHERE id = %s", rows)


def only_sql(cursor):
    """Rows that the service itself would not write: by hand, by older releases, by another tool."""
    rows = [
        ("2026-11-22 10:00:00.000001", "created", "PurchaseOrders", 7, None, None),
        ("2026-11-22 10:00:00.000001", "updated", "Payments", 2, "", 2),
        ("2026-11-22 10:00:01", "deleted", "purchaseORDERS", 0, "antes\x00después", 3),
        ("2026-11-22 10:00:02", "login", "auth.User", 4, "name with ' and \" and \\ and %", 4711),
        ("2026-11-22 10:00:03", "", "", 9223372036854775807, " ", 1),
        ("2026-11-22 10:00:04", "GET /api/nul/", "API Request", None, None, 5),
        ("2026-11-22 10:00:05", "POST /api/nul/", "API Request", None,
         "Request Body: a\x00b, Response Code: 200, Response Body: {'ok': True}", 5),
        ("2026-11-22 10:00:06", "ÁCCIÓN", "MODELÓ", None, "\x1b]0;title\x07\u202e\u2066\x9b31m", None),
    ]  # fmt: skip
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.executemany(
        "INSERT INTO api_auditlog (timestamp, action, model, record_id, details, user_id)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        rows,
    )
